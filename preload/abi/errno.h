/*
 * errno.h - error numbers as the names the log uses.
 */
#ifndef PAGETRAIL_ERRNO_H
#define PAGETRAIL_ERRNO_H

/*
 * errno_name - "ENOMEM"; NULL for a number that has no name
 *
 * Context: async-signal-safe; constant data.
 */
const char *errno_name(int number);

#endif
