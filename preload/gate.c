#include "gate.h"

#include <errno.h>
#include <stddef.h>

#include "lockall.h"
#include "own.h"
#include "raw.h"

/* System call numbers that are rows of calls.def, argument for argument. 0: none (SYS_read is no row). */
static const uint8_t call_of[] = {
#define ROW(name) [__NR_##name] = CALL_##name + 1
	ROW(mmap), ROW(munmap), ROW(mremap), ROW(brk), ROW(remap_file_pages), ROW(mprotect), ROW(pkey_mprotect),
	ROW(pkey_alloc), ROW(pkey_free), ROW(mseal), ROW(mlock), ROW(mlock2), ROW(munlock), ROW(mlockall), ROW(munlockall),
	ROW(madvise), ROW(process_madvise), ROW(mincore), ROW(msync), ROW(shmat), ROW(shmdt), ROW(shmctl),
	ROW(memfd_create), ROW(memfd_secret), ROW(setrlimit), ROW(prctl), ROW(personality),
	[SYS_prlimit64] = CALL_prlimit + 1
};

bool gate_knows(long nr)
{
	return nr >= 0 && (size_t)nr < sizeof(call_of) && call_of[nr];
}

int gate_args(long nr)
{
	return gate_knows(nr) ? call_table[call_of[nr] - 1].nargs : CALL_ARGS_MAX;
}

static long make_call(long nr, const long args[6])
{
	return raw_syscall6(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
}

/* libc's own idea of the break, which it exports; the kernel is asked only before libc has one */
extern void *__curbrk __attribute__((weak));

long gate_break(void)
{
	if (&__curbrk && __curbrk)
		return (long)__curbrk;
	return raw_syscall3(SYS_brk, 0, 0, 0);
}

/*
 * brk(2), C library/kernel differences: the system call returns the new break, or the old one when it fails. Asking for
 * the break (any address below its start, by custom 0) changes nothing and is not recorded.
 */
static long gate_brk(const long args[6], const struct step_start *caller, enum record_via via)
{
	const uint64_t words[CALL_ARGS_MAX] = { (uint64_t)args[0] };
	long old, ret;
	struct recording rec;

	if (!args[0])
		return make_call(SYS_brk, args);
	old = gate_break();
	if (!record_open(&rec, CALL_brk, words, caller, via, 0))
		return make_call(SYS_brk, args);
	line_key(&rec.line, "old");
	line_hex(&rec.line, (uint64_t)old);
	record_begun(&rec);
	ret = make_call(SYS_brk, args);
	record_end(&rec, ret == args[0] ? 0 : (uint64_t)-1, ENOMEM);
	return ret;
}

long gate_call(long nr, const long args[6], const struct step_start *caller, enum record_via via)
{
	enum call_id call = (enum call_id)(call_of[nr] - 1);
	uint64_t words[CALL_ARGS_MAX];
	struct recording rec;
	long ret;

	if (nr == SYS_brk)
		return gate_brk(args, caller, via);
	for (int i = 0; i < CALL_ARGS_MAX; i++)
		words[i] = (uint64_t)args[i];
	if (!record_begin(&rec, call, words, caller, via))
		return make_call(nr, args);
	ret = make_call(nr, args);
	if (call == CALL_mlockall && ret == -ENOMEM && lockall_without_us((int)args[0]))
		ret = 0;
	if (call == CALL_mlockall && ret == 0)
		own_unlock();
	record_end(&rec, raw_failed(ret) ? (uint64_t)-1 : (uint64_t)ret, raw_failed(ret) ? (int)-ret : 0);
	return ret;
}
