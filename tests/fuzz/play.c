#include "play.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../collector/vm/range.h"
#include "../scene/make_call.h"
#include "limits.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

extern char **environ;

void player_begin(struct player *player, const int segment[SEGMENTS])
{
	struct values *values = &player->values;

	limits_begin();
	values->place[PLACE_ARENA] = ARENA;
	values->place[PLACE_BREAK] = (uint64_t)sbrk(0);
	values->place[PLACE_LIBC] = page_down((uint64_t)(uintptr_t)strlen);
	values->place[PLACE_STACK] = page_down((uint64_t)(uintptr_t)__builtin_frame_address(0));
	values->place[PLACE_VDSO] = getauxval(AT_SYSINFO_EHDR);
	for (int i = 0; i < SEGMENTS; i++)
		values->segment[i] = (uint64_t)segment[i];
}

/* ---- calls ---- */

static int64_t by_syscall(long number, const uint64_t *a)
{
	return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Whose pages: 0 and 1 our own, 2 our parent's. */
static int64_t advise_process(const uint64_t *a, bool syscalled)
{
	const struct iovec range[2] = { { (void *)a[0], a[1] }, { (void *)a[0], PAGE_BYTES } };
	int pidfd = (int)syscall(SYS_pidfd_open, a[2] == 2 ? getppid() : getpid(), 0), error;
	size_t count = a[2] == 1 ? 2 : 1;
	int64_t ret = syscalled ? syscall(SYS_process_madvise, pidfd, range, count, (int)a[3], 0) :
				  process_madvise(pidfd, range, count, (int)a[3], 0);

	error = errno;
	close(pidfd);
	errno = error;
	return ret;
}

static int64_t look_resident(const uint64_t *a, bool syscalled)
{
	static unsigned char vector[256];

	return syscalled ? syscall(SYS_mincore, a[0], a[1], vector) : mincore((void *)a[0], a[1], vector);
}

static int64_t set_limit(const uint64_t *a, bool syscalled)
{
	const struct rlimit limit = limits_level(a[0], a[1]);

	return syscalled ? syscall(SYS_setrlimit, a[0], &limit) : setrlimit((__rlimit_resource_t)a[0], &limit);
}

static int64_t set_process_limit(const uint64_t *a, bool syscalled)
{
	const struct rlimit limit = limits_level(a[1], a[2]);

	return syscalled ? syscall(SYS_prlimit64, a[0], a[1], &limit, NULL) :
			   prlimit((pid_t)a[0], (__rlimit_resource_t)a[1], &limit, NULL);
}

static int64_t and_close(int64_t fd)
{
	if (fd >= 0)
		close((int)fd);
	return fd;
}

/* Arguments in memory, results to be cleaned up, and what means something else to a function than to the system call. */
static bool special_call(enum call_id call, const uint64_t *a, bool syscalled, int64_t *ret)
{
	switch (call) {
	case CALL_process_madvise:
		*ret = advise_process(a, syscalled);
		return true;
	case CALL_mincore:
		*ret = look_resident(a, syscalled);
		return true;
	case CALL_setrlimit:
		*ret = set_limit(a, syscalled);
		return true;
	case CALL_prlimit:
		*ret = set_process_limit(a, syscalled);
		return true;
	case CALL_memfd_create:
		*ret = and_close(syscalled ? syscall(SYS_memfd_create, "made", a[1]) : memfd_create("made", (unsigned)a[1]));
		return true;
	case CALL_memfd_secret:
		*ret = and_close(syscall(SYS_memfd_secret, a[0]));
		return true;
	case CALL_shmctl:
		*ret = syscalled ? syscall(SYS_shmctl, a[0], a[1], NULL) : call_by_function(call, a);
		return true;
	default:
		return false;
	}
}

/* proc(5), status: in kB */
static int64_t read_vmlck_pages(void)
{
	static char text[4096];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t count = read(fd, text, sizeof text - 1);
	const char *at;

	close(fd);
	text[count > 0 ? count : 0] = '\0';
	at = strstr(text, "VmLck:");
	return at ? strtol(at + 6, NULL, 10) * 1024 / (int64_t)PAGE_BYTES : -1;
}

static void make_call(struct player *player, const struct step *step)
{
	struct played *played = &player->played[step->label];
	uint64_t a[PLAN_WORDS];
	int64_t ret;

	/* It is a thread's own, and whoever borrows our memory is recorded as the one it is borrowed from. */
	if (player->borrowed && step->call == CALL_personality)
		return;
	for (int i = 0; i < PLAN_WORDS; i++)
		a[i] = word_value(&step->arg[i], &player->values);
	errno = 0;
	if (!special_call(step->call, a, step->by_syscall, &ret))
		ret = step->by_syscall ? by_syscall(call_number(step->call), a) : call_by_function(step->call, a);
	*played = (struct played){ ret, ret == -1 ? errno : 0, true, -1 };
	if (player->tells_vmlck && ret == -1)
		played->locked_pages = read_vmlck_pages();
	if (call_table[step->call].result == CLASS_ADDR && ret != -1)
		player->values.result[step->label] = (uint64_t)ret;
}

/* By system calls that read or write there: where nothing may be they fail, without a signal. */
static void touch(const struct player *player, const struct step *step)
{
	void *at = (void *)word_value(&step->arg[0], &player->values);
	ssize_t count = step->verb == STEP_TOUCH ? read(OBJECT_FD + OBJECT_ZERO, at, 1) :
						   pwrite(OBJECT_FD + OBJECT_MEMFD, at, 1, 0);

	player->played[step->label] = (struct played){ count, count < 0 ? errno : 0, true, -1 };
}

/* ---- others ---- */

static void must_have_ended_well(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		_exit(PLAY_BAD);
	if (WIFSIGNALED(status))
		kill(getpid(), WTERMSIG(status));
	if (status)
		_exit(PLAY_BAD);
}

static void skip_to(struct player *player, unsigned until)
{
	while (player->next < player->plan->steps && player->plan->step[player->next].label <= until)
		player->next++;
}

/* Between vfork and its end the child runs in its parent's memory, but must not return from here. */
static void by_vfork(struct player *player, unsigned until)
{
	pid_t pid = vfork();

	if (pid == 0) {
		play(player, until);
		_exit(0);
	}
	must_have_ended_well(pid);
}

struct task {
	struct player *player;
	unsigned until;
};

static int in_clone(void *data)
{
	const struct task *task = data;

	play(task->player, task->until);
	_exit(0);
}

static void *in_thread(void *data)
{
	const struct task *task = data;

	play(task->player, task->until);
	return NULL;
}

/* Of its own, so that nobody maps one. */
static char stack[1 << 16] __attribute__((aligned(4096)));

static void by_clone(struct player *player, unsigned until)
{
	struct task task = { player, until };

	must_have_ended_well(clone(in_clone, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &task));
}

/* Under small limits there may be none; then the process makes the calls itself. */
static void by_thread(struct player *player, unsigned until)
{
	struct task task = { player, until };
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	if (!pthread_attr_setstack(&attributes, stack, sizeof stack) &&
	    !pthread_create(&thread, &attributes, in_thread, &task))
		pthread_join(thread, NULL);
	else
		play(player, until);
	pthread_attr_destroy(&attributes);
}

static void by_fork(struct player *player, unsigned until)
{
	pid_t pid = fork();

	if (pid == 0) {
		play(player, until);
		_exit(0);
	}
	must_have_ended_well(pid);
	skip_to(player, until);
}

static void go_on_in_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		return;
	must_have_ended_well(pid);
	_exit(0);
}

/* ---- new programs ---- */

struct continuation {
	char next[12], until[12];
	char *argv[5];
};

static void write_decimal(char out[12], unsigned value)
{
	char digits[12];
	int count = 0;

	do
		digits[count++] = (char)('0' + value % 10);
	while (value /= 10);
	for (int i = 0; i < count; i++)
		out[i] = digits[count - 1 - i];
	out[count] = '\0';
}

static void continuation_of(struct continuation *out, const struct player *player, unsigned until)
{
	static char name[] = "player", option[] = "--continue";

	write_decimal(out->next, player->next);
	write_decimal(out->until, until);
	out->argv[0] = name;
	out->argv[1] = option;
	out->argv[2] = out->next;
	out->argv[3] = out->until;
	out->argv[4] = NULL;
}

static void by_spawn(struct player *player, unsigned until, bool vforked)
{
	struct continuation program;
	pid_t pid;

	limits_lift();
	continuation_of(&program, player, until);
	if (vforked) {
		pid = vfork();
		if (pid == 0) {
			execve(player->self, program.argv, environ);
			_exit(PLAY_BAD);
		}
	} else if (posix_spawn(&pid, player->self, NULL, NULL, program.argv, environ)) {
		/* it maps a stack, for which there may be no room */
		play(player, until);
		return;
	}
	must_have_ended_well(pid);
	skip_to(player, until);
}

static void by_exec(struct player *player, unsigned until)
{
	struct continuation program;

	limits_lift();
	continuation_of(&program, player, until);
	execve(player->self, program.argv, environ);
	_exit(PLAY_BAD);
}

/* Those that borrow our memory move player->next on themselves. */
static void by_others(struct player *player, const struct step *step, unsigned until)
{
	unsigned last = step->until < until ? step->until : until;

	switch (step->verb) {
	case STEP_GO_ON:
		go_on_in_child();
		return;
	case STEP_EXEC:
		by_exec(player, until);
		return;
	case STEP_FORK:
		by_fork(player, last);
		return;
	case STEP_SPAWN:
	case STEP_VSPAWN:
		by_spawn(player, last, step->verb == STEP_VSPAWN);
		return;
	default:
		break;
	}
	player->borrowed = true;
	if (step->verb == STEP_VFORK)
		by_vfork(player, last);
	else if (step->verb == STEP_CLONE)
		by_clone(player, last);
	else
		by_thread(player, last);
	player->borrowed = false;
}

void play(struct player *player, unsigned until)
{
	while (player->next < player->plan->steps && player->plan->step[player->next].label <= until) {
		const struct step *step = &player->plan->step[player->next++];

		if (step->verb == STEP_CALL)
			make_call(player, step);
		else if (step->verb < STEP_GO_ON)
			touch(player, step);
		else if (!player->borrowed)
			by_others(player, step, until);
	}
}
