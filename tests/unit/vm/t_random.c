/*
 * t_random.c - whatever records say, the model stays sound: records with random words of every kind, results that no
 * kernel gives, snapshots that make no sense.
 */
#include <stdio.h>
#include <stdlib.h>

#include "calls.h"

enum { RECORDS = 4000 };

struct source {
	uint64_t seed;
	struct snapshot_range range[8];
};

static uint64_t any(struct source *source)
{
	source->seed = source->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return source->seed >> 33 | source->seed << 31;
}

static unsigned pick(struct source *source, unsigned below)
{
	return (unsigned)(any(source) >> 20) % below;
}

/* Mostly pages of a small arena, so that calls meet; else edges of the address space and noise. */
static uint64_t some_word(struct source *source)
{
	static const uint64_t edges[] = {0,
					 1,
					 4095,
					 4096,
					 UINT64_MAX,
					 UINT64_MAX - 4095,
					 SPACE_END,
					 USER_END,
					 INT64_MAX,
					 HUGE_BYTES,
					 UINT64_C(0xffffffffff600000)};

	switch (pick(source, 8)) {
	case 0:
		return edges[pick(source, sizeof edges / sizeof *edges)];
	case 1:
		return any(source);
	case 2:
		return PAGE(pick(source, 64)) + pick(source, 4096);
	case 3: case 4:
		return PAGES(1 + pick(source, 20));
	default:
		return PAGE(pick(source, 64));
	}
}

static uint64_t some_flags(struct source *source)
{
	return pick(source, 4) ? any(source) & any(source) & 0x1fffff : any(source);
}

static void fill_call(struct source *source, struct record_call *call)
{
	call->call = (enum call_id)pick(source, CALL_COUNT);
	call->has = pick(source, 10) ? HAS_RET | (unsigned)(any(source) & 0x7f) : 0;
	for (int i = 0; i < CALL_ARGS_MAX; i++)
		call->arg[i] = i < 2 || !pick(source, 3) ? some_word(source) : some_flags(source);
	if (call->call == CALL_madvise || call->call == CALL_posix_madvise)
		call->arg[2] = pick(source, 104);
	call->ret = pick(source, 3) ? 0 : (int64_t)some_word(source);
	if (call_table[call->call].result == CLASS_ADDR)
		call->ret = (int64_t)some_word(source);
	if (!pick(source, 4)) {
		call->ret = -1;
		call->err = (int)pick(source, 40);
	}
	call->old = some_word(source);
	call->fd_kind = (enum fd_kind)pick(source, FD_OTHER + 1);
	call->access = (enum fd_access)pick(source, 4);
	call->dev = pick(source, 3);
	call->ino = pick(source, 3);
	call->path = pick(source, 2) ? "/some/path" : NULL;
	call->limit_bytes = some_word(source);
	call->vmlck_bytes = some_word(source);
	call->size_bytes = some_word(source);
	call->soft = some_word(source);
}

static void fill_snapshot(struct source *source, struct record_snapshot *snapshot)
{
	static const char *const paths[] = {NULL,      "",	     "[stack]", "[heap]", "/SYSV0 (deleted)",
					    "/memfd:", "[vsyscall]", "x"};
	static const char *const flags[] = { NULL, "", "lo", "rd wr lo lf gd", "lolo l", " ", "sl dd dc io" };

	snapshot->why = "look";
	snapshot->last = pick(source, 2);
	snapshot->from = some_word(source);
	snapshot->to = some_word(source);
	snapshot->has_vmlck = pick(source, 2);
	snapshot->vmlck_bytes = some_word(source);
	snapshot->count = pick(source, 8);
	snapshot->range = source->range;
	for (size_t i = 0; i < snapshot->count; i++) {
		struct snapshot_range *range = &source->range[i];

		*range = (struct snapshot_range){ some_word(source), some_word(source), "rw-p", some_word(source),
						  pick(source, 3), pick(source, 3), paths[pick(source, 8)],
						  flags[pick(source, 7)] };
		range->perms[pick(source, 5)] = "rwxps-\0"[pick(source, 7)];
	}
}

static void fill_process(struct source *source, struct record_process *process)
{
	process->event = (enum process_event)pick(source, 4);
	process->ppid = (int32_t)pick(source, 6);
	process->exe = pick(source, 2) ? "/bin/x" : NULL;
	process->has_limits = pick(source, 2);
	process->memlock.soft = some_word(source);
	process->stack.soft = some_word(source);
}

static struct record some_record(struct source *source, uint64_t seq)
{
	struct record record = { .type = RECORD_CALL, .seq = seq };

	record.pid = record.tid = (int32_t)pick(source, 6) - 1;
	switch (pick(source, 12)) {
	case 0:
		record.type = RECORD_SNAPSHOT;
		fill_snapshot(source, &record.snapshot);
		break;
	case 1:
		record.type = RECORD_PROCESS;
		fill_process(source, &record.process);
		break;
	default:
		fill_call(source, &record.call);
	}
	return record;
}

/* Sorted, disjoint, aligned, nothing joinable left apart, sums equal to a recount. */
static void assert_sound(const struct space *space)
{
	const struct vma *vma = space_next(space, 0), *last = NULL;
	struct vmasums sums = { 0 };
	size_t count = 0;

	for (; vma; last = vma, vma = space_next(space, vma->end)) {
		uint64_t bytes = vma->end - vma->start;

		assert_true(vma->start < vma->end && vma->start % PAGE_BYTES == 0 && vma->end % PAGE_BYTES == 0);
		assert_true(!last || last->end <= vma->start);
		assert_false(last && vma_continues(last, vma) && vma_same_history(last, vma));
		assert_true(vma->prot < 8 && vma->lock < 3 && vma->kind < KIND_COUNT);
		sums.mapped += vma->kind == KIND_VSYSCALL ? 0 : bytes;
		sums.counted += vma->lock ? bytes : 0;
		sums.locked += vma->lock && vma->kind != KIND_TRACER ? bytes : 0;
		sums.wx += (vma->prot & 6) == 6 ? bytes : 0;
		count++;
	}
	assert_int_equal(count, space_vmas(space));
	assert_memory_equal(&sums, &space->set.sums, sizeof sums);
	assert_true(space_totals(space).locked_peak >= sums.locked);
}

static void assert_world_sound(const struct world *world)
{
	for (size_t i = 0; world_each(world, i); i++)
		assert_sound(world_each(world, i)->space);
}

static void any_records_leave_a_sound_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct source source = { .seed = seed };
		struct world *world = world_new();

		for (uint64_t i = 1; i <= RECORDS; i++) {
			struct record record = some_record(&source, i);

			world_apply(world, &record, NULL, NULL);
			if (i % 40 == 0)
				assert_world_sound(world);
		}
		world_free(world);
	}
}

/* Names aside: a listing can tell the name of a file the calls did not. */
static bool same_pages(struct vma a, struct vma b)
{
	a.path = b.path;
	return a.start == b.start && a.end == b.end && a.offset == b.offset && vma_same_facts(&a, &b) &&
	       vma_same_history(&a, &b);
}

static void assert_same(const struct world *a, const struct world *b)
{
	for (size_t i = 0; world_each(a, i); i++) {
		const struct space *one = world_each(a, i)->space, *two = world_each(b, i)->space;
		const struct vma *x = space_next(one, 0), *y = space_next(two, 0);

		for (; x && y; x = space_next(one, x->end), y = space_next(two, y->end))
			assert_true(same_pages(*x, *y) && x->path == y->path);
		assert_true(!x && !y);
		assert_int_equal(space_totals(one).vmlck, space_totals(two).vmlck);
	}
}

static void the_same_records_give_the_same_state(void **state)
{
	struct source one = { .seed = 77 }, two = { .seed = 77 };
	struct world *a = world_new(), *b = world_new();

	(void)state;
	for (uint64_t i = 1; i <= RECORDS; i++) {
		struct record first = some_record(&one, i), second = some_record(&two, i);

		assert_int_equal(world_apply(a, &first, NULL, NULL), world_apply(b, &second, NULL, NULL));
	}
	assert_same(a, b);
	world_free(a);
	world_free(b);
}

/* ---- a listing of the model's own state ---- */

static void list_flags(const struct vma *vma, char *out, size_t size)
{
	static const struct {
		const char *two;
		uint16_t flag, advice;
	} words[] = {{"gd", VMA_GROWSDOWN, 0},	   {"nr", VMA_NORESERVE, 0},   {"ht", VMA_HUGETLB, 0},
		     {"dp", VMA_DROPPABLE, 0},	   {"sf", VMA_SYNC, 0},	       {"io", VMA_SPECIAL, 0},
		     {"de", VMA_DONTEXPAND, 0},	   {"sl", VMA_SEALED, 0},      {"rr", 0, ADVICE_RANDOM},
		     {"sr", 0, ADVICE_SEQUENTIAL}, {"dc", 0, ADVICE_DONTFORK}, {"wf", 0, ADVICE_WIPEONFORK},
		     {"dd", 0, ADVICE_DONTDUMP},   {"hg", 0, ADVICE_HUGEPAGE}, {"nh", 0, ADVICE_NOHUGEPAGE},
		     {"mg", 0, ADVICE_MERGEABLE}};
	int used = snprintf(out, size, "%s%s%s%s%s", vma->ceiling & 1 ? "mr " : "", vma->ceiling & 2 ? "mw " : "",
			    vma->ceiling & 4 ? "me " : "", vma->lock ? "lo " : "",
			    vma->lock == VMA_LOCKED_ONFAULT ? "lf " : "");

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if ((vma->flags & words[i].flag) || (vma->advice & words[i].advice))
			used += snprintf(out + used, size - (size_t)used, "%s ", words[i].two);
}

static const char *list_path(const struct space *space, const struct vma *vma)
{
	static const char *const label[KIND_COUNT] = {
		[KIND_STACK] = "[stack]", [KIND_HEAP] = "[heap]", [KIND_SHM] = "/SYSV00000000 (deleted)",
		[KIND_MEMFD] = "/memfd:x (deleted)", [KIND_SECRET] = "/secretmem (deleted)", [KIND_VVAR] = "[vvar]",
		[KIND_HUGETLB] = "/anon_hugepage (deleted)", [KIND_VDSO] = "[vdso]", [KIND_VSYSCALL] = "[vsyscall]",
		[KIND_FILE] = "/some/path" };
	const char *path = space_path(space, vma->path);

	return path && vma->kind == KIND_FILE ? path : label[vma->kind];
}

/* A growing listing in memory of its own; vmflags are kept apart, as their addresses must not move. */
static uint64_t snapshot_of_itself(struct space *space)
{
	struct snapshot_range *range = calloc(space_vmas(space) + 1, sizeof *range);
	char (*flags)[96] = calloc(space_vmas(space) + 1, sizeof *flags);
	struct record record = { .type = RECORD_SNAPSHOT, .seq = UINT32_MAX };
	const struct vma *vma = space_next(space, 0);
	size_t count = 0;
	uint64_t differed;

	for (; vma; vma = space_next(space, vma->end), count++) {
		list_flags(vma, flags[count], sizeof *flags);
		range[count] = (struct snapshot_range){ vma->start, vma->end, "", vma->offset, vma->dev, vma->ino,
							list_path(space, vma), flags[count] };
		vma_perms(vma, range[count].perms);
	}
	record.snapshot = (struct record_snapshot){ .last = true, .to = SPACE_END, .count = count, .range = range };
	differed = space_snapshot(space, &record, record.seq, NULL, NULL);
	free(range);
	free(flags);
	return differed;
}

static void snapshot_of_the_models_own_state_changes_nothing(void **state)
{
	struct source source = { .seed = 5 };
	struct script *s = *state;

	for (int i = 0; i < RECORDS; i++) {
		struct record record = some_record(&source, ++s->seq);
		struct vma before = { 0 }, after = { 0 };
		uint64_t addr = PAGE(pick(&source, 64));

		record.pid = 100;
		if (record.type != RECORD_CALL || call_table[record.call.call].effect >= EFFECT_FORK)
			continue;
		script_apply(s, &record);
		if (i % 20)
			continue;
		if (space_find(script_space(s), addr))
			before = *space_find(script_space(s), addr);
		assert_int_equal(snapshot_of_itself(script_space(s)), 0);
		if (space_find(script_space(s), addr))
			after = *space_find(script_space(s), addr);
		assert_true(same_pages(before, after));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_records_leave_a_sound_model),
		cmocka_unit_test(the_same_records_give_the_same_state),
		FACT(snapshot_of_the_models_own_state_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
