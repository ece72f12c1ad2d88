/*
 * doc.h - a JSON document that people write, read member by member: each fault is told with file, line, column, the way
 * to the key, what was found and what was expected.
 *
 * jansson parses; tables of members say what an object may have.  Where a value stands is looked up only when
 * something is wrong with it: place.h.
 */
#ifndef PAGETRAIL_DOC_H
#define PAGETRAIL_DOC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../util/err.h"
#include "place.h"

/* A document, and the way down to the value being read. */
struct doc {
	const char *name;		/* of the file, for messages */
	const char *bytes;
	size_t length;
	struct err *err;
	json_t *root;
	struct place_step step[PLACE_DEPTH];
	unsigned depth;
};

/*
 * doc_open - parse a whole document
 * @most: bytes it may have
 *
 * Refuses duplicate keys, NULs and what is not UTF-8.
 * Return: 0, or -EINVAL with a message.
 */
int doc_open(struct doc *doc, const char *bytes, size_t length, size_t most, const char *name, struct err *err);
void doc_close(struct doc *doc);

/*
 * doc_fail - the value being read is wrong: "policy.json:3:12: rules.wx-mapping: expected ..., found 7"
 * @found: what stands there, NULL: nothing is said of it
 *
 * Return: -EINVAL.
 */
int doc_fail(struct doc *doc, json_t *found, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * doc_no_name - the string being read names nothing: "no rule "wx-maping"; did you mean "wx-mapping"?"
 * @what: "rule"
 * @names: ended by NULL
 * @see: what is said where none is near; NULL: the names
 */
int doc_no_name(struct doc *doc, const char *what, const char *typed, const char *const *names, const char *see);

/* One member an object may have. */
struct doc_member {
	const char *key;
	int (*read)(struct doc *doc, json_t *value, void *into);
	bool required;
};

/*
 * doc_object - read an object by a table
 * @members: ended by a key that is NULL
 * @what: what the object is, for messages: "an allow-list entry"
 */
int doc_object(struct doc *doc, json_t *value, const struct doc_member *members, const char *what, void *into);

/*
 * doc_array - read every element of an array, at most @most
 */
int doc_array(struct doc *doc, json_t *value, size_t most, const char *what,
	      int (*read)(struct doc *doc, json_t *value, void *into), void *into);

/*
 * doc_strings - as doc_array(), where a string alone stands for an array of one
 */
int doc_strings(struct doc *doc, json_t *value, size_t most, const char *what,
		int (*read)(struct doc *doc, json_t *value, void *into), void *into);

/*
 * doc_enter_key, doc_enter_index - go on with a member or an element; doc_leave - and back
 * @index: its number among the members as they stand in the file
 */
void doc_enter_key(struct doc *doc, const char *key, size_t index);
void doc_enter_index(struct doc *doc, size_t index);
void doc_leave(struct doc *doc);

/*
 * doc_text - a string that is not empty
 * @into: a char *; receives a copy for free()
 */
int doc_text(struct doc *doc, json_t *value, const char *expected, char **into);

/*
 * doc_choice - one of these words
 * @names: ended by NULL; @into: receives its index
 */
int doc_choice(struct doc *doc, json_t *value, const char *const *names, unsigned *into);

/*
 * doc_number - a whole number from 0 on
 */
int doc_number(struct doc *doc, json_t *value, const char *expected, uint64_t *into);

#endif
