/*
 * order_prover.h - one proof on its way (order_prove.h).  Private to order_prove*.c.
 *
 * The pages on which two calls conflict are cut into atoms, which no call and no mapping tells apart, and each is judged
 * for itself.  Calls that failed for the want of a page are asked about first, on all atoms: where that page can have
 * been says how far the call came.
 *
 *	order_prove.c		 what is found, and all of it together
 *	order_prove_atoms.c	 the pages in question
 *	order_prove_complaints.c what calls that failed complain of
 *	order_prove_judge.c	 one atom
 */
#ifndef PAGETRAIL_LIVE_ORDER_PROVER_H
#define PAGETRAIL_LIVE_ORDER_PROVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "order_prove.h"

/* Runs of pages looked at one by one; a call about the whole address space may meet more. */
#define ATOMS_MAX 4096

/* Pages that no call and no mapping tells apart. */
struct atom {
	uint64_t start, end;
};

/* A call that failed for the want of a page: where that can have been. */
struct complaint {
	uint32_t call;
	const struct touch *touch;
	size_t first;  /* atom where the page can have been missing; ATOMS_MAX: none */
	size_t could;  /* how many of them there are */
	bool surely;   /* at the first of them it was missing whatever the order */
	bool other;    /* it can have been something else */
};

struct prover {
	struct proof *proof;
	const struct prove_call *call;
	size_t calls;
	const struct space *space;
	const struct ranges *doubt;
	struct ranges contested;
	struct atom *atom;
	size_t atoms, atom_room;
	uint64_t *cut;
	size_t cuts, cut_room;
	struct complaint *complaint; /* by call */
	size_t complaints, complaint_room;
	struct page_orders orders;
	uint32_t *member;    /* calls that touch the atom at hand */
	uint64_t *begins_ns; /* of each of them and those behind it: the earliest beginning */
	size_t members;
	size_t at;	  /* the atom */
	bool asking;	  /* only complaints are looked into */
	struct page state[ORDER_STATES_MAX]; /* what the page can be so far */
	size_t states;
};

/*
 * prover_put_before, prover_put_race - what is found; the same may be found more than once
 */
void prover_put_before(struct proof *proof, uint32_t first, uint32_t second);
void prover_put_race(struct proof *proof, const struct prove_race *race);

/*
 * prover_find_atoms - cut the pages on which calls conflict
 * @overlap: the calls that do
 */
void prover_find_atoms(struct prover *prover, const struct prove_pair *overlap, size_t overlaps);

/*
 * prover_find_complaints - every call that failed for the want of a page that may have been one of the atoms
 */
void prover_find_complaints(struct prover *prover);

/*
 * prover_complain - answer the complaint from what the call met on the atom at hand
 */
void prover_complain(struct prover *prover, struct complaint *complaint, const struct page_met *met);

/*
 * prover_place - what a call did on the atom at hand
 * @touch: of the call, by index; changed by what is known of its complaint
 *
 * mprotect, mlock and munlock stop at the missing page, madvise passes over it: once it is known which page that was,
 * it is known what they reached.
 */
struct touch prover_place(const struct prover *prover, uint32_t call, const struct touch *touch);

/*
 * prover_judge - judge all atoms, one after the other
 * @asking: only complaints are looked into
 */
void prover_judge(struct prover *prover, bool asking);

#endif
