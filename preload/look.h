/*
 * look.h - pages whose state no call's result tells: the kernel is asked at once, or at the next moment anybody asks about.
 *
 * A refused mprotect can have changed every page before a limit, a refused MAP_FIXED can have left a hole, a driver's mmap
 * marks its pages as it likes; a stack grows by page faults.  The state that follows is not a matter of reasoning, so it
 * is read, and the record says so.
 */
#ifndef PAGETRAIL_LOOK_H
#define PAGETRAIL_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/call.h"

/* A call as far as its effect on pages goes. */
struct look_call {
	enum call_id call;
	const uint64_t *words;
	uint64_t ret;
	int err;	/* 0 or the error number */
	bool by_driver;	/* mmap: a driver decides what its pages are */
};

/* What to look at: one range, or two in ascending order. */
struct look {
	uint64_t from[2], to[2];
	int count;
	uint64_t begun_ns;
};

/*
 * look_begin - does the result leave open what became of the pages?
 *
 * Return: true if look_take() must follow the call's record.  False if all is clear, or if it cannot be done now; what is
 * then owed look_settle() makes good.
 * Context: async-signal-safe; system calls only after a refused call and for drivers' memory.
 */
bool look_begin(struct look *look, const struct look_call *call);
void look_take(struct look *look);

/*
 * look_settle - at a mark and at exit: send what is owed, and where stacks have grown to
 * @why: the moment, one word
 *
 * Context: async-signal-safe.
 */
void look_settle(const char *why);

#endif
