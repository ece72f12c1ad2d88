#include "state.h"

#include <stdio.h>
#include <string.h>

static const char letters[FLAGS][3] = {"rr", "sr", "dc", "wf", "dd", "de", "hg", "nh", "mg",
				       "gd", "nr", "ht", "io", "pf", "sf", "mm", "dp", "sl",
				       "um", "uw", "ui", "ss", "mr", "mw", "me", "ms", "sh"};

unsigned state_flag(const char *two)
{
	unsigned flag = 0;

	while (flag < FLAGS && strncmp(letters[flag], two, 2))
		flag++;
	return flag;
}

struct state state_of_vma(const struct vma *vma)
{
	static const struct {
		uint16_t advice, flag;
		uint64_t shown;
	} same[] = {{ADVICE_RANDOM, 0, FLAG_BIT(FLAG_RR)},
		    {ADVICE_SEQUENTIAL, 0, FLAG_BIT(FLAG_SR)},
		    {ADVICE_DONTFORK, 0, FLAG_BIT(FLAG_DC)},
		    {ADVICE_WIPEONFORK, 0, FLAG_BIT(FLAG_WF)},
		    {ADVICE_DONTDUMP, 0, FLAG_BIT(FLAG_DD)},
		    {ADVICE_HUGEPAGE, 0, FLAG_BIT(FLAG_HG)},
		    {ADVICE_NOHUGEPAGE, 0, FLAG_BIT(FLAG_NH)},
		    {ADVICE_MERGEABLE, 0, FLAG_BIT(FLAG_MG)},
		    {0, VMA_DONTEXPAND, FLAG_BIT(FLAG_DE)},
		    {0, VMA_GROWSDOWN, FLAG_BIT(FLAG_GD)},
		    {0, VMA_NORESERVE, FLAG_BIT(FLAG_NR)},
		    {0, VMA_HUGETLB, FLAG_BIT(FLAG_HT)},
		    {0, VMA_SPECIAL, FLAG_BIT(FLAG_IO) | FLAG_BIT(FLAG_PF)},
		    {0, VMA_SYNC, FLAG_BIT(FLAG_SF)},
		    {0, VMA_DROPPABLE, FLAG_BIT(FLAG_DP)},
		    {0, VMA_SEALED, FLAG_BIT(FLAG_SL)}};
	struct state state = {vma->prot, vma->shared, vma->lock, (uint64_t)vma->ceiling << FLAG_MR};

	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		if ((vma->advice & same[i].advice) || (vma->flags & same[i].flag))
			state.flags |= same[i].shown;
	if (vma->shared)
		state.flags |= FLAG_BIT(FLAG_MS);
	/* VM_SHARED is kept only where a write may ever reach the object */
	if (vma->shared && (vma->ceiling & PROT_BIT_WRITE))
		state.flags |= FLAG_BIT(FLAG_SH);
	return state;
}

struct state state_of_listing(const struct snapshot_range *range)
{
	struct state state = {.shared = range->perms[3] == 's'};
	bool locked = false, onfault = false;

	for (int i = 0; i < 3; i++)
		if (range->perms[i] != '-')
			state.prot |= (uint8_t)(1 << i);
	for (const char *at = range->vmflags; at && *at; at += strcspn(at, " "), at += *at == ' ') {
		unsigned flag = state_flag(at);

		locked |= !strncmp(at, "lo", 2);
		onfault |= !strncmp(at, "lf", 2);
		if (flag < FLAGS)
			state.flags |= FLAG_BIT(flag);
	}
	if (locked)
		state.lock = onfault ? VMA_LOCKED_ONFAULT : VMA_LOCKED;
	return state;
}

bool state_same(const struct state *a, const struct state *b)
{
	return a->prot == b->prot && a->shared == b->shared && a->lock == b->lock &&
	       !((a->flags ^ b->flags) & FLAGS_SHOWN);
}

void state_text(const struct state *state, char *out, size_t size)
{
	struct vma vma;
	size_t used;
	char perms[5];

	if (!state) {
		snprintf(out, size, "not mapped");
		return;
	}
	vma = (struct vma){.prot = state->prot, .shared = state->shared};
	vma_perms(&vma, perms);
	used = (size_t)snprintf(out, size, "%s%s%s", perms, state->lock ? " " : "",
				state->lock ? vma_lock_name(state->lock) : "");
	for (unsigned flag = 0; flag < FLAG_REST && used < size; flag++)
		if (state->flags & FLAG_BIT(flag))
			used += (size_t)snprintf(out + used, size - used, " %s", letters[flag]);
}
