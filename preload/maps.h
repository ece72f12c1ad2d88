/*
 * maps.h - what is mapped, as snapshot records: before the first recorded call, and where a call's result does not tell.
 */
#ifndef PAGETRAIL_MAPS_H
#define PAGETRAIL_MAPS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * maps_send - read maps and send it
 * @why: the moment, one word
 *
 * After exec no lock or advice can exist, so maps, a tenth of smaps' cost, is enough. Later, where libc's own calls are not
 * seen, it shows what they mapped.
 * Context: any thread; system calls; gives up when another thread is at it.
 */
void maps_send(const char *why);

/*
 * maps_send_unseen - maps_send(), if libc's own calls are not recorded in this process
 *
 * Called where libc is known to map memory for itself: dlopen, thread creation, fork, and where somebody asks: marks, exit.
 */
void maps_send_unseen(const char *why);

/*
 * maps_send_moved - tell that memory of ours, of one make (own_range()), lies at @to
 * @from: where nothing lies any more, 0: what does is for the call to say that comes
 *
 * A record for either place.
 * Context: async-signal-safe.
 */
void maps_send_moved(uint64_t from, uint64_t to, uint64_t bytes);

/*
 * maps_look_begin - begin to read smaps, for one snapshot of several ranges, until maps_look_end()
 *
 * Return: false if that is not possible now; then neither of the others may be called.
 * Context: any thread; system calls.
 */
bool maps_look_begin(const char *why);

/*
 * maps_look_range - send what the kernel lists in [from, to), VMAs that reach out of it whole
 * @last: the last range of the snapshot; with it goes VmLck, unless it has changed meanwhile
 *
 * In ascending order, each as parts of its own.
 */
void maps_look_range(uint64_t from, uint64_t to, bool last);
void maps_look_end(void);

#endif
