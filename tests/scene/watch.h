/*
 * watch.h - the pages of a process as the kernel tells them to others: smaps, status, pagemap and mem of proc(5).
 */
#ifndef TESTS_WATCH_H
#define TESTS_WATCH_H

#include "check.h"
#include "subject.h"

struct watch {
	struct subject subject; /* only what is listed of it is used */
	int pagemap, memory;
	bool tells_guards; /* Linux 6.15: pagemap bit 58 */
};

/*
 * watch_read - look at a process that does nothing in the meantime
 *
 * Return: 0, or -errno.
 */
int watch_read(struct watch *watch, pid_t pid);

/*
 * watch_view - what was read
 * @everything: the process's pages are all its own: none are a tracer's
 */
struct view watch_view(struct watch *watch, bool everything);

/*
 * watch_end - until the next watch_read()
 */
void watch_end(struct watch *watch);

#endif
