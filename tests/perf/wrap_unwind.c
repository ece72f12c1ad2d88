/*
 * wrap_unwind.so, to be preloaded: the least that a tracer with stacks by libunwind has to do for a call. Two clock readings and
 * unw_backtrace(), recording nothing. With -DLTTNG it also emits an LTTng-UST event with the same fields as our log.
 */
#define UNW_LOCAL_ONLY
#include <dlfcn.h>
#include <errno.h>
#include <libunwind.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#ifdef LTTNG
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "wrap_lttng.h"
#endif

#define FRAMES_MAX 128

static int (*real_madvise)(void *, size_t, int);

__attribute__((constructor)) static void find_real(void)
{
	void *warm[4];

	*(void **)&real_madvise = dlsym(RTLD_NEXT, "madvise");
	unw_backtrace(warm, 4);
}

static long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000l + t.tv_nsec;
}

int madvise(void *addr, size_t len, int advice);

int madvise(void *addr, size_t len, int advice)
{
	void *frames[FRAMES_MAX];
	long begin = now_ns();
	int ret = real_madvise(addr, len, advice), error = errno;
	long duration = now_ns() - begin;
	int count = unw_backtrace(frames, FRAMES_MAX);

#ifdef LTTNG
	lttng_ust_tracepoint(pagetrail_bench, call, addr, len, advice, ret, error, duration, (unsigned long *)frames, count);
#else
	/* Keeps the compiler from dropping what nobody reads. */
	__asm__ volatile("" : : "r"(frames), "r"(count), "r"(duration) : "memory");
#endif
	errno = error;
	return ret;
}
