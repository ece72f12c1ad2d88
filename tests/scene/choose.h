/*
 * choose.h - calls at random, weighted so that they meet: a small arena, a handful of objects.
 */
#ifndef TESTS_CHOOSE_H
#define TESTS_CHOOSE_H

#include <stdint.h>

#include "../../collector/vm/record.h"

#define ARENA UINT64_C(0x200000000000)
#define ARENA_PAGE(n) (ARENA + (uint64_t)(n) * 4096)

enum { ARENA_PAGES = 48, OBJECTS_MAX = 8, SEGMENTS = 2 };

/* A descriptor to map, open in this program and so in its children. */
struct object {
	int fd;
	enum fd_kind kind;
	enum fd_access access;
	uint64_t dev, ino;
	const char *path;
};

struct chooser {
	uint64_t seed;
	struct object object[OBJECTS_MAX];
	unsigned objects;
	int segment[SEGMENTS];		/* shmid */
	uint64_t segment_bytes[SEGMENTS];
	uint64_t brk;			/* of the process that makes the calls */
};

struct choice {
	enum call_id call;
	long number;
	uint64_t args[6];
	const struct object *object;	/* mmap of a descriptor */
	uint64_t segment_bytes;		/* shmat */
};

/*
 * chooser_open - make the objects and segments
 *
 * Return: 0, or -1 with errno.
 */
int chooser_open(struct chooser *chooser);

/*
 * chooser_close - remove the segments
 */
void chooser_close(struct chooser *chooser);

/*
 * choose - the next call
 *
 * Addresses outside the arena are given by the kernel only to calls that cannot hit the caller's own pages.
 */
struct choice choose(struct chooser *chooser);

/*
 * pick - a number from 0 to below - 1
 */
unsigned pick(struct chooser *chooser, unsigned below);

#endif
