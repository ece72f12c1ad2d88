/*
 * bench_model.c - time of one call in the model, with 60 mappings and with 60,000.
 *
 * A table of VMAs of alternating protection; each row makes the same kind of call on random ones of them and undoes it.
 * Prints nanoseconds and their ratio; nothing here passes or fails by time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../collector/vm/state.h"
#include "../../collector/vm/world.h"

#define BASE UINT64_C(0x200000000000)

enum { SMALL = 60, LARGE = 60000, PAGES_EACH = 4, ROUNDS = 25 };

struct mappings {
	struct world *world;
	uint64_t seq, random;
	unsigned mappings;
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void call(struct mappings *table, enum call_id id, uint64_t ret, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct record record = { .type = RECORD_CALL, .seq = ++table->seq, .pid = 1, .tid = 1 };

	record.call.call = id;
	record.call.has = HAS_RET;
	record.call.ret = (int64_t)ret;
	record.call.arg[0] = a;
	record.call.arg[1] = b;
	record.call.arg[2] = c;
	record.call.arg[3] = d;
	world_apply(table->world, &record, NULL, NULL);
}

static uint64_t address(unsigned mapping)
{
	return BASE + mapping * PAGES_EACH * PAGE_BYTES;
}

static void map(struct mappings *table, unsigned mapping)
{
	call(table, CALL_mmap, address(mapping), address(mapping), PAGES_EACH * PAGE_BYTES, 1 + 2 * (mapping % 2),
	     K_MAP_PRIVATE | K_MAP_ANONYMOUS | K_MAP_FIXED);
}

static void table_fill(struct mappings *table, unsigned mappings)
{
	struct record start = { .type = RECORD_PROCESS, .seq = 1, .pid = 1, .tid = 1 };

	*table = (struct mappings){ .world = world_new(), .seq = 1, .mappings = mappings };
	world_apply(table->world, &start, NULL, NULL);
	for (unsigned i = 0; i < mappings; i++)
		map(table, i);
}

static unsigned some(struct mappings *table)
{
	table->random = table->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(table->random >> 33) % table->mappings;
}

/* Each makes two calls and leaves the table as it was. */
typedef void pair_fn(struct mappings *table);

static void lock_whole(struct mappings *table)
{
	uint64_t at = address(some(table));

	call(table, CALL_mlock, 0, at, PAGES_EACH * PAGE_BYTES, 0, 0);
	call(table, CALL_munlock, 0, at, PAGES_EACH * PAGE_BYTES, 0, 0);
}

static void lock_middle(struct mappings *table)
{
	uint64_t at = address(some(table)) + PAGE_BYTES;

	call(table, CALL_mlock, 0, at, 2 * PAGE_BYTES, 0, 0);
	call(table, CALL_munlock, 0, at, 2 * PAGE_BYTES, 0, 0);
}

static void protect_last(struct mappings *table)
{
	unsigned i = some(table);
	uint64_t at = address(i) + 3 * PAGE_BYTES;

	call(table, CALL_mprotect, 0, at, PAGE_BYTES, 0, 0);
	call(table, CALL_mprotect, 0, at, PAGE_BYTES, 1 + 2 * (i % 2), 0);
}

static void unmap_and_map(struct mappings *table)
{
	unsigned i = some(table);

	call(table, CALL_munmap, 0, address(i), PAGES_EACH * PAGE_BYTES, 0, 0);
	map(table, i);
}

static void advise_normal(struct mappings *table)
{
	uint64_t at = address(some(table));

	call(table, CALL_madvise, 0, at, PAGE_BYTES, K_MADV_NORMAL, 0);
	call(table, CALL_madvise, 0, at, PAGE_BYTES, K_MADV_NORMAL, 0);
}

/* One round of pairs, in ns a call. */
static double measure(struct mappings *table, pair_fn *pair)
{
	const unsigned pairs = 20000;
	double begin = seconds();

	for (unsigned i = 0; i < pairs; i++)
		pair(table);
	return (seconds() - begin) * 1e9 / (2 * pairs);
}

/* Both tables take turns, and the best round of each counts: another load on the machine hurts both alike. */
static void compare(const char *name, pair_fn *pair)
{
	struct mappings small, large;
	double few = 1e9, many = 1e9;

	table_fill(&small, SMALL);
	table_fill(&large, LARGE);
	for (int round = 0; round < ROUNDS; round++) {
		double some_few = measure(&small, pair), some_many = measure(&large, pair);

		few = some_few < few ? some_few : few;
		many = some_many < many ? some_many : many;
	}
	printf("%-34s %10.0f %10.0f %6.2f\n", name, few, many, many / few);
	world_free(small.world);
	world_free(large.world);
}

int main(void)
{
	printf("%-34s %10s %10s %6s\n", "ns per call, on random mappings of", "60", "60,000", "ratio");
	compare("mlock, munlock of a mapping", lock_whole);
	compare("mlock, munlock inside a mapping", lock_middle);
	compare("mprotect of a last page", protect_last);
	compare("munmap, mmap", unmap_and_map);
	compare("madvise(MADV_NORMAL)", advise_normal);
	return 0;
}
