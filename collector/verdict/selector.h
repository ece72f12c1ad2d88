/*
 * selector.h - places of a program, as a policy names them.
 *
 * Shell wildcards, fnmatch(3); what is not said matches anything:
 *   function   a function anywhere in the stack, written without arguments
 *   site       the program's own frame nearest to the call, as reports show it: "key_load key.c:40", "libapp.so+0x12f0"
 *   module     the object of that frame: its path, its file's name, or that without version ("libgcrypt")
 */
#ifndef PAGETRAIL_SELECTOR_H
#define PAGETRAIL_SELECTOR_H

#include "../sym/symbols.h"
#include "../report/text.h"
#include "doc.h"

/* Starts as { 0 }: selects everything. */
struct selector {
	char *function, *site, *module;
};

/*
 * selector_read - a doc_member's reader: an object with at least one of the three; @into: a struct selector
 *
 * selector_function, selector_site, selector_module read one of them each.
 */
int selector_read(struct doc *doc, json_t *value, void *into);
int selector_function(struct doc *doc, json_t *value, void *into);
int selector_site(struct doc *doc, json_t *value, void *into);
int selector_module(struct doc *doc, json_t *value, void *into);
void selector_free(struct selector *selector);

/*
 * selector_is_set - does it say anything
 */
bool selector_is_set(const struct selector *selector);

/*
 * selector_match - does a stack match all that is said; one that does not exist (0) matches only what says nothing
 */
bool selector_match(const struct selector *selector, struct symbols *symbols, uint32_t stack);

/*
 * selector_words - "key_alloc", "any place of libapp.so"
 */
void selector_words(struct text *text, const struct selector *selector);

/*
 * program_match - is @exe the program meant: by its path or its file's name, with wildcards; NULL means any
 */
bool program_match(const char *wanted, const char *exe);

/*
 * program_read - a doc_member's reader; @into: a char *
 */
int program_read(struct doc *doc, json_t *value, void *into);

#endif
