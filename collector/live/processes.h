/*
 * processes.h - the traced processes: who lives, who ended, and what was counted for each.
 *
 * A process becomes known by the first record that names it; its end is seen through a pidfd.  When its exit is in the log,
 * only its program's counts are kept.
 */
#ifndef PAGETRAIL_LIVE_PROCESSES_H
#define PAGETRAIL_LIVE_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm/ranges.h"
#include "awaited.h"
#include "programs.h"

struct traced {
	int32_t pid;
	int pidfd;		/* -1: none to be had; then /proc tells */
	bool announced;		/* the shim said that it is there */
	bool recorded;		/* some record of it is in the log */
	bool vanished;		/* an execve of it did not return, and no program announced itself */
	bool untraced;		/* the shim said that it becomes a program without the shim */
	bool foreign;		/* its pid is of another pid namespace: here it means somebody else */
	bool gone;		/* it ended; some of its records may still be in the ring */
	bool closing;		/* it ended before the current pass began: this pass brings its last records */
	uint64_t gone_ns;	/* when that was seen: no record of it can be younger */
	uint32_t key;		/* of its last stack: stacks_key(); 0: not known */
	uint64_t calls, failed;
	uint64_t locked;	/* bytes locked now, as last seen */
	char name[32];		/* base name of its program */
	char *argv;		/* of its program, as JSON; NULL: not told */
	struct ranges doubt;	/* pages that have to be looked at */
	uint32_t part;		/* of a snapshot that can come next, 0: none has been begun */
	bool vmlck_doubt;	/* a listing without VmLck showed other locks than were known: were those counted? */
	struct awaited awaited;	/* listings of its own that are still to come */
	bool rules_doubt;	/* new mappings too: by which rules they are made is not known */
	uint64_t ended_ns;	/* when the last of its calls ended that came out of the window, */
	uint64_t ended_before_ns; /* and the last of those that came out before the round at hand */
	uint64_t round;
	uint64_t look_after_ns;	/* not before: a listing of many VMAs is expensive */
	struct traced *next;	/* in its hash bucket */
};

struct processes;

struct processes *processes_new(void);
void processes_free(struct processes *processes);

/*
 * processes_root - the process all others descend from: what began before it is none of them
 */
void processes_root(struct processes *processes, int32_t pid);

/*
 * processes_find - the newest process with this pid whose exit is not in the log, or NULL
 */
struct traced *processes_find(const struct processes *processes, int32_t pid);

/*
 * processes_see - the same, added if it is new
 */
struct traced *processes_see(struct processes *processes, int32_t pid);

/*
 * processes_verify - it said that it is there: is the process we know by this pid the one that spoke?
 * @ppid: its parent, as it says
 * @ring_path: what it must map
 */
void processes_verify(struct processes *processes, struct traced *traced, int32_t ppid, const char *ring_path);

/*
 * processes_poll - mark those that ended as gone
 * @all: also ask /proc about those without a pidfd
 */
void processes_poll(struct processes *processes, bool all);

/*
 * processes_begin_pass - those that are gone will have their last records in the pass that begins
 * @now_ns: read after they were seen to be gone
 */
void processes_begin_pass(struct processes *processes, uint64_t now_ns);

/*
 * processes_close - its exit is in the log: it no longer counts as alive, and @traced is no more
 */
void processes_close(struct processes *processes, struct traced *traced);

/*
 * processes_alive - how many have no exit in the log, those of other pid namespaces left out: their end cannot be seen
 */
size_t processes_alive(const struct processes *processes);

/*
 * processes_programs - what every process ever seen came to
 */
struct programs processes_programs(const struct processes *processes);

/*
 * processes_open - those without an exit in the log, in no particular order; NULL after the last
 */
struct traced *processes_open(const struct processes *processes, size_t index);

/*
 * processes_wait_fd - readable when a process ended
 */
int processes_wait_fd(const struct processes *processes);

#endif
