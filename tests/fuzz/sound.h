/*
 * sound.h - what holds of the model whatever it has been told.
 */
#ifndef TESTS_FUZZ_SOUND_H
#define TESTS_FUZZ_SOUND_H

#include "../../collector/vm/ledger.h"
#include "../../collector/vm/state.h"
#include "../../collector/vm/world.h"

/*
 * sound_world - VMAs ascend and are disjoint, aligned and not empty, no neighbours are left apart that could be one, sums
 * and counts are those of a recount
 *
 * Return: NULL, or what does not hold.
 */
const char *sound_world(const struct world *world);

/*
 * sound_ledger - there is a request for each page that has a lock, and for no other
 *
 * True of a log that has everything; with pages that only later calls reveal the ledger need not know whose lock it is.
 */
const char *sound_ledger(const struct ledger *ledger, const struct space *space);

/*
 * sound_same - the same processes with the same pages, of the same history
 */
const char *sound_same(const struct world *a, const struct world *b);

/*
 * sound_pages - equal but for the names of their files: a listing can tell one that the calls did not
 */
bool sound_pages(const struct vma *a, const struct vma *b);

/*
 * sound_listed - show an address space a listing of its own state
 *
 * Return: how many bytes it found to be otherwise than known.
 */
uint64_t sound_listed(struct space *space, uint64_t seq);

#endif
