/*
 * door.h - where programs that were started elsewhere ask for a ring: a listening socket (preload/abi/greet.h).
 *
 * Whoever connects is untrusted: he must be the collector's own user, root, or a user that was named; he is heard for
 * DOOR_PATIENCE_NS, and of those who connect and say nothing the oldest goes when there are too many.
 */
#ifndef PAGETRAIL_LIVE_DOOR_H
#define PAGETRAIL_LIVE_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../preload/abi/greet.h"
#include "../util/err.h"

#define DOOR_WAITING_MAX 1024
#define DOOR_PATIENCE_NS GREET_PATIENCE_NS	/* on a busy machine a program can be kept from its next step for seconds */

struct door;

/* Somebody who said what he should: answer him, and close the descriptor. */
struct visitor {
	int fd;
	pid_t pid;	/* as this pid namespace knows it; 0: of another one */
	uid_t uid;
};

/* Those who got no ring, for the summary. */
struct door_counts {
	uint64_t silent;	/* said nothing, or nonsense */
	uint64_t strangers;	/* of another user */
	uint64_t versions;	/* with a shim of another version */
};

/*
 * door_open - listen at @path, which is made anew
 * @guests, @guest_count: users besides our own who may come in
 *
 * The directory must be ours, and writable by nobody else; it is made, mode 0700, where it is missing. With guests it is
 * opened to those who know the path (0711). A socket that nobody listens at any more is replaced.
 * Return: 0 or -errno with a message.
 */
int door_open(struct door **door, const char *path, const uid_t *guests, size_t guest_count, struct err *err);

/*
 * door_close - stop listening
 * @remove: take the socket away; not in a child that only inherited it
 */
void door_close(struct door *door, bool remove);

/*
 * door_wait_fd - readable when door_next() has something to do
 */
int door_wait_fd(const struct door *door);

/*
 * door_next - see to those who wait, until one has said what he should
 * @now_ns: CLOCK_MONOTONIC
 *
 * Return: true and *visitor; false: nobody at present.
 */
bool door_next(struct door *door, uint64_t now_ns, struct visitor *visitor);

/*
 * door_answer - say what becomes of it, and close the descriptor
 * @ring_path: for GREET_WELCOME
 */
void door_answer(struct visitor *visitor, enum greet_result result, const char *ring_path);

const struct door_counts *door_counts(const struct door *door);

#endif
