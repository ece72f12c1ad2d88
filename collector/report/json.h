/*
 * json.h - JSON out, piece by piece, valid whatever the strings hold.
 *
 * A key is NULL for the elements of an array and for the outermost value.
 */
#ifndef PAGETRAIL_JSON_H
#define PAGETRAIL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Starts as { .out = file }. */
struct json {
	FILE *out;
	int depth;
	uint64_t arrays;	/* bit n: the value open at depth n is an array */
	bool comma;		/* something stands before in the same object or array */
	bool line;		/* a line break comes before whatever comes next */
};

void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);

/*
 * json_end - close the object or array opened last
 */
void json_end(struct json *json);

/*
 * json_line - a line break here: after the comma, if one has to follow
 */
void json_line(struct json *json);

/*
 * json_string - NULL is written as null; bytes that are not UTF-8 become U+FFFD
 */
void json_string(struct json *json, const char *key, const char *string);

void json_number(struct json *json, const char *key, uint64_t number);
void json_signed(struct json *json, const char *key, int64_t number);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

/*
 * json_hex - an address: a string "0x7f...", because numbers lose bits above 2^53
 */
void json_hex(struct json *json, const char *key, uint64_t address);

/*
 * json_seq - a record's number, null for 0
 */
void json_seq(struct json *json, const char *key, uint64_t seq);

/*
 * json_limit - a limit in bytes; -1 is unlimited, as in the log
 */
void json_limit(struct json *json, const char *key, uint64_t bytes);

#endif
