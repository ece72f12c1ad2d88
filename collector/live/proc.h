/*
 * proc.h - the few things asked of /proc (proc(5)) about other processes.
 */
#ifndef PAGETRAIL_LIVE_PROC_H
#define PAGETRAIL_LIVE_PROC_H

#include <stdbool.h>
#include <stdint.h>

struct proc_stat {
	char state;	/* R, S, D, T: stopped, Z: ended and not yet waited for, ... */
	int32_t ppid;
	bool kernel_thread;
	uint64_t start;	/* clock ticks since the machine's start, proc(5): to be compared, no more */
};

/*
 * proc_stat - Return: 0, or -errno; -ENOENT: there is no such process
 */
int proc_stat(int32_t pid, struct proc_stat *out);

/* What /proc/ID/status says. */
struct proc_status {
	uint64_t vmlck_bytes;
	uint64_t threads;
};

/*
 * proc_status - of a process, or of a thread where a process may have lost its first
 *
 * Return: 0, or -errno; -ESRCH also when it is about to end and has no memory any more.
 */
int proc_status(int32_t id, struct proc_status *out);

/*
 * proc_has_thread - false only if the process is there and the thread is not
 */
bool proc_has_thread(int32_t pid, int32_t tid);

/*
 * proc_maps - does the process map the file?  That is what tells one of ours, whatever its pid means in its own
 * namespace.
 * @path: by its last element, since mount namespaces show the rest in different ways
 *
 * Return: 1, 0; -ESRCH: nothing is mapped at all, as in a process that is ending and in a kernel thread.
 */
int proc_maps(int32_t pid, const char *path);

#endif
