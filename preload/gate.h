/*
 * gate.h - a system call seen as such: number and six words, from syscall(2) or a rewritten site.
 */
#ifndef PAGETRAIL_GATE_H
#define PAGETRAIL_GATE_H

#include <stdbool.h>

#include "record.h"

/*
 * gate_knows - is @nr a call of calls.def that can be recorded from its words alone?
 */
bool gate_knows(long nr);

/*
 * gate_args - how many argument words system call @nr takes; 6 for one that gate_knows() not
 */
int gate_args(long nr);

/*
 * gate_call - make system call @nr, recorded
 * @args: six words as the kernel takes them
 *
 * Return: the kernel's word; errno is not touched.
 * Context: async-signal-safe.
 */
long gate_call(long nr, const long args[6], const struct step_start *caller, enum record_via via);

/*
 * gate_break - the program break before a call that may move it
 *
 * Context: async-signal-safe.
 */
long gate_break(void);

#endif
