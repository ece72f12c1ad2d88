/*
 * event.h - records that are not calls: a process that begins, a mark, a note.
 */
#ifndef PAGETRAIL_EVENT_H
#define PAGETRAIL_EVENT_H

#include "line.h"

/*
 * event_open - reserve a slot and begin its text with who and when: pid, tid, t
 * @pid: 0: this process
 *
 * Return: false if there is no slot (counted); then there is nothing to close.  Otherwise the thread is inside (guard.h) until
 * event_close().
 * Context: async-signal-safe.
 */
bool event_open(struct line *line, enum slot_kind kind, int32_t pid);

/*
 * event_close - hand the record over
 */
void event_close(struct line *line);

#endif
