/*
 * told.h - one call of a log with all that can be said about it, for the files that put it into words (say_*.c).
 */
#ifndef PAGETRAIL_TOLD_H
#define PAGETRAIL_TOLD_H

#include "../sym/symbols.h"
#include "../vm/ledger.h"
#include "../vm/touch.h"
#include "../vm/why.h"
#include "runs.h"
#include "text.h"

/* What a new process got of its parent's address space, in pages. */
struct heritage {
	int32_t child;		/* 0: the record makes no process */
	uint64_t made;		/* the record that made it known; not this one: the rest is not filled in */
	bool shared;		/* vfork, CLONE_VM: the parent's address space itself */
	uint64_t mapped;	/* in the parent */
	uint64_t locked, unlocked;	/* with a lock there; of these, mapped without one in the child */
	uint64_t absent;	/* MADV_DONTFORK: not mapped in the child */
	uint64_t wiped;		/* MADV_WIPEONFORK: zero in the child */
};

/* A call and the address space it was made in, before and after. */
struct told {
	const struct record *record;
	uint64_t page_bytes;
	struct why why;
	struct span span[TOUCH_MAX];		/* the pages it was about */
	size_t spans;
	struct runs runs;			/* these, and what else it changed */
	struct space_totals was, is;
	unsigned future_was, future_is;		/* enum vma_lock: mlockall(MCL_FUTURE) */
	struct lock_request *request;		/* outstanding before on pages it was about, oldest first; copies */
	size_t requests;
	struct symbols *symbols;
	const struct space *space;		/* after; for the names of files */
	struct heritage heritage;
};

/* Something to be said: a sentence or more, and where it is written down. */
struct point {
	const char *name;	/* one word for programs */
	const char *source;
	bool sure;
	struct text text;
};

/* Starts as { 0 }. */
struct points {
	struct point *point;
	size_t count, room;
};

/*
 * points_add - one more
 *
 * Return: its text, empty, to be written before the next call.
 */
struct text *points_add(struct points *points, const char *name, const char *source);
void points_free(struct points *points);

/* ---- words: one function per reason of why.def, and one per effect for what a call did besides ---- */

typedef void say_fn(struct text *text, const struct told *told, const struct why_cause *cause);
typedef void note_fn(struct points *points, const struct told *told);

#define REASON(id) say_fn say_##id;
#define TEST(...)
#include "../vm/why.def"
#undef REASON
#undef TEST

note_fn note_lock, note_unlock, note_lockall, note_unlockall, note_map, note_unmap, note_remap, note_break,
	note_protect, note_advise, note_attach, note_remapfile, note_residency;

/*
 * say_why - why the call failed, a point for each test that can have refused it; nothing for one that worked
 */
void say_why(struct points *points, const struct told *told);

/*
 * say_notes - what it did that its result does not tell
 */
void say_notes(struct points *points, const struct told *told);

/*
 * note_process - what fork, exec and exit did to locks
 */
void note_process(struct points *points, const struct told *told);

/*
 * say_asked - what the arguments asked for: "64 bytes at 0x7f1000000800"
 */
void say_asked(struct text *text, const struct told *told);

/* ---- words they share ---- */

/*
 * say_pages - "1 page", "65,530 pages"
 */
void say_pages(struct text *text, uint64_t pages);

/*
 * say_pages_that - the same with its verb: "1 page is", "3 pages are"
 */
void say_pages_that(struct text *text, uint64_t pages, const char *one, const char *many);

/*
 * say_address - "0x7f1000000800"
 */
void say_address(struct text *text, uint64_t address);

/*
 * say_mapping - what refused, and what it is: "0x7f1000000000 (r-- shared file, NOT locked, /opt/x)"
 */
void say_mapping(struct text *text, const struct told *told, const struct why_cause *cause);

/*
 * say_kept - ends a sentence about the page that stopped the call with what became of those before it
 * @before: how many these are
 */
void say_kept(struct text *text, const struct told *told, uint64_t before);

/*
 * say_prot - "rw-"
 */
void say_prot(struct text *text, unsigned prot);

/*
 * say_request - "#4 mlock of 64 bytes at 0x7f1000000800 (secret_alloc secret.c:13)"
 */
void say_request(struct text *text, const struct told *told, const struct lock_request *request);

/*
 * say_requests - those outstanding before: "#4 ..., #5 ... and #6 ...", from the fifth on only how many
 */
void say_requests(struct text *text, const struct told *told);

/*
 * say_lock_sum - the test against RLIMIT_MEMLOCK: "16 pages asked (64 KiB) + 0 locked > 2 pages allowed (soft limit
 * 8 KiB)"
 */
void say_lock_sum(struct text *text, const struct told *told, const struct why_cause *cause);

/*
 * told_pages - pages the call was about; told_before - those before an address
 */
uint64_t told_pages(const struct told *told);
uint64_t told_before(const struct told *told, uint64_t address);

#endif
