/*
 * lines.h - for the tests of parsing: one line in, one record or one message out.
 */
#ifndef LINES_H
#define LINES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../../collector/log/parse.h"

static struct parser *parser;
static struct record rec;
static struct err err;

static int lines_setup(void **state)
{
	(void)state;
	parser = parser_new();
	return 0;
}

static int lines_teardown(void **state)
{
	(void)state;
	parser_free(parser);
	return 0;
}

/* The line ends where its memory ends, so that a sanitizer sees any byte read behind it. */
static int parse_exact(const char *line, size_t length)
{
	char *copy = malloc(length ? length : 1);
	int rc;

	memcpy(copy, line, length);
	err.text[0] = '\0';
	rc = parse_line(parser, copy, length, &rec, &err);
	free(copy);
	return rc;
}

static inline void good(const char *line)
{
	if (parse_exact(line, strlen(line)))
		fail_msg("%s: %s", line, err.text);
}

static inline void bad(const char *line, const char *message)
{
	assert_int_equal(parse_exact(line, strlen(line)), -EINVAL);
	assert_string_equal(err.text, message);
}

#define lines_run(tests) cmocka_run_group_tests(tests, lines_setup, lines_teardown)

#endif
