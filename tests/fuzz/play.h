/*
 * play.h - make the calls of a plan, for real, in this process: by the C library's functions, as programs do.
 *
 * Between its calls it allocates nothing and maps nothing.
 */
#ifndef TESTS_FUZZ_PLAY_H
#define TESTS_FUZZ_PLAY_H

#include "plan.h"

struct played {
	int64_t ret;
	int err;
	bool done;
	int64_t locked_pages; /* VmLck after a call that failed, if the player tells it; else -1 */
};

struct player {
	const struct plan *plan;
	struct values values;
	struct played *played; /* by label; may be memory shared with children */
	const char *self;      /* this program's path, for exec */
	unsigned next;	 /* step to be played */
	bool tells_vmlck;
	bool borrowed;	 /* in a thread or in a child that shares the memory: no further ones */
};

/*
 * player_begin - find out what places stand for in this process
 * @segment: ids of the System V segments
 */
void player_begin(struct player *player, const int segment[SEGMENTS]);

/*
 * play - the steps from player->next on with labels up to @until
 *
 * Whoever else plays a part of them ends as it should, or this process ends with PLAY_BAD.  STEP_EXEC becomes the program
 * itself with the arguments --continue NEXT UNTIL; STEP_GO_ON returns in the child.
 */
void play(struct player *player, unsigned until);

enum { PLAY_BAD = 99 };

#endif
