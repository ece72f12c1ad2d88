/*
 * shim.c - calls.def expanded into wrappers: one exported function per PLAIN row.
 *
 * Each does the same: write the record up to the call, make the real call, add what it returned, give back its result with
 * errno as the real call left it.
 */
#include <errno.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/types.h>

#include "abi/map.h"
#include "raw.h"
#include "real.h"
#include "record.h"

#define PARAM(type, name, format) type name
#define WORD(type, name, format) (uint64_t)(name)
#define LONG(type, name, format) (long)(name),
#define NAME(type, name, format) name
#define PARAMS(...) MAP_CAT(PARAMS_, MAP_COUNT(__VA_ARGS__))(__VA_ARGS__)
#define PARAMS_0() void
#define PARAMS_1(...) MAPC(PARAM, __VA_ARGS__)
#define PARAMS_2(...) MAPC(PARAM, __VA_ARGS__)
#define PARAMS_3(...) MAPC(PARAM, __VA_ARGS__)
#define PARAMS_4(...) MAPC(PARAM, __VA_ARGS__)
#define PARAMS_5(...) MAPC(PARAM, __VA_ARGS__)
#define PARAMS_6(...) MAPC(PARAM, __VA_ARGS__)

/* posix_madvise(3) is madvise with the error number as its result. */
#define SYS_posix_madvise SYS_madvise

static long result_errno(long ret)
{
	if (!raw_failed(ret))
		return ret;
	errno = (int)-ret;
	return -1;
}

#define RAW_ZERO(ret) result_errno(ret)
#define RAW_ADDR(ret) result_errno(ret)
#define RAW_VALUE(ret) result_errno(ret)
#define RAW_ERRNO(ret) (-(ret))

/* ---- before the constructor has run: the plain system call ---- */

#define CALL_PLAIN(name, type, class, ...)                                                                             \
	static type raw_##name(PARAMS(__VA_ARGS__))                                                                    \
	{                                                                                                              \
		const long a[7] = { MAP(LONG, __VA_ARGS__) 0 };                                                        \
                                                                                                                       \
		return (type)RAW_##class(raw_syscall6(SYS_##name, a[0], a[1], a[2], a[3], a[4], a[5]));                \
	}
#define CALL_HAND(...)
#define CALL_RAW(...)
#define CALL(name, type, class, effect, wrapper, man, ...) CALL_##wrapper(name, type, class, ##__VA_ARGS__)
#include "abi/calls.def"
#undef CALL_PLAIN

/* ---- the real functions; written once, in the constructor ---- */

static struct {
#define CALL_PLAIN(name, type, class, ...) type (*name)(PARAMS(__VA_ARGS__));
#include "abi/calls.def"
#undef CALL_PLAIN
} real = {
#define CALL_PLAIN(name, type, class, ...) .name = raw_##name,
#include "abi/calls.def"
#undef CALL_PLAIN
};

void shim_resolve(void)
{
#define CALL_PLAIN(name, type, class, ...) real.name = (type(*)(PARAMS(__VA_ARGS__)))real_next(#name, (void *)raw_##name);
#include "abi/calls.def"
#undef CALL_PLAIN
}

/* ---- the wrappers ---- */

#define CALL_PLAIN(name, type, class, ...)                                                                             \
	EXPORT type name(PARAMS(__VA_ARGS__))                                                                          \
	{                                                                                                              \
		const struct step_start caller = CALLER_FRAME();                                                       \
		const uint64_t words[CALL_ARGS_MAX] = { MAPC(WORD, __VA_ARGS__) };                                     \
		struct recording rec;                                                                                  \
		type ret;                                                                                              \
                                                                                                                       \
		bool on = record_begin(&rec, CALL_##name, words, &caller, VIA_PLT);                                    \
                                                                                                                       \
		/* Also when there was no room for it: the site would try again, and count a second loss. */           \
		record_expect(SYS_##name, words[0], words[1]);                                                         \
		ret = real.name(MAPC(NAME, __VA_ARGS__));                                                              \
		if (on)                                                                                                \
			record_end(&rec, (uint64_t)ret, errno);                                                        \
		return ret;                                                                                            \
	}
#include "abi/calls.def"
#undef CALL_PLAIN
#undef CALL

/* On x86-64 off_t has 64 bits, so the large-file name is the same function. */
EXPORT void *mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t off) __attribute__((alias("mmap")));
