/*
 * bench_audit.c - what the audit adds to a call, all rules together, with 60 mappings and with 60,000.
 *
 * Each row makes calls on random mappings of a table and undoes them, once with the model alone and once with the audit on
 * top; what is printed is the difference.  In some tables every mapping is locked, so that the lock ledger is full.  Places
 * in the program are made of a few stacks, as in a log.  Nothing here passes or fails by time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../collector/audit/audit.h"
#include "../../collector/vm/state.h"
#include "../../collector/vm/world.h"

#define BASE UINT64_C(0x200000000000)

enum { SMALL = 60, LARGE = 60000, PAGES_EACH = 4, ROUNDS = 5, PAIRS = 5000, STACKS = 8, FRAMES = 6 };

struct bench {
	struct world *world;
	struct audit *audit;	/* NULL: the model alone */
	uint64_t seq, random;
	unsigned mappings;
	int32_t child;
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void apply(struct bench *bench, const struct record *record)
{
	if (bench->audit)
		audit_apply(bench->audit, record);
	else
		world_apply(bench->world, record, NULL, NULL);
}

struct words_of_call {
	uint64_t a, b, c, d;
};

static struct record record_of(struct bench *bench, enum call_id id, struct words_of_call words)
{
	struct record record = { .type = RECORD_CALL, .seq = ++bench->seq, .pid = 1, .tid = 1 };

	record.call.call = id;
	record.call.has = HAS_RET;
	record.call.stack = 1 + (uint32_t)(bench->seq % STACKS);
	record.call.arg[0] = words.a;
	record.call.arg[1] = words.b;
	record.call.arg[2] = words.c;
	record.call.arg[3] = words.d;
	return record;
}

static void call(struct bench *bench, enum call_id id, uint64_t a, uint64_t b, uint64_t c)
{
	struct record record = record_of(bench, id, (struct words_of_call){ a, b, c, 0 });

	apply(bench, &record);
}

static void call_fails(struct bench *bench, enum call_id id, uint64_t a, uint64_t b, uint64_t c, int err)
{
	struct record record = record_of(bench, id, (struct words_of_call){ a, b, c, 0 });

	record.call.ret = -1;
	record.call.err = err;
	apply(bench, &record);
}

static uint64_t address(unsigned mapping)
{
	return BASE + mapping * PAGES_EACH * PAGE_BYTES;
}

static void map(struct bench *bench, unsigned mapping)
{
	const struct words_of_call words = { address(mapping), PAGES_EACH * PAGE_BYTES, 1 + 2 * (mapping % 2),
					     K_MAP_PRIVATE | K_MAP_ANONYMOUS | K_MAP_FIXED };
	struct record record = record_of(bench, CALL_mmap, words);

	record.call.ret = (int64_t)words.a;
	apply(bench, &record);
}

static void add_stacks(struct bench *bench)
{
	struct stack_frame frame[FRAMES];
	struct record record = { .type = RECORD_STACK };

	record.stack.count = FRAMES;
	record.stack.frame = frame;
	for (uint32_t id = 1; id <= STACKS; id++) {
		for (unsigned i = 0; i < FRAMES; i++)
			frame[i] = (struct stack_frame){ .module = 1, .offset = 0x1000 + id * 64 + i * 1024 };
		record.stack.id = id;
		apply(bench, &record);
	}
}

static void begin(struct bench *bench, unsigned mappings, bool audited)
{
	struct record start = { .type = RECORD_PROCESS, .seq = 1, .pid = 1, .tid = 1 };

	*bench = (struct bench){ .world = world_new(), .seq = 1, .mappings = mappings, .child = 1 };
	bench->audit = audited ? audit_new(bench->world, NULL, NULL) : NULL;
	apply(bench, &start);
	add_stacks(bench);
	for (unsigned i = 0; i < mappings; i++)
		map(bench, i);
}

static void end(struct bench *bench)
{
	if (bench->audit)
		audit_free(bench->audit);
	world_free(bench->world);
}

static unsigned some(struct bench *bench)
{
	bench->random = bench->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(bench->random >> 33) % bench->mappings;
}

/* ---- what is measured: two calls that leave the table as it was ---- */

typedef void pair_fn(struct bench *bench);

static void nothing(struct bench *bench)
{
	(void)bench;
}

static void lock_all(struct bench *bench)
{
	for (unsigned i = 0; i < bench->mappings; i++)
		call(bench, CALL_mlock, address(i), PAGES_EACH * PAGE_BYTES, 0);
}

static void advise_all(struct bench *bench)
{
	for (unsigned i = 0; i < bench->mappings; i++)
		call(bench, CALL_madvise, address(i), PAGES_EACH * PAGE_BYTES, K_MADV_DONTDUMP);
}

static void lock_and_unlock(struct bench *bench)
{
	uint64_t at = address(some(bench));

	call(bench, CALL_munlock, at, PAGES_EACH * PAGE_BYTES, 0);
	call(bench, CALL_mlock, at, PAGES_EACH * PAGE_BYTES, 0);
}

static void lock_again(struct bench *bench)
{
	uint64_t at = address(some(bench));

	call(bench, CALL_mlock, at, 64, 0);
	call(bench, CALL_mlock, at + 128, 64, 0);
}

static void protect_last(struct bench *bench)
{
	unsigned i = some(bench);
	uint64_t at = address(i) + 3 * PAGE_BYTES;

	call(bench, CALL_mprotect, at, PAGE_BYTES, 0);
	call(bench, CALL_mprotect, at, PAGE_BYTES, 1 + 2 * (i % 2));
}

static void make_code(struct bench *bench)
{
	unsigned i = some(bench);

	call(bench, CALL_mprotect, address(i), PAGES_EACH * PAGE_BYTES, 5);
	call(bench, CALL_mprotect, address(i), PAGES_EACH * PAGE_BYTES, 1 + 2 * (i % 2));
}

static void unmap_and_map(struct bench *bench)
{
	unsigned i = some(bench);

	call(bench, CALL_munmap, address(i), PAGES_EACH * PAGE_BYTES, 0);
	map(bench, i);
}

static void map_over(struct bench *bench)
{
	unsigned i = some(bench);

	map(bench, i);
	map(bench, i);
}

static void advise(struct bench *bench)
{
	uint64_t at = address(some(bench));

	call(bench, CALL_madvise, at, PAGE_BYTES, 4);
	call(bench, CALL_madvise, at, PAGE_BYTES, K_MADV_NORMAL);
}

static void fail(struct bench *bench)
{
	uint64_t at = address(some(bench));

	call_fails(bench, CALL_mlock, at, PAGES_EACH * PAGE_BYTES, 0, ENOMEM);
	call_fails(bench, CALL_madvise, at, PAGE_BYTES, 99, EINVAL);
}

static void child_process(struct bench *bench, enum process_event event)
{
	struct record record = { .type = RECORD_PROCESS, .seq = ++bench->seq, .pid = bench->child, .tid = bench->child };

	record.process.event = event;
	record.process.ppid = 1;
	apply(bench, &record);
}

/* Each child is a process more in the log. */
static void come_and_go(struct bench *bench)
{
	bench->child++;
	child_process(bench, PROCESS_START);
	child_process(bench, PROCESS_EXIT);
}

/* A file that is shared and written to, beside one that is shared and executed. */
static void map_object(struct bench *bench, unsigned mapping, uint64_t ino, uint64_t prot)
{
	const struct words_of_call words = { address(mapping), PAGES_EACH * PAGE_BYTES, prot,
					     K_MAP_SHARED | K_MAP_FIXED };
	struct record record = record_of(bench, CALL_mmap, words);

	record.call.ret = (int64_t)words.a;
	record.call.has |= HAS_FILE;
	record.call.fd_kind = FD_REGULAR;
	record.call.access = ACCESS_BOTH;
	record.call.dev = 1;
	record.call.ino = ino;
	apply(bench, &record);
}

static void share_code(struct bench *bench)
{
	map_object(bench, 0, 1, 5);
}

static void share_data(struct bench *bench)
{
	unsigned i = 1 + some(bench) % (bench->mappings - 1);

	map_object(bench, i, 2, 3);
	map_object(bench, i, 2, 3);
}

/* ---- rows ---- */

/* One round of pairs, in ns a call. */
static double measure(struct bench *bench, pair_fn *pair)
{
	double begun = seconds();

	for (unsigned i = 0; i < PAIRS; i++)
		pair(bench);
	return (seconds() - begun) * 1e9 / (2 * PAIRS);
}

/* Model and audit take turns, and the best round of each counts: another load on the machine hurts both alike. */
static double difference(pair_fn *prepare, pair_fn *pair, unsigned mappings, double *model)
{
	struct bench plain, audited;
	double with = 1e12;

	begin(&plain, mappings, false);
	begin(&audited, mappings, true);
	prepare(&plain);
	prepare(&audited);
	*model = 1e12;
	for (int round = 0; round < ROUNDS; round++) {
		double some_model = measure(&plain, pair), some_with = measure(&audited, pair);

		*model = some_model < *model ? some_model : *model;
		with = some_with < with ? some_with : with;
	}
	end(&plain);
	end(&audited);
	return with - *model;
}

static void row(const char *name, pair_fn *prepare, pair_fn *pair)
{
	double model_few, model_many;
	double few = difference(prepare, pair, SMALL, &model_few), many = difference(prepare, pair, LARGE, &model_many);

	printf("%-38s %8.0f %+8.0f %10.0f %+8.0f\n", name, model_few, few, model_many, many);
}

int main(void)
{
	printf("%-38s %8s %8s %10s %8s\n", "ns per call, on random mappings of", "60", "+ audit", "60,000", "+ audit");
	row("mprotect of a last page", nothing, protect_last);
	row("mprotect to r-x and back", nothing, make_code);
	row("munmap, mmap", nothing, unmap_and_map);
	row("munmap, mmap of locked ones", lock_all, unmap_and_map);
	row("mmap with MAP_FIXED over advised ones", advise_all, map_over);
	row("madvise(MADV_DONTNEED)", nothing, advise);
	row("munlock, mlock, all others locked", lock_all, lock_and_unlock);
	row("mlock of two keys on a locked page", lock_all, lock_again);
	row("mlock and madvise that fail", lock_all, fail);
	row("mmap of shared data beside shared code", share_code, share_data);
	row("start and exit of other processes", nothing, come_and_go);
	return 0;
}
