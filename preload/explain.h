/*
 * explain.h - the facts about a call that nobody can find out later: what kind of object a descriptor was, and why a lock
 * was refused.  These are the record path's only system calls.
 *
 * Context: async-signal-safe; errno is not touched.
 */
#ifndef PAGETRAIL_EXPLAIN_H
#define PAGETRAIL_EXPLAIN_H

#include "abi/call.h"
#include "line.h"

/*
 * explain_wanted - is this a call to record at all?  prctl, prlimit and shmctl do many things; few concern us.
 * @words: the arguments, also those calls.def does not print
 */
bool explain_wanted(enum call_id call, const uint64_t *words);

/*
 * explain_before - fields that must be known before the call: the descriptor of a file mapping (kind, access mode, device,
 * inode, path), the limits that are being set, process_madvise's ranges
 *
 * Return: whether a driver decides what the mapping is.
 */
bool explain_before(struct line *line, enum call_id call, const uint64_t *words);

/*
 * explain_after - fields known after it: for a refused lock the soft RLIMIT_MEMLOCK, CAP_IPC_LOCK and VmLck (mlock(2)
 * ERRORS: three meanings of ENOMEM), for shmat the size of the segment, for mincore what is resident
 * @err: 0 or the error number
 */
void explain_after(struct line *line, enum call_id call, const uint64_t *words, int err);

/*
 * explain_vmlck - VmLck of /proc/PID/status in bytes; -1: not readable
 */
int64_t explain_vmlck(void);

/*
 * explain_fd_path - the number of an open descriptor below a directory
 * @directory: "/proc/self/fd/" or "/proc/self/fdinfo/"
 *
 * Return: its length.
 */
size_t explain_fd_path(char out[32], const char *directory, int fd);

/*
 * explain_may_lock - whether CAP_IPC_LOCK counts for the calling thread
 */
bool explain_may_lock(void);

#endif
