/*
 * awaited.h - listings that threads are about to send: each follows its own call's record.  Pure.
 *
 * Until they come the model may be wrong about those pages.
 */
#ifndef PAGETRAIL_LIVE_AWAITED_H
#define PAGETRAIL_LIVE_AWAITED_H

#include <stdbool.h>
#include <stdint.h>

/* Of more threads at once than these the later ones are not waited for. */
#define AWAITED_MAX 16

struct awaited {
	int32_t tid[AWAITED_MAX]; /* 0: none */
	unsigned count;		  /* of those that are not 0 */
};

/*
 * awaited_call - thread @tid has made a call
 * @looked: its listing follows (HAS_LOOKED); if not, none of an earlier call does any more
 */
void awaited_call(struct awaited *awaited, int32_t tid, bool looked);

/*
 * awaited_came - the last part of it is there
 */
void awaited_came(struct awaited *awaited, int32_t tid);

bool awaited_any(const struct awaited *awaited);

#endif
