/*
 * process.c - wrappers around the beginnings and ends of processes: fork, vfork, clone, posix_spawn, _exit.
 *
 * A vfork child, which borrows its parent's memory, may run here: no heap, no state of our own is changed.
 */
#include "process.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#include "check.h"
#include "environ.h"
#include "exec.h"
#include "guard.h"
#include "look.h"
#include "maps.h"
#include "peek.h"
#include "peek.h"
#include "raw.h"
#include "real.h"

typedef int spawn_fn(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[],
		     char *const[]);

static struct {
	pid_t (*fork)(void), (*_Fork)(void);
	int (*clone)(int (*)(void *), void *, int, void *, ...);
	spawn_fn *posix_spawn, *posix_spawnp;
	void (*_exit)(int) __attribute__((noreturn));
} real;

int32_t process_calling_pid(void)
{
	if (shim.restricted)
		return identity_pid();
	return (int32_t)raw_syscall3(SYS_getpid, 0, 0, 0);
}

/* ---- fork ---- */

/* sysdeps/unix/sysv/linux/arch-fork.h: how glibc's _Fork() calls clone(2) */
#define FORK_FLAGS (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD)

/* libc's own word, since 2.32; it is said before a thread begins, so also of threads that have made no call yet */
extern char __libc_single_threaded __attribute__((weak));

static void note_threads(void)
{
	if (&__libc_single_threaded && !__libc_single_threaded)
		atomic_store_explicit(&shim.threaded, true, memory_order_relaxed);
}

/* In the child the record belongs to the parent, which completes it; the child announces itself with its first record. */
static pid_t fork_with(pid_t (*next)(void), const struct step_start *caller)
{
	static const uint64_t words[CALL_ARGS_MAX];
	struct recording rec;
	bool on;
	pid_t pid;

	note_threads();
	maps_send_unseen("fork");
	on = record_begin(&rec, CALL_fork, words, caller, VIA_PLT);
	record_expect(SYS_clone, FORK_FLAGS, 0);
	pid = next();
	if (pid == 0)
		guard_after_fork();
	if (on && pid != 0)
		record_end(&rec, (uint64_t)pid, errno);
	return pid;
}

bool process_is_fork(long nr, const long args[6])
{
	const uint64_t *flags = (const uint64_t *)args[0];
	struct peek peek = { 0 };

	switch (nr) {
	case SYS_fork:
		return true;
	case SYS_clone:
		return !(args[0] & (CLONE_VM | CLONE_THREAD));
	case SYS_clone3: /* clone(2): the structure begins with its flags */
		return (unsigned long)args[1] >= sizeof(*flags) && peek_can(&peek, flags, sizeof(*flags)) &&
		       !(*flags & (CLONE_VM | CLONE_THREAD));
	default:
		return false;
	}
}

long process_fork_call(long nr, const long args[6], const struct step_start *caller, enum record_via via)
{
	static const uint64_t words[CALL_ARGS_MAX];
	struct recording rec;
	long pid;
	bool on;

	note_threads();
	maps_send_unseen("fork");
	on = record_begin(&rec, CALL_fork, words, caller, via);
	pid = raw_syscall6(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
	if (pid == 0)
		guard_after_fork();
	if (on && pid != 0)
		record_end(&rec, raw_failed(pid) ? (uint64_t)-1 : (uint64_t)pid, raw_failed(pid) ? (int)-pid : 0);
	return pid;
}

EXPORT pid_t fork(void)
{
	const struct step_start caller = CALLER_FRAME();

	return fork_with(real.fork, &caller);
}

EXPORT pid_t _Fork(void);

EXPORT pid_t _Fork(void)
{
	const struct step_start caller = CALLER_FRAME();

	return fork_with(real._Fork, &caller);
}

/*
 * process_vforking - called by vfork (process_x86_64.S) first
 *
 * A process that was forked and has not yet made a call does not know that it is a new one. Its vfork child, in the same
 * memory, would be the first to notice and would take the news for its own.
 */
__attribute__((visibility("hidden"))) void process_vforking(void);

void process_vforking(void)
{
	identity_pid();
}

/*
 * process_vforked - called by vfork (process_x86_64.S) in the parent, when the child has gone its way
 *
 * A vfork wrapper cannot be a C function: the child returns through its frame and the parent would find it overwritten.
 * So the call is recorded when it is over, and what the child did stands before it in the log.
 */
__attribute__((visibility("hidden"))) void process_vforked(long pid, uintptr_t pc, uintptr_t sp, uintptr_t bp);

void process_vforked(long pid, uintptr_t pc, uintptr_t sp, uintptr_t bp)
{
	static const uint64_t words[CALL_ARGS_MAX];
	const struct step_start caller = { .pc = pc, .sp = sp, .bp = bp };
	struct recording rec;

	/* the child ran with our thread word and may have put its own tid there */
	shim_thread.generation = 0;
	if (record_begin(&rec, CALL_vfork, words, &caller, VIA_PLT))
		record_end(&rec, raw_failed(pid) ? (uint64_t)-1 : (uint64_t)pid, raw_failed(pid) ? (int)-pid : 0);
}

EXPORT int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
	const struct step_start caller = CALLER_FRAME();
	const uint64_t words[CALL_ARGS_MAX] = { (uint64_t)flags };
	void *parent_tid, *tls, *child_tid;
	struct recording rec;
	va_list ap;
	bool on;
	int ret;

	va_start(ap, arg);
	parent_tid = va_arg(ap, void *);
	tls = va_arg(ap, void *);
	child_tid = va_arg(ap, void *);
	va_end(ap);
	on = record_begin(&rec, CALL_clone, words, &caller, VIA_PLT);
	ret = real.clone(fn, stack, flags, arg, parent_tid, tls, child_tid);
	if (on)
		record_end(&rec, (uint64_t)ret, errno);
	return ret;
}

/* ---- posix_spawn ---- */

static int spawn_with(spawn_fn *next, enum target target, pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		      const posix_spawnattr_t *attributes, char *const argv[], char *const envp[],
		      const struct step_start *caller)
{
	static const uint64_t words[CALL_ARGS_MAX];
	struct recording rec;
	pid_t child_pid = 0;
	bool on = record_open(&rec, CALL_posix_spawn, words, caller, VIA_PLT, 0);
	int ret;

	if (on) {
		line_key(&rec.line, "path");
		line_quoted(&rec.line, peek_text(path, 1024), 1024);
		record_begun(&rec);
	}
	ENVIRON_FOR_CHILD(child, envp, target_refuses(target));
	ret = next(&child_pid, path, actions, attributes, argv, child);
	if (pid && ret == 0)
		*pid = child_pid;
	if (ret == 0)
		exec_note_untraced(child_pid, path, target);
	if (!on)
		return ret;
	record_result(&rec, (uint64_t)ret, errno);
	if (ret == 0) {
		line_key(&rec.line, "child");
		line_signed(&rec.line, child_pid);
	}
	record_done(&rec);
	if (check_counts())
		check_count();
	return ret;
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	const struct step_start caller = CALLER_FRAME();

	return spawn_with(real.posix_spawn, exec_look(path), pid, path, actions, attributes, argv, envp, &caller);
}

EXPORT int posix_spawnp(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	const struct step_start caller = CALLER_FRAME();

	return spawn_with(real.posix_spawnp, exec_search(path), pid, path, actions, attributes, argv, envp, &caller);
}

/* ---- the end ---- */

EXPORT void _exit(int status)
{
	const struct step_start caller = CALLER_FRAME();
	const uint64_t words[CALL_ARGS_MAX] = { (uint64_t)status };
	struct recording rec;

	if (process_calling_pid() == identity_pid()) {
		check_settle();
		look_settle("exit");
		check_point("exit");
	}
	/* complete before it is made: whoever waits for the process's end may say what is there afterwards at once */
	if (record_open(&rec, CALL_exit, words, &caller, VIA_PLT, process_calling_pid()))
		record_last(&rec);
	if (real._exit)
		real._exit(status);
	for (;;)
		raw_syscall3(SYS_exit_group, status, 0, 0);
}

EXPORT void _Exit(int status) __attribute__((alias("_exit"), noreturn));

void process_resolve(void)
{
	real.fork = real_next("fork", NULL);
	real._Fork = real_next("_Fork", NULL);
	real.clone = real_next("clone", NULL);
	real.posix_spawn = real_next("posix_spawn", NULL);
	real.posix_spawnp = real_next("posix_spawnp", NULL);
	real._exit = real_next("_exit", NULL);
}
