/*
 * subject.h - a process that makes system calls on request while its address space is read from outside.
 *
 * Observing from outside disturbs nothing: the subject allocates no memory and its pages are listed by the caller.
 */
#ifndef TESTS_SUBJECT_H
#define TESTS_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../collector/vm/record.h"

struct subject {
	pid_t pid;		/* who makes the calls now */
	pid_t first;		/* the process to wait for in the end */
	int to, from;		/* pipes */
	struct snapshot_range *range;
	size_t ranges, room;
	uint64_t vmlck_bytes;	/* as of the last subject_list() */
};

/*
 * subject_start - fork a process that waits for requests
 * @unprivileged: without any capability, as uid 65534
 *
 * Return: 0 or -errno.
 */
int subject_start(struct subject *subject, bool unprivileged);

/*
 * subject_end - let it exit
 */
void subject_end(struct subject *subject);

/*
 * subject_call - have it make one system call
 *
 * Return: 0; *ret is what the kernel returned, a negative errno included. -EPIPE when the subject is gone.
 */
int subject_call(struct subject *subject, long number, const uint64_t args[6], int64_t *ret);

/*
 * subject_fork - have it fork; the child takes the requests from now on
 *
 * Return: pid of the child, or -errno.
 */
int subject_fork(struct subject *subject);

/*
 * subject_list - read its /proc/PID/smaps and VmLck
 */
int subject_list(struct subject *subject);

#endif
