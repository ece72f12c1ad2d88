/*
 * place.h - where in a JSON text a value stands.  Pure.
 */
#ifndef PAGETRAIL_PLACE_H
#define PAGETRAIL_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#define PLACE_DEPTH 8	/* of the documents read here */

/* One step down. */
struct place_step {
	const char *key;	/* NULL: an element of an array */
	size_t index;		/* among the members or elements, as they stand in the text */
	bool at_key;		/* the last step: the key itself is meant, not its value */
};

struct place {
	unsigned line, column;	/* from 1; columns count characters */
};

/*
 * place_find - walk down a text that is known to be JSON
 * @step, @depth: the way; a step that is not there ends it early
 *
 * Return: the place. Reads each byte at most once, and none beyond @length, whatever the text is.
 */
struct place place_find(const char *bytes, size_t length, const struct place_step *step, unsigned depth);

#endif
