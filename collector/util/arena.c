#include "arena.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "alloc.h"

#define FIRST_BLOCKS 4
#define HUGE_BYTES ((size_t)2 << 20)
#define LINE_BYTES 64

/* The blocks follow at the next cache line. */
struct arena_chunk {
	struct arena_chunk *older;
	size_t blocks;
};

void arena_init(struct arena *arena, size_t block_bytes)
{
	*arena = (struct arena){ .block_bytes = block_bytes };
}

void arena_free(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *older = arena->chunks->older;

		free(arena->chunks);
		arena->chunks = older;
	}
	arena_init(arena, arena->block_bytes);
}

static void add_chunk(struct arena *arena)
{
	size_t bytes = LINE_BYTES + arena->block_bytes * (arena->chunks ? 2 * arena->chunks->blocks : FIRST_BLOCKS);
	struct arena_chunk *chunk;

	if (bytes >= HUGE_BYTES) {
		bytes = HUGE_BYTES;
		chunk = alloc_aligned(HUGE_BYTES, bytes);
		madvise(chunk, bytes, MADV_HUGEPAGE); /* or not: it is a little slower then */
	} else {
		chunk = alloc_aligned(LINE_BYTES, bytes);
	}
	chunk->older = arena->chunks;
	chunk->blocks = (bytes - LINE_BYTES) / arena->block_bytes;
	arena->chunks = chunk;
	arena->used = 0;
}

void *arena_take(struct arena *arena)
{
	void *block = arena->vacant;

	if (block) {
		arena->vacant = *(void **)block;
		return block;
	}
	if (!arena->chunks || arena->used == arena->chunks->blocks)
		add_chunk(arena);
	return (char *)arena->chunks + LINE_BYTES + arena->block_bytes * arena->used++;
}

void arena_give(struct arena *arena, void *block)
{
	*(void **)block = arena->vacant;
	arena->vacant = block;
}
