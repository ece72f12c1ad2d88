#include "act.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "make_call.h"

#ifndef SYS_map_shadow_stack
#define SYS_map_shadow_stack 453
#endif

/* ---- places ---- */

/* Small, for some scenes limit what the process may have; listings are read piece by piece. */
static char text[1 << 14];

static size_t read_some(int fd, size_t kept)
{
	ssize_t count = read(fd, text + kept, sizeof text - 1 - kept);

	kept += count > 0 ? (size_t)count : 0;
	text[kept] = '\0';
	return kept;
}

static void bind_line(struct values *values, const char *line, size_t length)
{
	static const struct {
		const char *label;
		enum name_id start, end;
	} place[] = {{"[vdso]", NAME_VDSO, NAME_VDSO_END},
		     {"[vvar]", NAME_VVAR, NAME_VVAR_END},
		     {"[vvar_vclock]", NAME_VCLOCK, NAME_VCLOCK_END},
		     {"[stack]", NAME_STACK, NAME_STACK_END},
		     {"[heap]", NAME_HEAP, NAME_HEAP_END},
		     {"[vsyscall]", NAME_VSYSCALL, NAME_VSYSCALL_END}};
	char *rest;

	for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
		size_t label = strlen(place[i].label);

		if (length <= label || memcmp(line + length - label, place[i].label, label) || values->of[place[i].end])
			continue;
		values->of[place[i].start] = strtoull(line, &rest, 16);
		values->of[place[i].end] = strtoull(rest + 1, NULL, 16);
	}
}

void act_begin(struct actor *actor)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	struct values *values = &actor->values;
	size_t kept = 0, before;

	memset(&values->of[NAME_VDSO], 0, (NAME_BRK - NAME_VDSO) * sizeof values->of[0]);
	do {
		char *line = text, *end;

		before = kept;
		kept = read_some(fd, kept);
		for (; (end = strchr(line, '\n')); line = end + 1)
			bind_line(values, line, (size_t)(end - line));
		if (kept == before)
			break;
		kept = (size_t)(text + kept - line);
		memmove(text, line, kept);
	} while (true);
	close(fd);
	values->of[NAME_BRK] = page_up((uint64_t)sbrk(0));
	if (brk((void *)values->of[NAME_BRK]))
		abort();
}

/* proc(5): in kB */
static uint64_t figure(const char *name)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	const char *at;

	read_some(fd, 0);
	close(fd);
	at = strstr(text, name);
	return at ? strtoull(at + strlen(name), NULL, 10) * 1024 : 0;
}

/* The limit for locks is held against what is the program's, RLIMIT_AS against everything. */
static uint64_t tracer_bytes(const struct step *step)
{
	int fd;
	size_t kept = 0, before;

	if (step->arg[0].number != RLIMIT_MEMLOCK)
		return 0;
	fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	do {
		before = kept;
		kept = read_some(fd, kept);
	} while (kept > before);
	close(fd);
	return act_tracer_bytes(text);
}

static void bind_figures(struct actor *actor, const struct step *step)
{
	if (step->verb != STEP_CALL || step->call != CALL_setrlimit || !step->arg[1].plus[0])
		return;
	actor->values.of[NAME_VMSIZE] = figure("VmSize:") - tracer_bytes(step);
	actor->values.of[NAME_VMDATA] = figure("VmData:");
	actor->values.of[NAME_VMSTK] = figure("VmStk:");
	actor->values.of[NAME_VMLCK] = figure("VmLck:");
}

/* ---- calls of calls.def ---- */

static int64_t act_limit(const uint64_t *a)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)a[0], &limit))
		return -1;
	limit.rlim_cur = a[1];
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_cur = limit.rlim_max;
	return setrlimit((__rlimit_resource_t)a[0], &limit);
}

static int64_t act_process_madvise(const uint64_t *a)
{
	const struct iovec range[2] = {{(void *)a[0], a[1]}, {(void *)a[4], a[5]}};
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0), error;
	int64_t ret = process_madvise(pidfd, range, a[5] ? 2 : 1, (int)a[3], 0);

	error = errno;
	close(pidfd);
	errno = error;
	return ret;
}

static int64_t act_mincore(const uint64_t *a, struct result *result)
{
	static unsigned char vector[sizeof result->vector];
	int64_t ret = mincore((void *)a[0], a[1], vector);
	uint64_t pages = page_up(a[1]) / PAGE_BYTES;

	for (uint64_t i = 0; !ret && i < pages && i < sizeof vector - 1; i++)
		result->vector[i] = vector[i] & 1 ? '1' : '0';
	return ret;
}

/* The C library looks only whether the break is at least where it should be: a refused shrink is a success to it. */
static int64_t act_break(const uint64_t *a)
{
	if (!brk((void *)a[0]) && (uint64_t)sbrk(0) == a[0])
		return (int64_t)a[0];
	errno = ENOMEM;
	return -1;
}

static int64_t act_call(enum call_id call, const uint64_t *a, struct result *result)
{
	switch (call) {
	case CALL_brk:
		return act_break(a);
	case CALL_process_madvise:
		return act_process_madvise(a);
	case CALL_mincore:
		return act_mincore(a, result);
	case CALL_setrlimit:
		return act_limit(a);
	default:
		return call_by_function(call, a);
	}
}

static int64_t act_shm_locked(int segment)
{
	struct shmid_ds status;

	return shmctl(segment, IPC_STAT, &status) ? -1 : !!(status.shm_perm.mode & SHM_LOCKED);
}

/* ---- pages ---- */

static sigjmp_buf refuge;
static volatile sig_atomic_t caught;

static void take_refuge(int number)
{
	caught = number;
	siglongjmp(refuge, 1);
}

/* One byte of each page; what the last read gave. */
static int64_t touch(enum step_verb verb, const uint64_t *a)
{
	volatile unsigned char *page = (volatile unsigned char *)a[0];
	int64_t last = 0;

	for (uint64_t i = 0; i < a[1]; i += PAGE_BYTES) {
		if (verb == STEP_WRITE)
			page[i] = (unsigned char)a[2];
		else if (verb == STEP_READ)
			last = page[i];
		else
			((void (*)(void))(a[0] + i))();
	}
	return last;
}

static int64_t act_touch(enum step_verb verb, const uint64_t *a, struct result *result)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGILL};
	struct sigaction refuges = {.sa_handler = take_refuge}, before[3];
	volatile int64_t ret = -1;

	for (int i = 0; i < 3; i++)
		sigaction(signals[i], &refuges, &before[i]);
	if (!sigsetjmp(refuge, 1))
		ret = touch(verb, a);
	else
		result->signal = caught;
	for (int i = 0; i < 3; i++)
		sigaction(signals[i], &before[i], NULL);
	return ret;
}

static int64_t act_stripe(const uint64_t *a)
{
	for (uint64_t i = 0; i + PAGE_BYTES <= a[1]; i += 2 * PAGE_BYTES)
		if (mprotect((void *)(a[0] + i), PAGE_BYTES, (int)a[2]))
			return -1;
	return 0;
}

/* ---- processes ---- */

static int64_t act_fork(bool stay)
{
	pid_t child = fork();
	int status = 0;

	if (!child && stay)
		_exit(0);
	if (child < 0)
		return -1;
	if (!child)
		return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	waitpid(child, &status, 0);
	if (!stay)
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	return 0;
}

/*
 * The user without rights is another one for each process: SHM_LOCK is counted for each user (shmctl(2)), and runs of
 * these scenes beside each other must not see each other's.
 */
static int64_t act_become(enum right right)
{
	const uid_t nobody = 20000 + (uid_t)getpid() % 40000;
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	if (right == RIGHT_NO_IPC_LOCK) {
		if (syscall(SYS_capget, &header, data))
			return -1;
		data[0].effective &= ~(1u << CAP_IPC_LOCK);
		data[0].permitted &= ~(1u << CAP_IPC_LOCK);
		return syscall(SYS_capset, &header, data);
	}
	/* who is nobody's user already stays who he is */
	if (right == RIGHT_ALL || geteuid())
		return 0;
	if (setgroups(0, NULL) || setresgid(nobody, nobody, nobody) || setresuid(nobody, nobody, nobody))
		return -1;
	/* else nobody may read its pages' state from outside */
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/* ---- one step, by whomever ---- */

struct task {
	struct actor *actor;
	const struct step *step;
	struct result *result;
	uint64_t arg[CALL_ARGS_MAX];
	int error;
};

static int64_t act_verb(struct task *task)
{
	const struct step *step = task->step;
	const uint64_t *a = task->arg;

	switch (step->verb) {
	case STEP_CALL:
		return act_call(step->call, a, task->result);
	case STEP_OPEN:
		return act_open(task->actor, step, a);
	case STEP_CLOSE:
		return close((int)a[0]);
	case STEP_TRUNCATE:
		return ftruncate((int)a[0], (off_t)a[1]);
	case STEP_SEAL_FILE:
		return fcntl((int)a[0], F_ADD_SEALS, (int)a[1]);
	case STEP_SEGMENT:
		return shmget(IPC_PRIVATE, a[0], IPC_CREAT | (int)a[1]);
	case STEP_SHM_LOCKED:
		return act_shm_locked((int)a[0]);
	case STEP_READ:
	case STEP_WRITE:
	case STEP_JUMP:
		return act_touch(step->verb, a, task->result);
	case STEP_FORK:
		return act_fork(a[0]);
	case STEP_BECOME:
		return act_become((enum right)a[0]);
	case STEP_STRIPE:
		return act_stripe(a);
	case STEP_SHADOW_STACK:
		return syscall(SYS_map_shadow_stack, a[0], a[1], 0);
	default:
		return 0;
	}
}

static void *do_task(void *data)
{
	struct task *task = data;

	errno = 0;
	task->result->ret = act_verb(task);
	task->error = errno;
	return NULL;
}

static int do_task_and_exit(void *data)
{
	do_task(data);
	_exit(0);
}

/* A stack of its own, so that neither maps one. */
static char stack[1 << 15] __attribute__((aligned(4096)));

static bool in_thread(struct task *task)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool done;

	pthread_attr_init(&attributes);
	done = !pthread_attr_setstack(&attributes, stack, sizeof stack) &&
	       !pthread_create(&thread, &attributes, do_task, task) && !pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
	return done;
}

static bool in_child(struct task *task)
{
	int child = clone(do_task_and_exit, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, task);

	return child > 0 && waitpid(child, NULL, 0) == child;
}

void act(struct actor *actor, const struct step *step, struct result *result)
{
	static struct task task;

	*result = (struct result){.ret = -1};
	task = (struct task){.actor = actor, .step = step, .result = result, .error = ECHILD};
	bind_figures(actor, step);
	for (int i = 0; i < CALL_ARGS_MAX; i++)
		task.arg[i] = expr_value(&step->arg[i], &actor->values);
	if (step->by == BY_ITSELF)
		do_task(&task);
	else if (step->by == BY_THREAD ? !in_thread(&task) : !in_child(&task))
		result->ret = -1;
	result->err = result->ret == -1 && !result->signal ? task.error : 0;
	if (step->name && result->ret != -1)
		actor->values.of[step->name] = (uint64_t)result->ret;
}
