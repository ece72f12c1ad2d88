/*
 * flags.h - numbers to the names of their constants, as strace writes them: PROT_READ|PROT_WRITE.
 */
#ifndef PAGETRAIL_FLAGS_H
#define PAGETRAIL_FLAGS_H

#include <stdint.h>

#include "../../preload/abi/call.h"
#include "text.h"

/*
 * flags_text - add a value by the names of its format's constants
 * @format: FORMAT_PROT and those after it
 *
 * Bits and values without a name are written in hex. Return: nothing. Context: pure.
 */
void flags_text(struct text *text, enum call_format format, uint64_t value);

/*
 * flags_value - the value of a constant of a set, by its name
 *
 * Return: 0 and *value, or -1 where flags.def has no such row for @format.
 */
int flags_value(enum call_format format, const char *name, uint64_t *value);

#endif
