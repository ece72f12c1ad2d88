/*
 * special.c - wrappers of the rows marked HAND that act on memory and limits: optional arguments, values that only libc
 * knows, functions that do many things of which few concern us.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"
#include "event.h"
#include "exec.h"
#include "gate.h"
#include "guard.h"
#include "lockall.h"
#include "look.h"
#include "own.h"
#include "peek.h"
#include "process.h"
#include "raw.h"
#include "real.h"
#include "record.h"
#include "dictionary.h"

/* The prototypes of <sys/prctl.h> and <unistd.h> end in "...": the same functions with their arguments spelled out. */
static struct {
	void *(*mremap)(void *, size_t, size_t, int, ...);
	int (*brk)(void *);
	void *(*sbrk)(intptr_t);
	int (*mlockall)(int);
	ssize_t (*process_madvise)(int, const struct iovec *, size_t, int, unsigned);
	int (*shmctl)(int, int, struct shmid_ds *);
	int (*setrlimit)(__rlimit_resource_t, const struct rlimit *);
	int (*prlimit)(pid_t, __rlimit_resource_t, const struct rlimit *, struct rlimit *);
	int (*prctl)(int, ...);
	long (*syscall)(long, ...);
} real;

static long result_errno(long ret)
{
	if (!raw_failed(ret))
		return ret;
	errno = (int)-ret;
	return -1;
}

EXPORT void *mremap(void *addr, size_t len, size_t newlen, int flags, ...)
{
	const struct step_start caller = CALLER_FRAME();
	uint64_t words[CALL_ARGS_MAX] = { (uint64_t)addr, len, newlen, (uint64_t)flags };
	struct recording rec;
	void *newaddr = NULL, *ret;
	bool on;

	/* mremap(2): the fifth argument is there with MREMAP_FIXED; the kernel also takes it as a hint with DONTUNMAP */
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
		va_list ap;

		va_start(ap, flags);
		newaddr = va_arg(ap, void *);
		va_end(ap);
	}
	words[4] = (uint64_t)newaddr;
	on = record_begin(&rec, CALL_mremap, words, &caller, VIA_PLT);
	record_expect(SYS_mremap, words[0], words[1]);
	if (real.mremap)
		ret = real.mremap(addr, len, newlen, flags, newaddr);
	else
		ret = (void *)result_errno(raw_syscall6(SYS_mremap, (long)addr, (long)len, (long)newlen, flags, (long)newaddr, 0));
	if (on)
		record_end(&rec, (uint64_t)ret, errno);
	return ret;
}

static bool begin_break(struct recording *rec, enum call_id call, const uint64_t *words, const struct step_start *caller,
			uint64_t old)
{
	if (!record_open(rec, call, words, caller, VIA_PLT, 0))
		return false;
	line_key(&rec->line, "old");
	line_hex(&rec->line, old);
	record_begun(rec);
	return true;
}

EXPORT int brk(void *addr)
{
	const struct step_start caller = CALLER_FRAME();
	const uint64_t words[CALL_ARGS_MAX] = { (uint64_t)addr };
	struct recording rec;
	bool on = begin_break(&rec, CALL_brk, words, &caller, (uint64_t)gate_break());
	int ret;

	record_expect(SYS_brk, words[0], 0);
	ret = real.brk(addr);
	if (on)
		record_end(&rec, (uint64_t)ret, errno);
	return ret;
}

/* sbrk(0) asks and changes nothing: not recorded, as strace would not show it either. */
EXPORT void *sbrk(intptr_t increment)
{
	const struct step_start caller = CALLER_FRAME();
	const uint64_t words[CALL_ARGS_MAX] = { (uint64_t)increment }, old = (uint64_t)gate_break();
	struct recording rec;
	bool on = increment && begin_break(&rec, CALL_sbrk, words, &caller, old);
	void *ret;

	if (increment)
		record_expect(SYS_brk, old + (uint64_t)increment, 0);
	ret = real.sbrk(increment);
	if (on)
		record_end(&rec, (uint64_t)ret, errno);
	return ret;
}

EXPORT int mlockall(int flags)
{
	const struct step_start caller = CALLER_FRAME();
	const uint64_t words[CALL_ARGS_MAX] = { (uint64_t)flags };
	struct recording rec;
	bool on = record_begin(&rec, CALL_mlockall, words, &caller, VIA_PLT);
	int ret, before = errno;

	record_expect(SYS_mlockall, words[0], 0);
	ret = real.mlockall ? real.mlockall(flags) : (int)result_errno(raw_syscall3(SYS_mlockall, flags, 0, 0));
	if (ret == -1 && errno == ENOMEM && lockall_without_us(flags)) {
		ret = 0;
		errno = before;
	}
	if (ret == 0)
		own_unlock();
	if (on)
		record_end(&rec, (uint64_t)ret, errno);
	return ret;
}

EXPORT ssize_t process_madvise(int pidfd, const struct iovec *iovec, size_t count, int advice, unsigned int flags)
{
	const struct step_start caller = CALLER_FRAME();
	const uint64_t words[CALL_ARGS_MAX] = { (uint64_t)pidfd, (uint64_t)iovec, count, (uint64_t)advice, flags };
	struct recording rec;
	bool on = record_begin(&rec, CALL_process_madvise, words, &caller, VIA_PLT);
	ssize_t ret;

	record_expect(SYS_process_madvise, words[0], words[1]);
	if (real.process_madvise)
		ret = real.process_madvise(pidfd, iovec, count, advice, flags);
	else
		ret = result_errno(raw_syscall6(SYS_process_madvise, pidfd, (long)iovec, (long)count, advice, flags, 0));
	if (on)
		record_end(&rec, (uint64_t)ret, errno);
	return ret;
}

EXPORT int shmctl(int shmid, int cmd, struct shmid_ds *buffer)
{
	const struct step_start caller = CALLER_FRAME();
	const uint64_t words[CALL_ARGS_MAX] = { (uint64_t)shmid, (uint64_t)cmd };
	struct recording rec;
	bool on = record_begin(&rec, CALL_shmctl, words, &caller, VIA_PLT);
	int ret;

	record_expect(SYS_shmctl, words[0], words[1]);
	ret = real.shmctl(shmid, cmd, buffer);
	if (on)
		record_end(&rec, (uint64_t)ret, errno);
	return ret;
}

EXPORT int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	const struct step_start caller = CALLER_FRAME();
	const uint64_t words[CALL_ARGS_MAX] = { (uint64_t)resource, (uint64_t)limit };
	struct recording rec;
	bool on = record_begin(&rec, CALL_setrlimit, words, &caller, VIA_PLT);
	int ret = real.setrlimit(resource, limit);

	if (on)
		record_end(&rec, (uint64_t)ret, errno);
	return ret;
}

EXPORT int prlimit(pid_t pid, __rlimit_resource_t resource, const struct rlimit *limit, struct rlimit *old)
{
	const struct step_start caller = CALLER_FRAME();
	const uint64_t words[CALL_ARGS_MAX] = { (uint64_t)pid, (uint64_t)resource, (uint64_t)limit, (uint64_t)old };
	struct recording rec;
	bool on = record_begin(&rec, CALL_prlimit, words, &caller, VIA_PLT);
	int ret = real.prlimit(pid, resource, limit, old);

	if (on)
		record_end(&rec, (uint64_t)ret, errno);
	return ret;
}

/* rlim_t has 64 bits here: the large-file names are the same functions. */
EXPORT int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit) __attribute__((alias("setrlimit")));
EXPORT int prlimit64(pid_t pid, __rlimit_resource_t resource, const struct rlimit64 *limit, struct rlimit64 *old)
	__attribute__((alias("prlimit")));

EXPORT int prctl(int option, ...)
{
	const struct step_start caller = CALLER_FRAME();
	uint64_t words[CALL_ARGS_MAX] = { (uint64_t)option };
	struct recording rec;
	va_list ap;
	bool on;
	int ret;

	va_start(ap, option);
	for (int i = 1; i < 5; i++)
		words[i] = va_arg(ap, unsigned long);
	va_end(ap);
	on = record_begin(&rec, CALL_prctl, words, &caller, VIA_PLT);
	record_expect(SYS_prctl, words[0], words[1]);
	if (real.prctl)
		ret = real.prctl(option, words[1], words[2], words[3], words[4]);
	else
		ret = (int)result_errno(raw_syscall6(SYS_prctl, option, (long)words[1], (long)words[2], (long)words[3],
						     (long)words[4], 0));
	if (on)
		record_end(&rec, (uint64_t)ret, errno);
	return ret;
}

/* Between a wrapper of ours and libc's function another library's may stand, which makes the call by syscall(2): tcmalloc's mmap. */
static bool is_announced(long number, const long args[6])
{
	int count = gate_args(number);

	return record_expected(number, count > 0 ? (uint64_t)args[0] : 0, count > 1 ? (uint64_t)args[1] : 0);
}

/* syscall(2): the numbers of calls.def are made and recorded as system calls, every other one is passed on. */
EXPORT long syscall(long number, ...)
{
	const struct step_start caller = CALLER_FRAME();
	long args[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_seccomp)
		record_restrict();
	if (gate_knows(number) && !is_announced(number, args))
		return result_errno(gate_call(number, args, &caller, VIA_SYSCALL));
	if (process_is_fork(number, args))
		return result_errno(process_fork_call(number, args, &caller, VIA_SYSCALL));
	if (number == SYS_execve || number == SYS_execveat)
		return result_errno(exec_call(number, args, &caller, VIA_SYSCALL));
	if (!real.syscall)
		return result_errno(raw_syscall6(number, args[0], args[1], args[2], args[3], args[4], args[5]));
	return real.syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

/*
 * pagetrail_mark - a named moment in the log: `--at mark:LABEL`
 * @label: up to 200 bytes are kept; NULL is an empty label
 *
 * For programs that know of us: declared weak or found by dlsym(), a no-op without the tracer.
 * Context: async-signal-safe; errno is kept.
 */
EXPORT void pagetrail_mark(const char *label);

static void send_mark(const char *label, const struct step_start *caller)
{
	uint32_t stack = dictionary_stack(caller);
	struct line line;

	if (!event_open(&line, SLOT_MARK, 0))
		return;
	line.head->stack = stack;
	line_key(&line, "label");
	line_quoted(&line, peek_text(label, 200), 200);
	if (stack) {
		line_key(&line, "stack");
		line_unsigned(&line, stack);
	}
	event_close(&line);
}

EXPORT void pagetrail_mark(const char *label)
{
	const struct step_start caller = CALLER_FRAME();

	if (!identity_recorded())
		return;
	check_settle();
	look_settle("mark");
	guard_enter();
	if (shim.ring)
		send_mark(label, &caller);
	guard_leave();
	check_point("mark");
}

void special_resolve(void)
{
	real.mremap = real_next("mremap", NULL);
	real.brk = real_next("brk", NULL);
	real.sbrk = real_next("sbrk", NULL);
	real.mlockall = real_next("mlockall", NULL);
	real.process_madvise = real_next("process_madvise", NULL);
	real.shmctl = real_next("shmctl", NULL);
	real.setrlimit = real_next("setrlimit", NULL);
	real.prlimit = real_next("prlimit", NULL);
	real.prctl = real_next("prctl", NULL);
	real.syscall = real_next("syscall", NULL);
}
