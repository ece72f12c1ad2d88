/*
 * scene.h - a fact as a strip of pages: calls, then what the pages are to be.
 *
 *	# mlock stops at a hole and keeps what it locked
 *	map 0-8 rw-   unmap 4-5   lock 0-8 = ENOMEM   expect LLLL.---
 *
 * The same file is played to the model and to the kernel (run_model.c, run_kernel.c).
 *
 *	map A-B PROT [shared locked noreserve stack growsdown droppable noreplace]      unmap A-B      protect A-B PROT
 *	lock A-B [onfault]   unlock A-B   lockall [current future onfault]   unlockall      seal A-B
 *	advise A-B WORD      move A-B C-D [dontunmap]: mremap, in place when A is C      fork      limit PAGES
 *	= ERRNO after a call that fails      since MAJOR.MINOR: the first kernel that does so
 *	expect STRIP   expect-prot STRIP   expect-advice STRIP   expect-seal STRIP   expect-vmlck PAGES
 *
 * Pages are numbered in an arena that is empty at the start. "3" is page 3, "1@5+10" ten bytes from the fifth of page
 * 1, "0-9!" a length that wraps. PROT is like "rw-". Strips have a letter for each page from 0 on, '.' where nothing is
 * mapped, and nothing may be mapped behind their end:
 *	lock: - L F(on fault)		prot: -(none) r w(rw-) x(r-x) a(rwx) or a digit
 *	advice: - rsfwdhnm *(several)	seal: - S
 */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../collector/vm/record.h"
#include "../../collector/vm/vma.h"

#define SCENE_BASE UINT64_C(0x200000000000)
#define SCENE_PAGE(n) (SCENE_BASE + (uint64_t)(n) * 4096)

enum { SCENE_PAGES = 128 };

/* A call with the outcome the scene says it has. */
struct scene_call {
	enum call_id call;
	uint64_t args[6];
	int64_t ret;
	int err;
};

/* Who plays: the model or the kernel. Functions return NULL, or what went wrong. */
struct player {
	void *data;
	const char *(*limit)(void *data, uint64_t pages);	/* before any call: no privilege, lock so many pages */
	const char *(*call)(void *data, const struct scene_call *call);
	const char *(*fork)(void *data);
	const char *(*look)(void *data);			/* before page and vmlck, after calls */
	bool (*page)(void *data, uint64_t addr, struct vma *vma);	/* false: not mapped */
	uint64_t (*vmlck)(void *data);				/* bytes */
	unsigned kernel;					/* KERNEL(), 0: as new as can be */
};

enum { SCENE_SKIPPED = -2, SCENE_BROKEN = -1 };

/*
 * scene_play - play one file
 *
 * Prints "FILE:LINE: ..." for what differs. Return: number of differences, SCENE_BROKEN if the file cannot be read or
 * understood, SCENE_SKIPPED if it is not about the player's kernel.
 */
int scene_play(const char *path, const struct player *player);

/*
 * scene_report - the closing line of a run: "NAME: N passed, N failed, N skipped"
 *
 * Return: exit status.
 */
int scene_report(const char *name, const int *results, int count);

#endif
