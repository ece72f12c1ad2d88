/*
 * state.h - all that is said about a page, in one form for the model and for a line of smaps.
 */
#ifndef TESTS_STATE_H
#define TESTS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../collector/vm/record.h"
#include "../../collector/vm/vma.h"

/* VmFlags of proc(5), in the order in which JSON cases tell them; from FLAG_REST on what they do not tell. */
enum state_flag {
	FLAG_RR, FLAG_SR, FLAG_DC, FLAG_WF, FLAG_DD, FLAG_DE, FLAG_HG, FLAG_NH, FLAG_MG, FLAG_GD, FLAG_NR, FLAG_HT,
	FLAG_IO, FLAG_PF, FLAG_SF, FLAG_MM, FLAG_DP, FLAG_SL, FLAG_UM, FLAG_UW, FLAG_UI, FLAG_SS,
	FLAG_REST,
	FLAG_MR = FLAG_REST, FLAG_MW, FLAG_ME, FLAG_MS, FLAG_SH,
	FLAGS
};

#define FLAG_BIT(flag) (UINT64_C(1) << (flag))
#define FLAGS_SHOWN    (FLAG_BIT(FLAG_REST) - 1)

struct state {
	uint8_t prot, shared, lock; /* as in struct vma */
	uint64_t flags;
};

/*
 * state_flag - the flag of two letters, or FLAGS
 */
unsigned state_flag(const char *letters);

struct state state_of_vma(const struct vma *vma);
struct state state_of_listing(const struct snapshot_range *range);

/*
 * state_same - equal in all that is shown
 */
bool state_same(const struct state *a, const struct state *b);

/*
 * state_text - "rw-p locked rr dd"; @state NULL: "not mapped"
 */
void state_text(const struct state *state, char *out, size_t size);

#endif
