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
static int (*real_mprotect)(void *, size_t, int);
static int (*real_mlock)(const void *, size_t);
static int (*real_munlock)(const void *, size_t);

__attribute__((constructor)) static void find_real(void)
{
	void *warm[4];

	*(void **)&real_madvise = dlsym(RTLD_NEXT, "madvise");
	*(void **)&real_mprotect = dlsym(RTLD_NEXT, "mprotect");
	*(void **)&real_mlock = dlsym(RTLD_NEXT, "mlock");
	*(void **)&real_munlock = dlsym(RTLD_NEXT, "munlock");
	unw_backtrace(warm, 4);
}

static long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000l + t.tv_nsec;
}

/* What comes after the call; a part of its wrapper, so that the stack has one frame of ours. */
static inline __attribute__((always_inline)) int record(const void *addr, size_t len, int word, int ret, long begin)
{
	void *frames[FRAMES_MAX];
	int error = errno;
	long duration = now_ns() - begin;
	int count = unw_backtrace(frames, FRAMES_MAX);

#ifdef LTTNG
	lttng_ust_tracepoint(pagetrail_bench, call, (void *)addr, len, word, ret, error, duration, (unsigned long *)frames,
			     count);
#else
	/* Keeps the compiler from dropping what nobody reads. */
	__asm__ volatile("" : : "r"(frames), "r"(count), "r"(duration), "r"(addr), "r"(len), "r"(word) : "memory");
#endif
	errno = error;
	return ret;
}

int madvise(void *addr, size_t len, int advice);

int madvise(void *addr, size_t len, int advice)
{
	long begin = now_ns();

	return record(addr, len, advice, real_madvise(addr, len, advice), begin);
}

int mprotect(void *addr, size_t len, int prot);

int mprotect(void *addr, size_t len, int prot)
{
	long begin = now_ns();

	return record(addr, len, prot, real_mprotect(addr, len, prot), begin);
}

int mlock(const void *addr, size_t len);

int mlock(const void *addr, size_t len)
{
	long begin = now_ns();

	return record(addr, len, 0, real_mlock(addr, len), begin);
}

int munlock(const void *addr, size_t len);

int munlock(const void *addr, size_t len)
{
	long begin = now_ns();

	return record(addr, len, 0, real_munlock(addr, len), begin);
}
