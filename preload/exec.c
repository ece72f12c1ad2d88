/*
 * exec.c - wrappers around the exec family, and what its system calls do at rewritten sites: the call is recorded, our
 * variables are kept in the new program's environment, and a program that cannot carry the shim goes without them.
 *
 * All of it may run in a vfork child, which borrows its parent's memory: no heap, no state of our own is changed.
 */
#include "exec.h"

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include "environ.h"
#include "event.h"
#include "explain.h"
#include "guard.h"
#include "peek.h"
#include "process.h"
#include "raw.h"
#include "real.h"
#include "search.h"
#include "sites.h"

extern char **environ;

static struct {
	int (*execve)(const char *, char *const[], char *const[]);
	int (*execvpe)(const char *, char *const[], char *const[]);
	int (*fexecve)(int, char *const[], char *const[]);
	int (*execveat)(int, const char *, char *const[], char *const[], int);
} real;

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

	guard_enter();
	if (target == TARGET_FINE && shim.ring &&
	    !(can_open(shim.shim_path, O_RDONLY) && can_open(shim.ring_path, O_RDWR)))
		target = TARGET_UNREACHABLE;
	guard_leave();
	return target;
}

void exec_note_untraced(int32_t pid, const char *path, enum target target)
{
	struct line line;

	if (target == TARGET_FINE || !shim.ring || !event_open(&line, SLOT_NOTE, pid))
		return;
	line_key(&line, "what");
	line_quoted(&line, "untraced", 16);
	line_key(&line, "path");
	line_quoted(&line, peek_text(path, 1024), 1024);
	line_key(&line, "text");
	line_quoted(&line, target_reason(target), 200);
	event_close(&line);
}

static bool open_exec(struct recording *rec, const char *path, const struct step_start *caller, enum record_via via)
{
	static const uint64_t words[CALL_ARGS_MAX];

	if (!record_open(rec, CALL_execve, words, caller, via, process_calling_pid()))
		return false;
	line_key(&rec->line, "path");
	line_quoted(&rec->line, peek_text(path, 1024), 1024);
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

/* Can a path that the program gave be read as far as a path goes? */
static bool is_there(const char *path)
{
	struct peek peek = { 0 };

	return peek_length(&peek, path, PATH_MAX) >= 0;
}

/* execveat(2)'s first two arguments as one path, put together in @room where it must be. NULL: the second cannot be read. */
static const char *path_below(long directory, const char *path, char *room, size_t bytes)
{
	size_t at;

	if (!is_there(path))
		return NULL;
	if (path[0] == '/' || (int)directory < 0)
		return path;
	at = explain_fd_path(room, "/proc/self/fd/", (int)directory);
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

long exec_call(long nr, const long args[6], const struct step_start *caller, enum record_via via)
{
	const bool at = nr == SYS_execveat;
	char *const *envp = (char *const *)args[at + 2];
	const char *path = (const char *)args[at];
	char room[512];
	struct recording rec;
	enum target target = TARGET_FINE;
	bool on;
	long ret;

	if (at)
		path = path_below(args[0], path, room, sizeof(room));
	if (path && shim.ring && !shim.restricted)
		target = look_at_target(path);
	if (path == room && !*(const char *)args[at] && !shim.restricted)
		tell_fd_path(room, sizeof(room));
	on = open_exec(&rec, path, caller, via);
	exec_note_untraced(process_calling_pid(), path, target);
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
enum target exec_look(const char *path)
{
	return shim.ring && !sites_active() && !shim.restricted && path ? look_at_target(path) : TARGET_FINE;
}

enum target exec_search(const char *file)
{
	char room[512];

	return !sites_active() && is_there(file) ? exec_look(search_path(file, room, sizeof(room))) : TARGET_FINE;
}

static enum target look_below(int directory, const char *path)
{
	char room[512];

	return !sites_active() ? exec_look(path_below(directory, path, room, sizeof(room))) : TARGET_FINE;
}

/* The exec of a program found to be @target without sites: does it have to go without us? */
static bool goes_without(const char *path, enum target target)
{
	exec_note_untraced(process_calling_pid(), path, target);
	return target_refuses(target);
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	bool on = begin_exec(&rec, path, &caller);

	ENVIRON_FOR_CHILD(child, envp, goes_without(path, exec_look(path)));
	return end_exec(on, &rec, real.execve(path, argv, child));
}

EXPORT int execv(const char *path, char *const argv[])
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	bool on = begin_exec(&rec, path, &caller);

	ENVIRON_FOR_CHILD(child, environ, goes_without(path, exec_look(path)));
	return end_exec(on, &rec, real.execve(path, argv, child));
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	bool on = begin_exec(&rec, file, &caller);

	ENVIRON_FOR_CHILD(child, envp, goes_without(file, exec_search(file)));
	return end_exec(on, &rec, real.execvpe(file, argv, child));
}

EXPORT int execvp(const char *file, char *const argv[])
{
	const struct step_start caller = CALLER_FRAME();
	struct recording rec;
	bool on = begin_exec(&rec, file, &caller);

	ENVIRON_FOR_CHILD(child, environ, goes_without(file, exec_search(file)));
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
	ENVIRON_FOR_CHILD(child, environ, goes_without(path, exec_look(path)));
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
	ENVIRON_FOR_CHILD(child, environ, goes_without(file, exec_search(file)));
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
	ENVIRON_FOR_CHILD(child, envp, goes_without(path, exec_look(path)));
	return end_exec(on, &rec, real.execve(path, argv, child));
}

void exec_resolve(void)
{
	real.execve = real_next("execve", NULL);
	real.execvpe = real_next("execvpe", NULL);
	real.fexecve = real_next("fexecve", NULL);
	real.execveat = real_next("execveat", NULL);
}
