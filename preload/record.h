/*
 * record.h - the record path: what every wrapper does before and after the real call.
 *
 *	struct recording rec;
 *	bool on = record_begin(&rec, CALL_munmap, words, &caller, VIA_PLT);
 *	ret = real call
 *	if (on) record_end(&rec, ret, errno);
 *
 * The path allocates nothing, takes no lock, calls no interposable symbol, keeps errno, and makes no system call of its own
 * but for the descriptor of a file mapping, the reasons of a failed lock, pages left in doubt (look.h), and waiting for a full
 * ring.
 * It can be entered again at any instruction (signal handlers) and left at any instruction (siglongjmp, SIGKILL).
 */
#ifndef PAGETRAIL_PRELOAD_RECORD_H
#define PAGETRAIL_PRELOAD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/call.h"
#include "line.h"
#include "shim.h"
#include "step.h"

enum record_via { VIA_PLT, VIA_SITE, VIA_SYSCALL };

struct recording {
	struct line line;
	enum call_id call;
	uint64_t begin_ns;
	const uint64_t *words;	/* the arguments; they live as long as the wrapper's frame */
	bool by_driver;		/* an mmap whose pages are what a driver makes of them */
	uint64_t expected;	/* what the thread had announced before: this call may be a signal handler's */
};

/*
 * record_begin - reserve a slot, walk the stack, write the line up to the call, publish it as begun
 * @words: the arguments as 64-bit words: those calls.def prints, in its order, then those explain.h looks at
 * @caller: the frame that made the call
 *
 * Return: false if this call is not recorded; then the other functions must not be called.
 * Context: async-signal-safe.
 */
bool record_begin(struct recording *rec, enum call_id call, const uint64_t *words, const struct step_start *caller,
		  enum record_via via);

/*
 * record_open, record_begun - the halves of record_begin(), for wrappers that add fields with line_*() between them
 * @pid: who makes the call, 0: this process. (A vfork child borrows its parent's memory, and with it the parent's name.)
 *
 * Between the two the thread is inside (guard.h).
 */
bool record_open(struct recording *rec, enum call_id call, const uint64_t *words, const struct step_start *caller,
		 enum record_via via, int32_t pid);
void record_begun(struct recording *rec);

/*
 * record_last - in place of record_begun(): the call will not return, its record is complete without a result
 */
void record_last(struct recording *rec);

/*
 * record_end - the call has returned: append the result and hand the record to the collector
 * @ret: the C result as a 64-bit word
 * @err: errno, looked at only when @ret means failure for the row's result class
 */
void record_end(struct recording *rec, uint64_t ret, int err);

/*
 * record_result, record_done - the halves of record_end(), for wrappers that add fields between them; inside as well
 *
 * Return: 0, or the error number.
 */
int record_result(struct recording *rec, uint64_t ret, int err);
void record_done(struct recording *rec);

/*
 * record_restrict - a seccomp filter is coming into force: from now on no system call of our own, since it might be one the
 * program may not make
 */
void record_restrict(void);

/*
 * record_expect - the wrapper is about to make system call @nr through libc: the rewritten site inside libc must let it pass
 * record_expected - asked by a site: is this the call a wrapper announced? Asked once, then forgotten.
 * @a, @b: the call's first two arguments
 *
 * Sites of functions with nothing but a return address on their stack know without being told (sites.c); this is for the
 * others, and for wrappers whose next function is another library's wrapper.
 *
 * A signal handler may run between the two: what its calls announce is taken back when they end.  A handler that jumps away
 * from there leaves word of a call that is not made; if libc then makes this very call of its own accord, one is missed.
 */
static inline uint64_t record_token(long nr, uint64_t a, uint64_t b)
{
	return ((uint64_t)(nr + 1) << 48) ^ (a * 0x9e3779b97f4a7c15ull) ^ b;
}

static inline void record_expect(long nr, uint64_t a, uint64_t b)
{
	shim_thread.expected = record_token(nr, a, b);
}

static inline bool record_expected(long nr, uint64_t a, uint64_t b)
{
	if (shim_thread.expected != record_token(nr, a, b))
		return false;
	shim_thread.expected = 0;
	return true;
}

/* Where the caller of a wrapper stands. The shim is compiled with frame pointers for this. */
#define CALLER_FRAME()                                                                                                 \
	{                                                                                                              \
		.pc = (uintptr_t)__builtin_return_address(0), .sp = (uintptr_t)__builtin_frame_address(0) + 16,        \
		.bp = *(uintptr_t *)__builtin_frame_address(0)                                                         \
	}

#endif
