/*
 * limit.h - resource limits: what the kernel would have refused, and why a lock failed.  Pure.
 */
#ifndef PAGETRAIL_LIMIT_H
#define PAGETRAIL_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "range.h"
#include "record.h"

struct space;
struct vma;

/* Soft limits of a process in bytes, UINT64_MAX: unlimited. */
struct limits {
	uint64_t memlock, as, data, stack;
	bool cap_ipc_lock;
	bool known;		/* some record told them */
	/* Whether a crash leaves a core file: core(5). */
	uint64_t core;		/* soft RLIMIT_CORE */
	bool core_known;
	bool core_chosen;	/* by a call of this program, not by who started it */
	bool undumpable;	/* prctl(PR_SET_DUMPABLE, 0); exec ends it */
	struct {
		uint64_t memlock, as, data, stack, core;
	} hard;
};

void limits_init(struct limits *limits);

/*
 * limits_learn - take them from a start or exec record that has them
 */
void limits_learn(struct limits *limits, const struct record_process *process);

/*
 * limits_set - setrlimit or prlimit on oneself succeeded
 */
void limits_set(struct limits *limits, uint64_t resource, struct rlimit_pair pair);

/* Who may lock how much. */
struct lock_right {
	uint64_t limit_bytes;	/* soft RLIMIT_MEMLOCK, UINT64_MAX: unlimited */
	bool cap;		/* CAP_IPC_LOCK counts: no limit holds */
	bool known;		/* some record tells */
};

/*
 * limit_lock_right - as the record of a failed lock tells it, or else as it was last heard of
 */
struct lock_right limit_lock_right(const struct space *space, const struct record_call *call);

/* The test in do_mlock(), in pages: asked + held, less credited where that is too much, against the limit. */
struct lock_sum {
	uint64_t asked;		/* pages of the range, holes included */
	uint64_t held;		/* VmLck before the call */
	uint64_t credited;	/* pages of the range that have a lock already; 0 where the kernel does not look */
	uint64_t limit;		/* the limit in whole pages, UINT64_MAX: none */
	uint64_t limit_bytes;
	bool over;
};

/*
 * limit_lock_sum - would locking [start, end) exceed RLIMIT_MEMLOCK
 *
 * Never with CAP_IPC_LOCK.
 */
struct lock_sum limit_lock_sum(const struct space *space, const struct record_call *call, uint64_t start, uint64_t end);

/* Can the pages of a mapping be made resident: what mlock does last. */
enum faultable { FAULTS_IN, FAULTS_PERHAPS, FAULTS_NEVER };

/*
 * limit_unfaultable - the first mapping of [start, end) that surely cannot be faulted in, or else the first of which the
 * log does not tell
 * @onfault: the lock is set on fault, so that only what cannot have it is faulted in
 * @vma: receives it
 *
 * __mm_populate(), mm/gup.c.
 */
enum faultable limit_unfaultable(const struct space *space, struct range range, bool onfault, const struct vma **vma);

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
