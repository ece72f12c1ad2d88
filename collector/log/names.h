/*
 * names.h - a small fixed set of words and the numbers they stand for.
 */
#ifndef PAGETRAIL_NAMES_H
#define PAGETRAIL_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define NAMES_SLOTS 512	/* a power of two, at least twice the words of the largest set (errno, 134) */

struct names {
	struct name {
		const char *text;	/* NULL: free */
		uint32_t length;
		int value;
	} slot[NAMES_SLOTS];
};

/*
 * names_add - add a word; @text is constant and stays where it is, @value >= 0
 */
void names_add(struct names *names, const char *text, int value);

/*
 * names_find - the number of a word, -1 if it is not in the set
 */
int names_find(const struct names *names, const char *text, size_t length);

/*
 * names_of_calls, names_of_errors - fill a zeroed set from calls.def, from errno(3)
 */
void names_of_calls(struct names *names);
void names_of_errors(struct names *names);

#endif
