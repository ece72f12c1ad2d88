/*
 * t_live_restate.c - the head of a log that continues another: what the model knows, written, read and applied to an empty
 * world, is the same state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../../collector/live/line.h"
#include "../../../collector/live/restate.h"
#include "../../../collector/log/parse.h"
#include "../../../collector/vm/limit.h"

enum { PROGRAM = 100, CHILD = 101, BORROWER = 102 };

/* ---- a world, and what is told of it ---- */

struct told {
	struct world *world;
	struct parser *parser;
	uint64_t seq;
};

static struct told told_new(void)
{
	return (struct told){ .world = world_new(), .parser = parser_new() };
}

static void told_free(struct told *told)
{
	world_free(told->world);
	parser_free(told->parser);
}

/* @rest: a record from its fields on, as journal_prepare() has it */
static void tell(struct told *told, const char *type, const char *event, const char *rest)
{
	struct line line = { 0 };
	struct record record;
	struct err err;

	line_add(&line, "{\"type\":\"%s\",\"seq\":%d", type, (int)++told->seq);
	if (event)
		line_add(&line, ",\"event\":\"%s\"", event);
	line_text(&line, rest);
	line_text(&line, "}");
	if (parse_line(told->parser, line.at, line.length, &record, &err))
		fail_msg("%s: %s", err.text, line.at);
	world_apply(told->world, &record, NULL, NULL);
	line_free(&line);
}

static void call(struct told *told, int pid, const char *rest)
{
	char text[1024];

	snprintf(text, sizeof(text), ",\"pid\":%d,\"tid\":%d,\"t\":1,\"dur\":1,\"call\":%s", pid, pid, rest);
	tell(told, "call", NULL, text);
}

static void retell(void *arg, enum record_type type, const char *event, const char *text, size_t length)
{
	struct line line = { 0 };

	line_bytes(&line, text, length);
	line_bytes(&line, "", 1);
	tell(arg, type == RECORD_PROCESS ? "process" : "snapshot", event, line.at);
	line_free(&line);
}

/* ---- comparing ---- */

/* The VMA from @addr on, joined with those that differ from it in nothing but their history. */
static bool next_joined(const struct space *space, uint64_t addr, struct vma *joined)
{
	const struct vma *vma = space_next(space, addr), *more;

	if (!vma)
		return false;
	*joined = *vma;
	while ((more = space_next(space, joined->end)) && vma_continues(joined, more))
		joined->end = more->end;
	return true;
}

static void assert_same_name(const char *a, const char *b)
{
	assert_string_equal(a ? a : "-", b ? b : "-");
}

static void assert_same_vma(const struct space *a, const struct space *b, const struct vma *x, const struct vma *y)
{
	assert_int_equal(x->start, y->start);
	assert_int_equal(x->end, y->end);
	assert_int_equal(x->prot, y->prot);
	assert_int_equal(x->ceiling, y->ceiling);
	assert_int_equal(x->shared, y->shared);
	assert_int_equal(x->lock, y->lock);
	assert_int_equal(x->kind, y->kind);
	assert_int_equal(x->advice, y->advice);
	assert_int_equal(x->flags, y->flags);
	assert_int_equal(x->dev, y->dev);
	assert_int_equal(x->ino, y->ino);
	if (vma_has_offset(x))
		assert_int_equal(x->offset, y->offset);
	assert_same_name(space_path(a, x->path), space_path(b, y->path));
}

static void assert_same_limits(const struct limits *a, const struct limits *b)
{
	assert_int_equal(a->memlock, b->memlock);
	assert_int_equal(a->as, b->as);
	assert_int_equal(a->data, b->data);
	assert_int_equal(a->stack, b->stack);
	assert_int_equal(a->core_known, b->core_known);
	if (a->core_known)
		assert_int_equal(a->core, b->core);
	assert_int_equal(a->cap_ipc_lock, b->cap_ipc_lock);
	assert_int_equal(a->known, b->known);
	assert_int_equal(a->core_chosen, b->core_chosen);
	assert_int_equal(a->undumpable, b->undumpable);
	assert_int_equal(a->hard.memlock, b->hard.memlock);
	assert_int_equal(a->hard.stack, b->hard.stack);
}

static void assert_same_space(const struct space *a, const struct space *b)
{
	const struct space_rules x = space_rules(a), y = space_rules(b);
	struct vma one, other;
	uint64_t at = 0;

	assert_int_equal(x.brk, y.brk);
	assert_int_equal(x.heap_low, y.heap_low);
	assert_int_equal(x.future, y.future);
	assert_int_equal(x.mdwe, y.mdwe);
	assert_int_equal(x.read_exec, y.read_exec);
	assert_int_equal(x.merge_any, y.merge_any);
	assert_int_equal(space_totals(a).vmlck, space_totals(b).vmlck);
	assert_int_equal(space_totals(a).locked, space_totals(b).locked);
	assert_same_limits(space_limits(a), space_limits(b));
	for (; next_joined(a, at, &one); at = one.end) {
		assert_true(next_joined(b, at, &other));
		assert_same_vma(a, b, &one, &other);
	}
	assert_false(next_joined(b, at, &other));
}

static void assert_same_process(const struct told *a, const struct told *b, int32_t pid)
{
	const struct process *x = world_process(a->world, pid), *y = world_process(b->world, pid);

	assert_non_null(y);
	assert_int_equal(x->ppid, y->ppid);
	assert_int_equal(x->exited, y->exited);
	assert_int_equal(x->borrows, y->borrows);
	assert_same_name(x->exe, y->exe);
	assert_int_equal(world_told(x), world_told(y));
	assert_int_equal(world_returned(x), world_returned(y));
	assert_same_space(x->space, y->space);
}

static struct told retold(const struct told *first, struct processes *processes)
{
	struct told second = told_new();

	restate(first->world, processes, 5, retell, &second);
	return second;
}

/* ---- facts ---- */

static void start(struct told *told)
{
	tell(told, "process", "start",
	     ",\"pid\":100,\"ppid\":1,\"t\":0,\"exe\":\"/usr/bin/a b\",\"argv\":[\"a\"],\"limits\":{\"memlock\":[65536,131072],"
	     "\"as\":[-1,-1],\"data\":[1000000,-1],\"stack\":[8388608,-1],\"core\":[0,-1]},\"cap_ipc_lock\":true");
	tell(told, "snapshot", NULL,
	     ",\"pid\":100,\"t\":1,\"why\":\"start\",\"part\":0,\"last\":true,\"from\":\"0x0\",\"to\":\"0xffffffffffffffff\",\"ranges\":["
	     "{\"start\":\"0x400000\",\"end\":\"0x402000\",\"perms\":\"r-xp\",\"offset\":4096,\"dev\":2049,\"ino\":7,\"path\":\"/usr/bin/a b\","
	     "\"vmflags\":\"rd ex mr mw me\"},"
	     "{\"start\":\"0x800000\",\"end\":\"0x820000\",\"perms\":\"rw-p\",\"path\":\"[heap]\",\"vmflags\":\"rd wr mr mw me\"},"
	     "{\"start\":\"0x7ffd00000000\",\"end\":\"0x7ffd00021000\",\"perms\":\"rw-p\",\"path\":\"[stack]\",\"vmflags\":\"rd wr mr mw me gd\"},"
	     "{\"start\":\"0x7ffd00100000\",\"end\":\"0x7ffd00104000\",\"perms\":\"r--p\",\"path\":\"[vvar]\",\"vmflags\":\"rd mr pf io de dd\"},"
	     "{\"start\":\"0x7ffd00104000\",\"end\":\"0x7ffd00106000\",\"perms\":\"r-xp\",\"path\":\"[vdso]\",\"vmflags\":\"rd ex mr mw me de sl\"},"
	     "{\"start\":\"0xffffffffff600000\",\"end\":\"0xffffffffff601000\",\"perms\":\"--xp\",\"path\":\"[vsyscall]\",\"vmflags\":\"ex\"}]");
}

/* A mapping of 16 pages at @megabyte; @more: of a descriptor */
static void map(struct told *told, unsigned megabyte, int prot, int flags, const char *more)
{
	char rest[512];

	snprintf(rest, sizeof(rest),
		 "\"mmap\",\"addr\":\"0x0\",\"len\":65536,\"prot\":%d,\"flags\":%d,\"fd\":%d,\"off\":%d,\"ret\":\"0x7f%06x00000\"%s", prot,
		 flags, *more ? 3 : -1, *more ? 8192 : 0, megabyte, more);
	call(told, PROGRAM, rest);
}

#define ANON    0x22
#define SHARED  0x21

static void every_kind(struct told *told)
{
	map(told, 1, 3, ANON, "");
	map(told, 2, 3, SHARED, "");
	map(told, 3, 1, 2, ",\"fdkind\":\"regular\",\"access\":\"r\",\"dev\":2049,\"ino\":9,\"path\":\"/lib/x \\\"y\\\"\"");
	map(told, 4, 3, 1, ",\"fdkind\":\"memfd\",\"access\":\"rw\",\"dev\":1,\"ino\":77,\"path\":\"/memfd:key (deleted)\"");
	map(told, 5, 3, 1, ",\"fdkind\":\"secret\",\"access\":\"rw\",\"dev\":9,\"ino\":78,\"path\":\"/secretmem (deleted)\"");
	map(told, 6, 3, 2, ",\"fdkind\":\"zero\",\"access\":\"rw\",\"dev\":5,\"ino\":6,\"path\":\"/dev/zero\"");
	map(told, 7, 3, 1, ",\"fdkind\":\"device\",\"access\":\"rw\",\"dev\":5,\"ino\":8,\"path\":\"/dev/other\"");
	map(told, 8, 0, ANON | 0x4000, "");
	map(told, 9, 3, 0x122, "");
	map(told, 10, 1, 1, ",\"fdkind\":\"regular\",\"access\":\"r\",\"dev\":2049,\"ino\":10,\"path\":\"/read/only\"");
	map(told, 11, 1, 2, ",\"fdkind\":\"other\",\"access\":\"r\"");
	map(told, 12, 3, SHARED, "");
	call(told, PROGRAM, "\"shmat\",\"shmid\":0,\"addr\":\"0x0\",\"flags\":0,\"size\":8192,\"ret\":\"0x7f00002000000\"");
	call(told, PROGRAM, "\"brk\",\"addr\":\"0x830000\",\"old\":\"0x820000\",\"ret\":0");
}

static void every_kind_of_memory_is_there_again(void **state)
{
	struct processes *processes = processes_new();
	struct told first = told_new(), second;

	(void)state;
	start(&first);
	every_kind(&first);
	second = retold(&first, processes);
	assert_true(space_vmas(world_process(first.world, PROGRAM)->space) > 18);
	assert_same_process(&first, &second, PROGRAM);
	told_free(&first);
	told_free(&second);
	processes_free(processes);
}

static void madvise(struct told *told, unsigned megabyte, unsigned page, int advice)
{
	char rest[256];

	snprintf(rest, sizeof(rest), "\"madvise\",\"addr\":\"0x7f%06x0%x000\",\"len\":4096,\"advice\":%d,\"ret\":0", megabyte, page, advice);
	call(told, PROGRAM, rest);
}

static void every_mark_and_lock_is_there_again(void **state)
{
	static const int advice[] = { 1, 2, 10, 18, 16, 14, 15, 12, 102 };
	struct processes *processes = processes_new();
	struct told first = told_new(), second;

	(void)state;
	start(&first);
	every_kind(&first);
	for (unsigned i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		madvise(&first, 1, i, advice[i]);
	call(&first, PROGRAM, "\"mlock\",\"addr\":\"0x7f00000109000\",\"len\":4096,\"ret\":0");
	call(&first, PROGRAM, "\"mlock2\",\"addr\":\"0x7f0000010a000\",\"len\":4096,\"flags\":1,\"ret\":0");
	call(&first, PROGRAM, "\"mlock\",\"addr\":\"0x7f00000400000\",\"len\":8192,\"ret\":0");
	call(&first, PROGRAM, "\"mprotect\",\"addr\":\"0x7f0000010b000\",\"len\":4096,\"prot\":5,\"ret\":0");
	call(&first, PROGRAM, "\"mseal\",\"addr\":\"0x7f0000010d000\",\"len\":4096,\"flags\":0,\"ret\":0");
	second = retold(&first, processes);
	assert_same_process(&first, &second, PROGRAM);
	assert_int_equal(space_find(world_process(second.world, PROGRAM)->space, 0x7f00000108000)->flags & VMA_GUARD, VMA_GUARD);
	assert_int_equal(space_totals(world_process(second.world, PROGRAM)->space).vmlck, 4 * 4096 + 65536);
	told_free(&first);
	told_free(&second);
	processes_free(processes);
}

/* What mremap(MREMAP_DONTUNMAP) leaks into VmLck, and rules for what is mapped later. */
static void rules_are_there_again(void **state)
{
	struct processes *processes = processes_new();
	struct told first = told_new(), second;

	(void)state;
	start(&first);
	every_kind(&first);
	call(&first, PROGRAM, "\"mlockall\",\"flags\":6,\"ret\":0");
	call(&first, PROGRAM, "\"personality\",\"persona\":4194304,\"ret\":0");
	call(&first, PROGRAM, "\"prctl\",\"option\":65,\"arg2\":1,\"arg3\":0,\"arg4\":0,\"arg5\":0,\"ret\":0");
	call(&first, PROGRAM, "\"prctl\",\"option\":67,\"arg2\":1,\"arg3\":0,\"arg4\":0,\"arg5\":0,\"ret\":0");
	call(&first, PROGRAM, "\"prctl\",\"option\":4,\"arg2\":0,\"arg3\":0,\"arg4\":0,\"arg5\":0,\"ret\":0");
	call(&first, PROGRAM, "\"setrlimit\",\"resource\":4,\"soft\":4096,\"hard\":8192,\"ret\":0");
	tell(&first, "snapshot", NULL,
	     ",\"pid\":100,\"t\":1,\"why\":\"look\",\"part\":0,\"last\":true,\"from\":\"0x0\",\"to\":\"0x0\",\"ranges\":[],\"vmlck\":409600");
	second = retold(&first, processes);
	assert_int_equal(space_rules(world_process(first.world, PROGRAM)->space).future, VMA_LOCKED_ONFAULT);
	assert_true(space_limits(world_process(first.world, PROGRAM)->space)->core_chosen);
	assert_int_equal(space_totals(world_process(first.world, PROGRAM)->space).vmlck, 409600);
	assert_same_process(&first, &second, PROGRAM);
	told_free(&first);
	told_free(&second);
	processes_free(processes);
}

static void children_stay_whose_they_were(void **state)
{
	struct processes *processes = processes_new();
	struct told first = told_new(), second;

	(void)state;
	start(&first);
	every_kind(&first);
	call(&first, PROGRAM, "\"mlock\",\"addr\":\"0x7f00000100000\",\"len\":4096,\"ret\":0");
	call(&first, PROGRAM, "\"fork\",\"ret\":101");
	call(&first, PROGRAM, "\"vfork\",\"ret\":102");
	second = retold(&first, processes);
	assert_same_process(&first, &second, CHILD);
	assert_same_process(&first, &second, BORROWER);
	assert_ptr_equal(world_process(second.world, BORROWER)->space, world_process(second.world, PROGRAM)->space);
	/* the child's own word comes behind the seam: it is that child, and keeps what it did meanwhile */
	call(&first, CHILD, "\"munmap\",\"addr\":\"0x7f00000200000\",\"len\":65536,\"ret\":0");
	call(&second, CHILD, "\"munmap\",\"addr\":\"0x7f00000200000\",\"len\":65536,\"ret\":0");
	tell(&first, "process", "fork", ",\"pid\":101,\"ppid\":100,\"t\":1");
	tell(&second, "process", "fork", ",\"pid\":101,\"ppid\":100,\"t\":1");
	assert_same_process(&first, &second, CHILD);
	assert_null(space_find(world_process(second.world, CHILD)->space, 0x7f00000200000));
	told_free(&first);
	told_free(&second);
	processes_free(processes);
}

static void who_has_ended_is_gone(void **state)
{
	struct processes *processes = processes_new();
	struct told first = told_new(), second;

	(void)state;
	start(&first);
	call(&first, PROGRAM, "\"fork\",\"ret\":101");
	call(&first, CHILD, "\"exit\",\"status\":0");
	tell(&first, "process", "exit", ",\"pid\":101,\"t\":1,\"status\":0");
	second = retold(&first, processes);
	assert_null(world_process(second.world, CHILD));
	told_free(&second);
	/* the call was seen, the end was not: records of other threads may follow */
	processes_see(processes, CHILD);
	second = retold(&first, processes);
	assert_same_process(&first, &second, CHILD);
	told_free(&first);
	told_free(&second);
	processes_free(processes);
}

/* Two mappings are one object before and behind the seam, and a number is not given a second time. */
static void numbers_of_objects_go_on(void **state)
{
	struct processes *processes = processes_new();
	struct told first = told_new(), second;
	const struct space *space;
	uint64_t old;

	(void)state;
	start(&first);
	every_kind(&first);
	tell(&first, "snapshot", NULL,
	     ",\"pid\":100,\"t\":1,\"why\":\"look\",\"part\":0,\"last\":true,\"from\":\"0x7f00000200000\",\"to\":\"0x7f00000210000\",\"ranges\":["
	     "{\"start\":\"0x7f00000200000\",\"end\":\"0x7f00000210000\",\"perms\":\"rw-s\",\"offset\":0,\"dev\":1,\"ino\":1043,"
	     "\"path\":\"/dev/zero (deleted)\",\"vmflags\":\"rd wr sh mr mw me\"}]");
	second = retold(&first, processes);
	assert_same_process(&first, &second, PROGRAM);
	space = world_process(second.world, PROGRAM)->space;
	old = space_find(space, 0x7f00000c00000)->ino;
	map(&second, 13, 3, SHARED, "");
	assert_true(space_find(space, 0x7f00000d00000)->ino > old);
	/* the kernel calls it 1:1043 still: another inode there is another object */
	assert_true(space_listed(space, space_find(space, 0x7f00000200000), &old, &old));
	assert_int_equal(old, 1043);
	told_free(&first);
	told_free(&second);
	processes_free(processes);
}

static void note_segment(void *arg, uint64_t shmid, const struct segment_lock *lock)
{
	struct segment_lock *seen = arg;

	assert_int_equal(shmid, 0);
	*seen = *lock;
}

static void locked_segments_stay_locked(void **state)
{
	struct processes *processes = processes_new();
	struct told first = told_new(), second;
	struct segment_lock seen = { 0 };

	(void)state;
	start(&first);
	every_kind(&first);
	call(&first, PROGRAM, "\"shmctl\",\"shmid\":0,\"cmd\":11,\"buf\":\"0x0\",\"ret\":0");
	call(&first, PROGRAM, "\"shmctl\",\"shmid\":0,\"cmd\":0,\"buf\":\"0x0\",\"ret\":0");
	second = retold(&first, processes);
	world_segments(second.world, note_segment, &seen);
	assert_int_equal(seen.pid, PROGRAM);
	assert_true(seen.removed);
	told_free(&first);
	told_free(&second);
	processes_free(processes);
}

/* More VMAs than one line has. */
static void many_mappings_take_many_lines(void **state)
{
	struct processes *processes = processes_new();
	struct told first = told_new(), second;

	(void)state;
	start(&first);
	for (unsigned i = 1; i < 350; i++)
		map(&first, i, i % 2 ? 1 : 3, ANON, "");
	second = retold(&first, processes);
	assert_int_equal(second.seq, 1 + 4);
	assert_same_process(&first, &second, PROGRAM);
	assert_int_equal(world_process(second.world, PROGRAM)->revealed, 0);
	told_free(&first);
	told_free(&second);
	processes_free(processes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_memory_is_there_again),
		cmocka_unit_test(every_mark_and_lock_is_there_again),
		cmocka_unit_test(rules_are_there_again),
		cmocka_unit_test(children_stay_whose_they_were),
		cmocka_unit_test(who_has_ended_is_gone),
		cmocka_unit_test(numbers_of_objects_go_on),
		cmocka_unit_test(locked_segments_stay_locked),
		cmocka_unit_test(many_mappings_take_many_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
