/*
 * unsure.h - of which pages a log does not tell the state for certain.  Pure.
 *
 * The model always has one state, the most likely one.  It may be wrong where calls overlapped and no result told their
 * order (race notes), in mappings made while that leaves open how they are made, where a result left several states
 * possible (APPLY_LOOK), until a snapshot of the pages follows; and everywhere where records are missing or an object makes
 * system calls of its own.
 */
#ifndef PAGETRAIL_UNSURE_H
#define PAGETRAIL_UNSURE_H

#include <stdbool.h>

#include "record.h"
#include "world.h"

struct unsure;

struct unsure *unsure_new(const struct world *world);
void unsure_free(struct unsure *unsure);

/*
 * unsure_apply - take in a record of any type
 * @result: what world_apply() said of it; it has been applied
 */
void unsure_apply(struct unsure *unsure, const struct record *record, enum apply_result result);

/*
 * unsure_left - the process leaves the world
 */
void unsure_left(struct unsure *unsure, const struct process *process);

/*
 * unsure_pages - may the state of [start, end) be another than the model's
 */
bool unsure_pages(const struct unsure *unsure, const struct process *process, uint64_t start, uint64_t end);

/*
 * unsure_space - may any page, limit or sum of its address space be
 */
bool unsure_space(const struct unsure *unsure, const struct process *process);

/*
 * unsure_expects - has some record told that pages of [start, end) have to be looked at
 */
bool unsure_expects(const struct unsure *unsure, const struct process *process, uint64_t start, uint64_t end);

/*
 * unsure_throughout - did this log lack something from which on, or for how long, cannot be told: lost records, calls that
 * were not looked for or that some object makes by itself
 *
 * Then nothing that depends on any state is certain, also not what came before that was told.
 */
bool unsure_throughout(const struct unsure *unsure);

#endif
