/*
 * process.c - wrappers around the beginnings and ends of processes: fork, vfork, clone, posix_spawn, exec, _exit.
 *
 * Everything here may run in a vfork child, which borrows its parent's memory: no heap, no state of our own is changed.
 */
#include <alloca.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "environ.h"
#include "explain.h"
#include "maps.h"
#include "modules.h"
#include "process.h"
#include "raw.h"
#include "real.h"
#include "record.h"
#include "search.h"
#include "send.h"
#include "sites.h"
#include "target.h"

extern char **environ;

typedef int spawn_fn(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[],
		     char *const[]);

static struct {
	pid_t (*fork)(void), (*_Fork)(void);
	int (*clone)(int (*)(void *), void *, int, void *, ...);
	spawn_fn *posix_spawn, *posix_spawnp;
	int (*execve)(const char *, char *const[], char *const[]);
	int (*execvpe)(const char *, char *const[], char *const[]);
	int (*fexecve)(int, char *const[], char *const[]);
	int (*execveat)(int, const char *, char *const[], char *const[], int);
	void (*_exit)(int) __attribute__((noreturn));
	int (*dlclose)(void *);
	int (*pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
} real;

/* ---- fork ---- */

/* sysdeps/unix/sysv/linux/arch-fork.h: how glibc's _Fork() calls clone(2) */
#define FORK_FLAGS (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD)

/* In the child the record belongs to the parent, which completes it; the child announces itself with its first record. */
static pid_t fork_with(pid_t (*next)(void), const struct step_start *caller)
{
	static const uint64_t words[CALL_ARGS_MAX];
	struct recording rec;
	bool on;
	pid_t pid;

	maps_send_unseen("fork");
	on = record_begin(&rec, CALL_fork, words, caller, VIA_PLT);
	if (on)
		record_expect(SYS_clone, FORK_FLAGS, 0);
	pid = next();
	if (on && pid != 0)
		record_end(&rec, (uint64_t)pid, errno);
	return pid;
}

long process_fork_site(const long args[6], const struct step_start *caller)
{
	static const uint64_t words[CALL_ARGS_MAX];
	struct recording rec;
	bool on = record_begin(&rec, CALL_fork, words, caller, VIA_SITE);
	long pid = raw_syscall6(SYS_clone, args[0], args[1], args[2], args[3], args[4], args[5]);

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
	if (shim.ring)
		identity_current();
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

/* ---- exec ---- */

/* A vfork child has its own pid but its parent's memory, our identity page included: ask the kernel who we are. */
static int32_t calling_pid(void)
{
	if (shim.restricted)
		return shim.identity->pid;
	return (int32_t)raw_syscall3(SYS_getpid, 0, 0, 0);
}

static bool can_open(const char *path, int flags)
{
	long fd = raw_syscall3(SYS_open, (long)path, flags | O_CLOEXEC, 0);

	if (raw_failed(fd))
		return false;
	raw_syscall3(SYS_close, fd, 0, 0);
	return true;
}

/* After chroot(2), in another mount namespace or as another user, our files may be out of sight. */
static enum target look_at_target(const char *path)
{
	enum target target = target_look(path);
	const struct ring *ring = shim.ring;

	if (target == TARGET_FINE && ring && !(can_open(ring->shim_path, O_RDONLY) && can_open(ring->ring_path, O_RDWR)))
		return TARGET_UNREACHABLE;
	return target;
}

static void note_untraced(int32_t pid, const char *path, enum target target)
{
	struct ring_slot *slot;
	struct line line;

	if (target == TARGET_FINE || !shim.ring || !(slot = send_reserve()))
		return;
	line_open(&line, slot, SLOT_NOTE, pid);
	line_key(&line, "what");
	line_quoted(&line, "untraced", 16);
	line_key(&line, "pid");
	line_signed(&line, pid);
	line_key(&line, "t");
	line_unsigned(&line, clock_session_ns());
	line_key(&line, "path");
	line_quoted(&line, path, 1024);
	line_key(&line, "text");
	line_quoted(&line, target_reason(target), 200);
	line_ready(&line, clock_session_ns());
}

static bool open_exec(struct recording *rec, const char *path, const struct step_start *caller, enum record_via via)
{
	static const uint64_t words[CALL_ARGS_MAX];

	if (!record_open(rec, CALL_execve, words, caller, via, calling_pid()))
		return false;
	line_key(&rec->line, "path");
	line_quoted(&rec->line, path ? path : "", 1024);
	record_begun(rec);
	return true;
}

/*
 * The functions of exec(3) all end in one of two system calls.  Where those are rewritten, the site does the work, for every
 * path that execvp() tries; here it is done only without sites.
 */
static bool begin_exec(struct recording *rec, const char *path, const struct step_start *caller)
{
	return !sites_active() && open_exec(rec, path, caller, VIA_PLT);
}

/* Only a failed exec returns. */
static int end_exec(bool on, struct recording *rec, int ret)
{
	if (on)
		record_end(rec, (uint64_t)ret, errno);
	return ret;
}

/* execveat(2)'s first two arguments as one path, put together in @room where it must be. */
static const char *path_below(long directory, const char *path, char *room, size_t bytes)
{
	size_t at;

	if (path[0] == '/' || (int)directory < 0)
		return path;
	at = explain_fd_path(room, (int)directory);
	if (path[0])
		room[at++] = '/';
	for (; *path && at < bytes - 1; path++)
		room[at++] = *path;
	room[at] = 0;
	return room;
}

/* For the log: the file that an open descriptor stands for. */
static void tell_fd_path(char *room, size_t bytes)
{
	long length = raw_syscall3(SYS_readlink, (long)room, (long)room, (long)bytes - 1);

	if (length > 0)
		room[length] = 0;
}

long process_exec(long nr, const long args[6], const struct step_start *caller, enum record_via via)
{
	const bool at = nr == SYS_execveat;
	char *const *envp = (char *const *)args[at + 2];
	const char *path = (const char *)args[at];
	char room[512];
	struct recording rec;
	enum target target = TARGET_FINE;
	bool on;
	long ret;

	if (at && path)
		path = path_below(args[0], path, room, sizeof(room));
	if (path && shim.ring && !shim.restricted)
		target = look_at_target(path);
	if (path == room && !*(const char *)args[at] && !shim.restricted)
		tell_fd_path(room, sizeof(room));
	on = open_exec(&rec, path, caller, via);
	note_untraced(calling_pid(), path, target);
	ENVIRON_FOR_CHILD(child, envp, target_refuses(target));
	if (at)
		ret = raw_syscall6(nr, args[0], args[1], args[2], (long)child, args[4], 0);
	else
		ret = raw_syscall3(nr, args[0], args[1], (long)child);
	if (on)
		record_end(&rec, (uint64_t)-1, (int)-ret);
	return ret;
}

/* Where sites see to it, nothing is looked at here: they know the path that is taken in the end. */
static enum target look_without_sites(const char *path)
{
	return shim.ring && !sites_active() && !shim.restricted && path ? look_at_target(path) : TARGET_FINE;
}

static enum target search_without_sites(const char *file)
{
	char room[512];

	return file && !sites_active() ? look_without_sites(search_path(file, room, sizeof(room))) : TARGET_FINE;
}

static enum target look_below(int directory, const char *path)
{
	char room[512];

	return path && !sites_active() ? look_without_sites(path_below(directory, path, room, sizeof(room))) : TARGET_FINE;
}

/* The exec of a program found to be @target without sites: does it have to go without us? */
static bool goes_without(const char *path, enum target target)
{
	note_untraced(calling_pid(), path, target);
	return target_refuses(target);
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	bool on = begin_exec(&rec, path, &caller);

	ENVIRON_FOR_CHILD(child, envp, goes_without(path, look_without_sites(path)));
	return end_exec(on, &rec, real.execve(path, argv, child));
}

EXPORT int execv(const char *path, char *const argv[])
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	bool on = begin_exec(&rec, path, &caller);

	ENVIRON_FOR_CHILD(child, environ, goes_without(path, look_without_sites(path)));
	return end_exec(on, &rec, real.execve(path, argv, child));
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	bool on = begin_exec(&rec, file, &caller);

	ENVIRON_FOR_CHILD(child, envp, goes_without(file, search_without_sites(file)));
	return end_exec(on, &rec, real.execvpe(file, argv, child));
}

EXPORT int execvp(const char *file, char *const argv[])
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	bool on = begin_exec(&rec, file, &caller);

	ENVIRON_FOR_CHILD(child, environ, goes_without(file, search_without_sites(file)));
	return end_exec(on, &rec, real.execvpe(file, argv, child));
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	bool on = begin_exec(&rec, "fd", &caller);

	ENVIRON_FOR_CHILD(child, envp, goes_without("fd", look_below(fd, "")));
	return end_exec(on, &rec, real.fexecve(fd, argv, child));
}

EXPORT int execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags);

EXPORT int execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags)
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	bool on = begin_exec(&rec, path, &caller);

	ENVIRON_FOR_CHILD(child, envp, goes_without(path, look_below(fd, path)));
	return end_exec(on, &rec, real.execveat(fd, path, argv, child, flags));
}

/* The list forms of exec(3): count the arguments, then put them into a vector on the stack. */
#define LIST_LENGTH(first, count)                                                                                      \
	do {                                                                                                           \
		va_list ap_;                                                                                           \
                                                                                                                       \
		va_start(ap_, first);                                                                                  \
		for (count = 1; va_arg(ap_, char *); count++)                                                          \
			;                                                                                              \
		va_end(ap_);                                                                                           \
	} while (0)

static void list_fill(char **vector, char *first, size_t count, va_list ap)
{
	vector[0] = first;
	for (size_t i = 1; i <= count; i++)
		vector[i] = va_arg(ap, char *);
}

/* The headers promise a first argument; programs pass NULL all the same, and the compiler must not know better. */
#define LIST_TO_VECTOR(vector, first, ap)                                                                              \
	uintptr_t first_ = (uintptr_t)first;                                                                           \
	size_t count_ = 0;                                                                                             \
	char **vector;                                                                                                 \
                                                                                                                       \
	__asm__("" : "+r"(first_));                                                                                    \
	if (first_)                                                                                                    \
		LIST_LENGTH(first, count_);                                                                            \
	vector = alloca((count_ + 2) * sizeof(*vector));                                                               \
	vector[0] = NULL;                                                                                              \
	va_start(ap, first);                                                                                           \
	if (first_)                                                                                                    \
		list_fill(vector, (char *)first_, count_, ap)

EXPORT int execl(const char *path, const char *first, ...)
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	va_list ap;
	bool on = begin_exec(&rec, path, &caller);

	LIST_TO_VECTOR(argv, first, ap);
	va_end(ap);
	ENVIRON_FOR_CHILD(child, environ, goes_without(path, look_without_sites(path)));
	return end_exec(on, &rec, real.execve(path, argv, child));
}

EXPORT int execlp(const char *file, const char *first, ...)
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	va_list ap;
	bool on = begin_exec(&rec, file, &caller);

	LIST_TO_VECTOR(argv, first, ap);
	va_end(ap);
	ENVIRON_FOR_CHILD(child, environ, goes_without(file, search_without_sites(file)));
	return end_exec(on, &rec, real.execvpe(file, argv, child));
}

EXPORT int execle(const char *path, const char *first, ...)
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	char *const *envp;
	va_list ap;
	bool on = begin_exec(&rec, path, &caller);

	LIST_TO_VECTOR(argv, first, ap);
	envp = va_arg(ap, char *const *);
	va_end(ap);
	ENVIRON_FOR_CHILD(child, envp, goes_without(path, look_without_sites(path)));
	return end_exec(on, &rec, real.execve(path, argv, child));
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
		line_quoted(&rec.line, path ? path : "", 1024);
		record_begun(&rec);
	}
	ENVIRON_FOR_CHILD(child, envp, target_refuses(target));
	ret = next(&child_pid, path, actions, attributes, argv, child);
	if (pid && ret == 0)
		*pid = child_pid;
	if (ret == 0)
		note_untraced(child_pid, path, target);
	if (!on)
		return ret;
	record_result(&rec, (uint64_t)ret, errno);
	if (ret == 0) {
		line_key(&rec.line, "child");
		line_signed(&rec.line, child_pid);
	}
	record_done(&rec);
	return ret;
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	const struct step_start caller = CALLER_FRAME();

	return spawn_with(real.posix_spawn, look_without_sites(path), pid, path, actions, attributes, argv, envp, &caller);
}

EXPORT int posix_spawnp(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	const struct step_start caller = CALLER_FRAME();

	return spawn_with(real.posix_spawnp, search_without_sites(path), pid, path, actions, attributes, argv, envp, &caller);
}

/* ---- code that comes and goes ---- */

static void take_new_key(void)
{
	modules_forget();
	step_forget();
	if (shim.ring)
		atomic_store(&shim.key, atomic_fetch_add_explicit(&shim.ring->next_key, 1, memory_order_relaxed));
	shim.key_shared = false;
}

/*
 * The loader maps an object whole, then its segments over that; it holds its lock meanwhile, so one object is under way at
 * a time, in every namespace together.
 */
static uintptr_t loading_start;

static void loader_mapped(const long args[6], long ret)
{
	if (!(args[3] & (MAP_FIXED | MAP_ANONYMOUS)))
		loading_start = (uintptr_t)ret;
	if (!(args[2] & PROT_EXEC) || (args[3] & MAP_ANONYMOUS))
		return;
	if (shim.key_shared)
		take_new_key();
	if (shim.ring && (args[3] & MAP_FIXED) && loading_start && loading_start < (uintptr_t)ret)
		sites_loaded(loading_start, shim.ring->sites_of);
}

void process_loader_call(long nr, const long args[6], long ret)
{
	if (raw_failed(ret))
		return;
	if (nr == SYS_munmap) {
		sites_unloaded((uintptr_t)args[0], (uintptr_t)args[0] + (uintptr_t)args[1]);
		take_new_key();
	} else if (nr == SYS_mmap) {
		loader_mapped(args, ret);
	}
}

/* Called by dlopen and dlmopen (process_x86_64.S), which must look to the loader as if their caller had called it. */
__attribute__((visibility("hidden"))) void process_opening(void);
__attribute__((visibility("hidden"))) void *process_real_dlopen, *process_real_dlmopen;

void process_opening(void)
{
	if (!sites_active())
		atomic_store_explicit(&shim.look_due, true, memory_order_relaxed);
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *arg)
{
	int ret = real.pthread_create(thread, attributes, start, arg);

	maps_send_unseen("thread");
	return ret;
}

/* Without rewritten sites the loader's munmap is not seen; dlclose is where it happens. */
EXPORT int dlclose(void *handle)
{
	int ret = real.dlclose(handle);

	if (!sites_active())
		take_new_key();
	return ret;
}

/* ---- the end ---- */

EXPORT void _exit(int status)
{
	const struct step_start caller = CALLER_FRAME();
	const uint64_t words[CALL_ARGS_MAX] = { (uint64_t)status };
	struct recording rec;

	if (calling_pid() == (shim.identity ? shim.identity->pid : 0))
		check_point("exit");
	if (record_open(&rec, CALL_exit, words, &caller, VIA_PLT, calling_pid()))
		record_begun(&rec);
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
	real.execve = real_next("execve", NULL);
	real.execvpe = real_next("execvpe", NULL);
	real.fexecve = real_next("fexecve", NULL);
	real.execveat = real_next("execveat", NULL);
	real._exit = real_next("_exit", NULL);
	real.dlclose = real_next("dlclose", NULL);
	real.pthread_create = real_next("pthread_create", NULL);
	process_real_dlopen = real_next("dlopen", NULL);
	process_real_dlmopen = real_next("dlmopen", NULL);
}
