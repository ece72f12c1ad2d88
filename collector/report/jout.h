/*
 * jout.h - JSON out, piece by piece, valid whatever the strings hold.
 *
 * Named apart from jansson: a program's json_object() would stand in for the library's own.  A key is NULL for the
 * elements of an array and for the outermost value.
 */
#ifndef PAGETRAIL_JOUT_H
#define PAGETRAIL_JOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Starts as { .out = file }. */
struct jout {
	FILE *out;
	int depth;
	uint64_t arrays;	/* bit n: the value open at depth n is an array */
	bool comma;		/* something stands before in the same object or array */
	bool line;		/* a line break comes before whatever comes next */
};

void jout_object(struct jout *json, const char *key);
void jout_array(struct jout *json, const char *key);

/*
 * jout_end - close the object or array opened last
 */
void jout_end(struct jout *json);

/*
 * jout_line - a line break here: after the comma, if one has to follow
 */
void jout_line(struct jout *json);

/*
 * jout_string - NULL is written as null; bytes that are not UTF-8 become U+FFFD
 */
void jout_string(struct jout *json, const char *key, const char *string);

void jout_number(struct jout *json, const char *key, uint64_t number);
void jout_signed(struct jout *json, const char *key, int64_t number);
void jout_bool(struct jout *json, const char *key, bool value);
void jout_null(struct jout *json, const char *key);

/*
 * jout_hex - an address: a string "0x7f...", because numbers lose bits above 2^53
 */
void jout_hex(struct jout *json, const char *key, uint64_t address);

/*
 * jout_seq - a record's number, null for 0
 */
void jout_seq(struct jout *json, const char *key, uint64_t seq);

/*
 * jout_limit - a limit in bytes; -1 is unlimited, as in the log
 */
void jout_limit(struct jout *json, const char *key, uint64_t bytes);

#endif
