/*
 * calls.h - records for tests of the model, written like the calls they stand for.
 *
 * Pages are numbered from an arena base; results are the kernel's.  Every record takes the next seq of its script.
 */
#ifndef TESTS_CALLS_H
#define TESTS_CALLS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../../../collector/vm/state.h"
#include "../../../collector/vm/world.h"

#define BASE UINT64_C(0x200000000000)
#define PAGE(n) (BASE + (uint64_t)(n) * PAGE_BYTES)
#define PAGES(n) ((uint64_t)(n) * PAGE_BYTES)

enum { R = PROT_BIT_READ, W = PROT_BIT_WRITE, X = PROT_BIT_EXEC, RW = R | W };
enum { PAF = K_MAP_PRIVATE | K_MAP_ANONYMOUS | K_MAP_FIXED, SAF = K_MAP_SHARED | K_MAP_ANONYMOUS | K_MAP_FIXED };

struct script {
	struct world *world;
	uint64_t seq;
	int32_t pid;
	enum apply_result last;
};

static inline void script_begin(struct script *script)
{
	struct record start = { .type = RECORD_PROCESS, .seq = 1, .pid = 100, .tid = 100 };

	start.process = (struct record_process){ .event = PROCESS_START, .has_limits = true, .cap_ipc_lock = true };
	start.process.memlock = start.process.as = start.process.data = start.process.stack =
		(struct rlimit_pair){ UINT64_MAX, UINT64_MAX };
	*script = (struct script){ .world = world_new(), .seq = 1, .pid = 100 };
	world_apply(script->world, &start, NULL, NULL);
}

static inline void script_end(struct script *script)
{
	world_free(script->world);
}

static inline struct space *script_space(const struct script *script)
{
	return world_process(script->world, script->pid)->space;
}

/* A call with its result: @err 0 succeeded with @ret. */
static inline struct record call_record(struct script *script, enum call_id call, int64_t ret, int err)
{
	struct record record = { .type = RECORD_CALL, .seq = ++script->seq, .pid = script->pid, .tid = script->pid };

	record.call.call = call;
	record.call.has = HAS_RET;
	record.call.ret = ret;
	record.call.err = err;
	return record;
}

static inline void script_apply(struct script *script, const struct record *record)
{
	script->last = world_apply(script->world, record, NULL, NULL);
}

/* Any call of integers; the result is 0 or the error. */
#define CALL_OF(script, name, err, ...)                                                                                \
	do {                                                                                                           \
		struct record record_ = call_record(script, CALL_##name, (err) ? -1 : 0, err);                         \
		uint64_t args_[] = { __VA_ARGS__ };                                                                    \
		memcpy(record_.call.arg, args_, sizeof args_);                                                         \
		script_apply(script, &record_);                                                                        \
	} while (0)

static inline void do_map(struct script *script, int page, int pages, int prot, unsigned flags)
{
	struct record record = call_record(script, CALL_mmap, (int64_t)PAGE(page), 0);

	record.call.arg[0] = PAGE(page);
	record.call.arg[1] = PAGES(pages);
	record.call.arg[2] = (uint64_t)prot;
	record.call.arg[3] = flags;
	record.call.arg[4] = UINT64_MAX;
	script_apply(script, &record);
}

static inline void do_remap(struct script *script, int page, int pages, int new_pages, unsigned flags, int to)
{
	struct record record = call_record(script, CALL_mremap, (int64_t)PAGE(to), 0);

	record.call.arg[0] = PAGE(page);
	record.call.arg[1] = PAGES(pages);
	record.call.arg[2] = PAGES(new_pages);
	record.call.arg[3] = flags;
	record.call.arg[4] = PAGE(to);
	script_apply(script, &record);
}

/* Setup and teardown of a test that plays a script. */
static inline int script_setup(void **state)
{
	static struct script script;

	script_begin(&script);
	*state = &script;
	return 0;
}

static inline int script_teardown(void **state)
{
	script_end(*state);
	return 0;
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, script_setup, script_teardown)

/* A mapping of a descriptor. */
static inline struct record file_record(struct script *script, int page, int pages, int prot, unsigned flags,
					enum fd_kind kind)
{
	struct record record = call_record(script, CALL_mmap, (int64_t)PAGE(page), 0);

	record.call.arg[0] = PAGE(page);
	record.call.arg[1] = PAGES(pages);
	record.call.arg[2] = (uint64_t)prot;
	record.call.arg[3] = flags;
	record.call.arg[4] = 7;
	record.call.has |= HAS_FILE;
	record.call.fd_kind = kind;
	record.call.access = ACCESS_BOTH;
	record.call.dev = 8;
	record.call.ino = 99;
	record.call.path = "/data/file";
	return record;
}

static inline void fail_with(struct record *record, int err)
{
	record->call.ret = -1;
	record->call.err = err;
}

static inline const struct vma *at_page(const struct script *script, int page)
{
	return space_find(script_space(script), PAGE(page));
}

/* The pages the last LOOK was about, as page numbers. */
static inline void assert_looks_at(const struct script *script, int first, int end)
{
	uint64_t from, to;

	assert_int_equal(script->last, APPLY_LOOK);
	space_look(script_space(script), &from, &to);
	assert_int_equal(from, PAGE(first));
	assert_int_equal(to, PAGE(end));
}

/* One letter a page from page 0 on: '.' not mapped, '-' no lock, 'L' locked, 'F' lock-on-fault. */
static inline void locks_strip(const struct script *script, char *out, int pages)
{
	for (int i = 0; i < pages; i++) {
		const struct vma *vma = space_find(script_space(script), PAGE(i));

		out[i] = vma ? "-LF"[vma->lock] : '.';
	}
	out[pages] = '\0';
}

/* '.' not mapped, else a digit: r 1, w 2, x 4. */
static inline void prots_strip(const struct script *script, char *out, int pages)
{
	for (int i = 0; i < pages; i++) {
		const struct vma *vma = space_find(script_space(script), PAGE(i));

		out[i] = (char)(vma ? '0' + vma->prot : '.');
	}
	out[pages] = '\0';
}

#define assert_locks(script, want)                                                                                     \
	do {                                                                                                           \
		char strip_[sizeof want];                                                                              \
		locks_strip(script, strip_, sizeof want - 1);                                                          \
		assert_string_equal(strip_, want);                                                                     \
	} while (0)

#define assert_prots(script, want)                                                                                     \
	do {                                                                                                           \
		char strip_[sizeof want];                                                                              \
		prots_strip(script, strip_, sizeof want - 1);                                                          \
		assert_string_equal(strip_, want);                                                                     \
	} while (0)

#endif
