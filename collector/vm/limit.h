/*
 * limit.h - resource limits: what the kernel would have refused, and why a lock failed.  Pure.
 */
#ifndef PAGETRAIL_LIMIT_H
#define PAGETRAIL_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

struct space;

/* Soft limits of a process in bytes, UINT64_MAX: unlimited. */
struct limits {
	uint64_t memlock, as, data, stack;
	bool cap_ipc_lock;
	bool known;		/* some record told them */
};

void limits_init(struct limits *limits);

/*
 * limits_learn - take them from a start or exec record that has them
 */
void limits_learn(struct limits *limits, const struct record_process *process);

/*
 * limits_set - setrlimit or prlimit on oneself succeeded
 */
void limits_set(struct limits *limits, uint64_t resource, uint64_t soft);

/* What an mlock that failed with ENOMEM has done. */
enum lock_failure {
	LOCK_NOTHING,	/* over RLIMIT_MEMLOCK: no page changed */
	LOCK_PREFIX,	/* a hole: the pages before it have the lock */
	LOCK_ALL,	/* a page could not be faulted in: every page has the lock all the same */
	LOCK_UNCLEAR	/* none of these fits what the model knows */
};

/*
 * limit_lock_failure - which of its meanings ENOMEM had
 * @start, @end: the pages asked for; start < end
 * @onfault: mlock2(MLOCK_ONFAULT)
 *
 * The kernel tests the limit first, counting holes and crediting pages that already have a lock; then it sets the flag
 * up to the first hole; then it faults in. do_mlock(), mm/mlock.c. A VmLck read after the call tells which it was when
 * the model's own idea of the limit does not.
 */
enum lock_failure limit_lock_failure(const struct space *space, const struct record_call *call, uint64_t start,
				     uint64_t end, bool onfault);

/*
 * limit_as_exceeded - would mapping @bytes over @replaced bytes have broken RLIMIT_AS
 */
bool limit_as_exceeded(const struct space *space, uint64_t bytes, uint64_t replaced);

#endif
