/*
 * cases.h - what the two halves of the reader of JSON cases share.  read_ops.c knows operations, read_cases.c the rest.
 */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include <jansson.h>

#include "scene.h"
#include "words.h"

struct reader {
	struct scene *scene;
	int line;
	const char *problem; /* the first thing not understood */
};

void reader_puzzled(struct reader *reader, const char *what);

/*
 * json_text, json_number - a member of an object; NULL and @otherwise where it has none
 */
const char *json_text(json_t *op, const char *key);
int64_t json_number(json_t *op, const char *key, int64_t otherwise);

/*
 * reader_word - what a word, or number, of a table stands for
 */
uint64_t reader_word(struct reader *reader, const struct word *table, const char *text, size_t length);

/*
 * reader_expr - "3p+1", "brk+2p": counted from @base where it begins with a number
 */
struct expr reader_expr(struct reader *reader, const char *text, uint64_t base);
struct expr reader_address(struct reader *reader, json_t *op, const char *key);

/*
 * reader_step - one more step of the scene, as an operation tells it
 */
void reader_step(struct reader *reader, json_t *op);

static inline struct expr expr_number(uint64_t value)
{
	return (struct expr){.number = value};
}

#endif
