#include "sound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNLESS(fact)                                                                                                   \
	do {                                                                                                           \
		if (!(fact))                                                                                           \
			return #fact;                                                                                  \
	} while (0)

static void add_sums(struct vmasums *sums, const struct vma *vma)
{
	uint64_t bytes = vma->end - vma->start;

	sums->mapped += vma->kind == KIND_VSYSCALL ? 0 : bytes;
	sums->counted += vma->lock ? bytes : 0;
	sums->locked += vma->lock && vma->kind != KIND_TRACER ? bytes : 0;
	sums->wx += (vma->prot & 6) == 6 ? bytes : 0;
	sums->data += (vma->prot & 2) && !vma->shared && !(vma->flags & VMA_GROWSDOWN) ? bytes : 0;
}

static const char *sound_vma(const struct vma *last, const struct vma *vma)
{
	UNLESS(vma->start < vma->end);
	UNLESS(vma->start % PAGE_BYTES == 0 && vma->end % PAGE_BYTES == 0);
	UNLESS(vma->prot < 8 && vma->lock < 3 && vma->kind < KIND_COUNT);
	UNLESS(!last || last->end <= vma->start);
	UNLESS(!last || !vma_continues(last, vma) || !vma_same_history(last, vma));
	return NULL;
}

static const char *sound_space(const struct space *space)
{
	const struct vma *vma = space_next(space, 0), *last = NULL;
	struct vmasums sums = { 0 };
	const char *problem;
	size_t count = 0;

	for (; vma; last = vma, vma = space_next(space, vma->end), count++) {
		problem = sound_vma(last, vma);
		if (problem)
			return problem;
		add_sums(&sums, vma);
	}
	UNLESS(count == space_vmas(space));
	UNLESS(!memcmp(&sums, &space->set.sums, sizeof sums));
	UNLESS(space_totals(space).locked_peak >= sums.locked);
	return NULL;
}

const char *sound_world(const struct world *world)
{
	const char *problem = NULL;

	for (size_t i = 0; !problem && world_each(world, i); i++)
		problem = sound_space(world_each(world, i)->space);
	return problem;
}

/* The tracer's pages are not in it, and the pieces come in the order of their starts, overlapping or not. */
struct held {
	const struct space *space;
	uint64_t reached;
	bool sound;
};

static bool visit(void *arg, const struct piece *piece)
{
	struct held *held = arg;

	held->sound &= space_locked_in(held->space, piece->start, piece->end) == piece->end - piece->start;
	if (piece->start > held->reached)
		held->sound &= !space_locked_in(held->space, held->reached, piece->start);
	held->reached = max_u64(held->reached, piece->end);
	return held->sound;
}

const char *sound_ledger(const struct ledger *ledger, const struct space *space)
{
	struct held held = { .space = space, .sound = true };

	ledger_each(ledger, 0, SPACE_END, visit, &held);
	if (held.sound && held.reached < SPACE_END)
		held.sound = !space_locked_in(space, held.reached, SPACE_END);
	return held.sound ? NULL : "the ledger has the locked pages and no others";
}

bool sound_pages(const struct vma *a, const struct vma *b)
{
	struct vma renamed = *a;

	renamed.path = b->path;
	return a->start == b->start && a->end == b->end && a->offset == b->offset && vma_same_facts(&renamed, b) &&
	       vma_same_history(a, b);
}

static const char *same_space(const struct space *a, const struct space *b)
{
	const struct vma *x = space_next(a, 0), *y = space_next(b, 0);

	for (; x && y; x = space_next(a, x->end), y = space_next(b, y->end))
		UNLESS(sound_pages(x, y) && x->path == y->path);
	UNLESS(!x && !y);
	UNLESS(space_totals(a).vmlck == space_totals(b).vmlck);
	return NULL;
}

const char *sound_same(const struct world *a, const struct world *b)
{
	const char *problem = NULL;
	size_t i = 0;

	for (; !problem && world_each(a, i) && world_each(b, i); i++)
		problem = same_space(world_each(a, i)->space, world_each(b, i)->space);
	UNLESS(problem || (!world_each(a, i) && !world_each(b, i)));
	return problem;
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

/* The flags of all are kept apart, as their addresses must not move. */
uint64_t sound_listed(struct space *space, uint64_t seq)
{
	struct snapshot_range *range = calloc(space_vmas(space) + 1, sizeof *range);
	char (*flags)[96] = calloc(space_vmas(space) + 1, sizeof *flags);
	struct record record = { .type = RECORD_SNAPSHOT, .seq = seq };
	const struct vma *vma = space_next(space, 0);
	size_t count = 0;
	uint64_t differed;

	if (!range || !flags)
		abort();
	for (; vma; vma = space_next(space, vma->end), count++) {
		list_flags(vma, flags[count], sizeof *flags);
		range[count] = (struct snapshot_range){ vma->start, vma->end, "", vma->offset, vma->dev, vma->ino,
							list_path(space, vma), flags[count] };
		vma_perms(vma, range[count].perms);
	}
	record.snapshot = (struct record_snapshot){ .last = true, .to = SPACE_END, .count = count, .range = range };
	differed = space_snapshot(space, &record, seq, NULL, NULL);
	free(range);
	free(flags);
	return differed;
}
