/*
 * session.h - what a recording puts into the world and takes out again: the ring's file and the program's environment.
 */
#ifndef PAGETRAIL_LIVE_SESSION_H
#define PAGETRAIL_LIVE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "../../preload/abi/ring.h"
#include "../util/err.h"

#define SESSION_PATH_MAX sizeof(((struct ring *)0)->ring_path)

struct session_options {
	uint32_t depth;		/* most frames of a stack */
	enum ring_unwinder unwinder;
	enum ring_full on_full;
	bool follow;		/* children too */
	bool sites;		/* rewrite libc's call sites */
	bool verify;		/* compare model and kernel at marks and exits */
	uint32_t verify_every;	/* and after so many calls of a process; 0: not */
	bool residency;		/* write at marks and exits which pages are in memory */
};

struct session {
	struct session_options options;
	struct ring *ring;
	struct ring_slot *slots;
	const uint64_t *words;		/* of the stack dictionary */
	int fd;				/* of the ring's file, to mend it by */
	uint64_t start_ns, realtime_ns;	/* the same moment by CLOCK_MONOTONIC and CLOCK_REALTIME */
	char shim[SESSION_PATH_MAX];
	char unwinder[SESSION_PATH_MAX];	/* libgcc and libunwind, when they have to be loaded; "" */
	char path[SESSION_PATH_MAX];		/* of the ring; "" once removed */
	char dir[SESSION_PATH_MAX - 40];	/* the ring's own */
};

/*
 * session_find_shim - where libpagetrail.so is: $PAGETRAIL_LIB, beside this program, or the installed directory
 * @shim: receives the absolute path; one that cannot stand in LD_PRELOAD is an error
 * @common: whether every user may read it
 */
int session_find_shim(char shim[SESSION_PATH_MAX], bool *common, struct err *err);

/*
 * session_find_unwinder - where the second unwinder is, if this session needs it
 * @path: receives what to preload for it, separated by colons, or "" where our own stepper does
 *
 * libunwind has functions of the same names as libgcc, by which C++ exceptions are thrown (_Unwind_RaiseException), and what
 * is preloaded comes before what a program needs: so libgcc is preloaded before libunwind, and throws as ever.
 * It is preloaded beside the shim: opening it from the shim's constructor would run libc's own too early and leave the
 * program without its environment.
 */
int session_find_unwinder(enum ring_unwinder wanted, char path[SESSION_PATH_MAX], struct err *err);

/*
 * session_clean - remove the rings of recorders that were killed
 */
void session_clean(void);

/*
 * session_create - make the ring: allocated to its last page, mapped, ready for writers
 * @session: zeroed but for .options, .shim and .unwinder
 *
 * From then on the ring is closed and removed whichever way this process ends; after SIGKILL session_clean() removes it.
 * Return: 0 or -errno with a message.
 */
int session_create(struct session *session, struct err *err);

/*
 * session_cut - did somebody cut the ring's file short?
 *
 * Reading a page past a file's end is SIGBUS (mmap(2)).  There, and here, the file is made as long as it was, filled with
 * zeros, the ring closed: the writers record no more, and what the collector reads from then on are free slots.
 */
bool session_cut(const struct session *session);

/*
 * session_sound - does the ring's header still say what was written there at the start?
 */
bool session_sound(const struct session *session);

/*
 * clock_ns - clock_gettime(2) in ns
 */
uint64_t clock_ns(clockid_t id);

/*
 * session_now - ns since the session began
 */
uint64_t session_now(const struct session *session);

/*
 * session_environment - the environment for the program: ours, with the shim before what LD_PRELOAD held
 *
 * Return: a NULL-terminated array, valid as long as the environment does not change, until session_environment_free().
 */
char **session_environment(const struct session *session);
void session_environment_free(char **environment);

/*
 * session_remove - tell the writers to stop and remove the file and its directory; may be called twice
 */
void session_remove(struct session *session);

#endif
