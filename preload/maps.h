/*
 * maps.h - what is mapped before the first recorded call, as snapshot records.
 */
#ifndef PAGETRAIL_MAPS_H
#define PAGETRAIL_MAPS_H

/*
 * maps_send - read /proc/self/maps and send it
 * @why: the moment, one word
 *
 * After exec no lock or advice can exist, so maps, a tenth of smaps' cost, is enough. Later, where libc's own calls are not
 * seen, it shows what they mapped.
 * Context: any thread; system calls; gives up when another thread is at it (the buffer is one).
 */
void maps_send(const char *why);

/*
 * maps_send_unseen - maps_send(), if libc's own calls are not recorded in this process
 *
 * Called where libc is known to map memory for itself: dlopen, thread creation, fork, and where somebody asks: marks, exit.
 */
void maps_send_unseen(const char *why);

#endif
