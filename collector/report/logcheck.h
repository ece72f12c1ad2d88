/*
 * logcheck.h - is a log what version 1 promises: numbered without gaps, everything defined before it is named, and a
 * trailer that counts what is there?
 */
#ifndef PAGETRAIL_LOGCHECK_H
#define PAGETRAIL_LOGCHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "../vm/record.h"

struct logcheck;

/*
 * logcheck_found - called for each finding
 * @number: line of the log, from 1; 0: about the whole of it
 * @text: valid during the call
 */
typedef void logcheck_found(void *arg, uint64_t number, const char *text);

struct logcheck *logcheck_new(logcheck_found *found, void *arg);
void logcheck_free(struct logcheck *check);

/*
 * logcheck_add - check the record of line @number against all before it
 */
void logcheck_add(struct logcheck *check, const struct record *record, uint64_t number);

/*
 * logcheck_bad_line - take note of a line that could not be parsed: what it held is missing from every count
 */
void logcheck_bad_line(struct logcheck *check, uint64_t number, const char *why);

/*
 * logcheck_counts - what was counted, as the trailer counts it; unfinished: calls that should have returned and did not
 */
struct record_trailer logcheck_counts(const struct logcheck *check);

/*
 * logcheck_complete - no loss, and a trailer that says the same
 */
bool logcheck_complete(const struct logcheck *check);

#endif
