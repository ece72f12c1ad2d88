#include "processes.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../util/alloc.h"
#include "proc.h"

#define BUCKETS 1024

struct processes {
	struct traced *bucket[BUCKETS];
	struct programs closed;		/* of those that are */
	struct traced **open;		/* those not closed */
	size_t open_count, open_room;
	size_t foreign;			/* of them */
	uint64_t root_start;		/* when the first process began; UINT64_MAX: not known */
	int epoll;
};

struct processes *processes_new(void)
{
	struct processes *processes = alloc_zero(1, sizeof(*processes));

	processes->epoll = epoll_create1(EPOLL_CLOEXEC);
	processes->root_start = UINT64_MAX;
	return processes;
}

void processes_root(struct processes *processes, int32_t pid)
{
	struct proc_stat stat;

	if (!proc_stat(pid, &stat))
		processes->root_start = stat.start;
}

static void drop_pidfd(struct traced *traced)
{
	if (traced->pidfd >= 0)
		close(traced->pidfd);
	traced->pidfd = -1;
}

static void free_traced(struct traced *traced)
{
	drop_pidfd(traced);
	ranges_free(&traced->doubt);
	free(traced->argv);
	free(traced);
}

void processes_free(struct processes *processes)
{
	if (!processes)
		return;
	for (size_t i = 0; i < processes->open_count; i++)
		free_traced(processes->open[i]);
	if (processes->epoll >= 0)
		close(processes->epoll);
	free(processes->open);
	free(processes);
}

struct traced *processes_find(const struct processes *processes, int32_t pid)
{
	struct traced *traced = processes->bucket[(uint32_t)pid % BUCKETS];

	while (traced && traced->pid != pid)
		traced = traced->next;
	return traced;
}

static struct traced **append(struct traced ***list, size_t *count, size_t *room)
{
	*list = alloc_room(*list, *count, room, sizeof(**list));
	return &(*list)[(*count)++];
}

static void watch(struct processes *processes, struct traced *traced)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = traced };

	traced->pidfd = (int)syscall(SYS_pidfd_open, traced->pid, 0);
	if (traced->pidfd < 0) {
		traced->gone = errno == ESRCH;
		return;
	}
	if (epoll_ctl(processes->epoll, EPOLL_CTL_ADD, traced->pidfd, &event) < 0)
		drop_pidfd(traced);
}

struct traced *processes_see(struct processes *processes, int32_t pid)
{
	struct traced *traced = processes_find(processes, pid), **bucket = &processes->bucket[(uint32_t)pid % BUCKETS];

	if (traced)
		return traced;
	traced = alloc_zero(1, sizeof(*traced));
	traced->pid = pid;
	traced->next = *bucket;
	*bucket = traced;
	*append(&processes->open, &processes->open_count, &processes->open_room) = traced;
	watch(processes, traced);
	return traced;
}

/* A zombie has ended as far as its memory is concerned. */
static bool proc_says_gone(int32_t pid)
{
	struct proc_stat stat;
	int rc = proc_stat(pid, &stat);

	return rc ? rc == -ENOENT : stat.state == 'Z' || stat.state == 'X';
}

static void forget(struct processes *processes, struct traced *traced)
{
	if (traced->pidfd >= 0)
		epoll_ctl(processes->epoll, EPOLL_CTL_DEL, traced->pidfd, NULL);
	drop_pidfd(traced);
}

void processes_verify(struct processes *processes, struct traced *traced, int32_t ppid, const char *ring_path)
{
	struct proc_stat stat;
	int mapped;

	if (traced->gone || traced->foreign || proc_stat(traced->pid, &stat) < 0 || stat.ppid == ppid)
		return;
	mapped = proc_maps(traced->pid, ring_path);
	/* nothing mapped: one of ours that has just ended */
	if (mapped > 0 || (mapped < 0 && !stat.kernel_thread))
		return;
	/* its parent was killed while it was between execve(2) and the shim's start */
	if (stat.start >= processes->root_start)
		return;
	forget(processes, traced);
	traced->foreign = true;
	processes->foreign++;
}

void processes_poll(struct processes *processes, bool all)
{
	struct epoll_event event[16];
	int count;

	while ((count = epoll_wait(processes->epoll, event, 16, 0)) > 0) {
		for (int i = 0; i < count; i++) {
			struct traced *traced = event[i].data.ptr;

			traced->gone = true;
			forget(processes, traced);
		}
	}
	for (size_t i = 0; all && i < processes->open_count; i++)
		if (processes->open[i]->pidfd < 0 && !processes->open[i]->gone && !processes->open[i]->foreign)
			processes->open[i]->gone = proc_says_gone(processes->open[i]->pid);
}

void processes_begin_pass(struct processes *processes, uint64_t now_ns)
{
	for (size_t i = 0; i < processes->open_count; i++) {
		struct traced *traced = processes->open[i];

		if (!traced->gone || traced->closing)
			continue;
		traced->closing = true;
		traced->gone_ns = now_ns;
	}
}

static void unlink_from_bucket(struct processes *processes, struct traced *traced)
{
	struct traced **link = &processes->bucket[(uint32_t)traced->pid % BUCKETS];

	while (*link && *link != traced)
		link = &(*link)->next;
	if (*link)
		*link = traced->next;
}

void processes_close(struct processes *processes, struct traced *traced)
{
	forget(processes, traced);
	unlink_from_bucket(processes, traced);
	processes->foreign -= traced->foreign;
	programs_add(&processes->closed, traced->name, traced->pid, traced->calls);
	for (size_t i = 0; i < processes->open_count; i++) {
		if (processes->open[i] != traced)
			continue;
		processes->open[i] = processes->open[--processes->open_count];
		break;
	}
	free_traced(traced);
}

size_t processes_alive(const struct processes *processes)
{
	return processes->open_count - processes->foreign;
}

struct programs processes_programs(const struct processes *processes)
{
	struct programs programs = processes->closed;

	for (size_t i = 0; i < processes->open_count; i++)
		programs_add(&programs, processes->open[i]->name, processes->open[i]->pid, processes->open[i]->calls);
	return programs;
}

struct traced *processes_open(const struct processes *processes, size_t index)
{
	return index < processes->open_count ? processes->open[index] : NULL;
}

int processes_wait_fd(const struct processes *processes)
{
	return processes->epoll;
}
