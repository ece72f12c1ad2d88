/*
 * act.h - the process that does what a scene says: by the C library's functions, as programs do.
 *
 * Between its steps it allocates nothing and maps nothing, so that what is seen of it is the scene's doing.
 */
#ifndef TESTS_ACT_H
#define TESTS_ACT_H

#include "check.h"

struct actor {
	const struct scene *scene;
	const char *directory; /* where files are made */
	const char *sparse;    /* a file of another user, see STEP_OPEN */
	struct values values;
};

/*
 * act_begin - find out what the names of places stand for now
 */
void act_begin(struct actor *actor);

/*
 * act - do one step; its name, if it has one, stands for the result from then on
 *
 * STEP_FORK returns in the child (its parent waits for it and ends as it does), or in the parent if the scene says so.
 * STEP_EXEC is not for this function.
 */
void act(struct actor *actor, const struct step *step, struct result *result);

/*
 * act_open - STEP_OPEN with these arguments
 *
 * Return: the descriptor, or -1 with errno.
 */
int64_t act_open(const struct actor *actor, const struct step *step, const uint64_t *a);

/*
 * act_tracer_bytes - how much of the address space is a tracer's, as a whole listing of /proc/self/maps has it
 */
uint64_t act_tracer_bytes(const char *maps);

#endif
