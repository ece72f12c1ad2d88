/*
 * decode.h - a record as a person reads it: a call the way strace prints it, other records in a few words.
 */
#ifndef PAGETRAIL_DECODE_H
#define PAGETRAIL_DECODE_H

#include "../vm/record.h"
#include "jout.h"
#include "view.h"

/*
 * decode_call - "mlock(0x7f10aaf06000, 65536) = -1 ENOMEM (Cannot allocate memory)  limit 64 KiB, locked 0, no
 * CAP_IPC_LOCK"
 * @record: a RECORD_CALL
 * @replaced: the call is an execve that is known to have replaced the program: it succeeded although it never returned
 */
void decode_call(const struct view *view, struct text *text, const struct record *record, bool replaced);

/*
 * decode_arguments - only what stands between the parentheses
 */
void decode_arguments(struct text *text, const struct record *record);

/*
 * decode_result - only what stands after " = ", without a tone
 */
void decode_result(struct text *text, const struct record *record, bool replaced);

/*
 * decode_json - "call", "args" (names and numbers as in the log, flags by name), "ret", "errno", "text" and extras
 */
void decode_json(struct jout *json, const struct record *record, bool replaced);

/*
 * decode_failed - the call returned and reported an error
 */
bool decode_failed(const struct record *record);

/*
 * decode_errno - the name of an error, "ENOMEM"
 *
 * Return: constant string; "E?" for a number without a name.
 */
const char *decode_errno(int number);

/*
 * decode_via - how a call was caught, as the log has it: "plt"
 */
const char *decode_via(enum call_via via);

/*
 * decode_event - any other record with a place in the order (process, snapshot, mark) or without one (loss, note)
 *
 * Adds nothing for records that tell a person nothing by themselves: module, stack, header, trailer, notes without
 * text, unknown types.
 */
void decode_event(const struct view *view, struct text *text, const struct record *record);

#endif
