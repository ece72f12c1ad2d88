/*
 * arena.h - blocks of one size, given out one by one and freed all together.
 *
 * They lie close together and begin at cache lines.  An arena grows by chunks, each as large as all before it, up to 2
 * MiB; those are huge pages where the kernel has some (madvise(MADV_HUGEPAGE)), for a walk through thousands of blocks
 * misses the TLB as often as the cache.
 */
#ifndef PAGETRAIL_ARENA_H
#define PAGETRAIL_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	size_t block_bytes;
	void *vacant;			/* blocks given back, the latest first */
	struct arena_chunk *chunks;	/* the latest first */
	size_t used;			/* blocks of that one */
};

/*
 * arena_init - no block yet
 * @block_bytes: a multiple of 64, at most 64 KiB
 */
void arena_init(struct arena *arena, size_t block_bytes);
void arena_free(struct arena *arena);

/*
 * arena_take - a block; what is in it is left from before
 */
void *arena_take(struct arena *arena);

/*
 * arena_give - give it back: the next one taken
 */
void arena_give(struct arena *arena, void *block);

#endif
