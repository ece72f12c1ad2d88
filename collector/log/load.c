#include "load.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

/* The line rewritten: large integers quoted and marked.  Each costs eight bytes more and is at least 19 long. */
struct rewrite {
	const char *p, *end;
	char *out;
};

#define MARK "\"\\u0000"

static void copy(struct rewrite *rw, const char *upto)
{
	size_t n = (size_t)(upto - rw->p);

	memcpy(rw->out, rw->p, n);
	rw->out += n;
	rw->p = upto;
}

/* A string up to its closing quote.  One with a NUL is refused, so that the mark cannot be forged. */
static bool copy_string(struct rewrite *rw)
{
	const char *p = rw->p + 1;

	for (; p < rw->end && *p != '"'; p++) {
		if (*p != '\\')
			continue;
		if (rw->end - p >= 6 && !memcmp(p, "\\u0000", 6))
			return false;
		p++;
	}
	copy(rw, p < rw->end ? p + 1 : rw->end);
	return true;
}

static bool is_wide(const char *digits, size_t length)
{
	char text[21];

	if (length < 19 || length > 20 || digits[0] == '0' || strspn(digits, "0123456789") < length)
		return false;
	memcpy(text, digits, length);
	text[length] = '\0';
	errno = 0;
	return strtoull(text, NULL, 10) > INT64_MAX && !errno;
}

static void copy_number(struct rewrite *rw)
{
	const char *p = rw->p;
	bool wide;

	while (p < rw->end && *p && strchr("0123456789+-.eE", *p))
		p++;
	wide = is_wide(rw->p, (size_t)(p - rw->p));
	if (wide) {
		memcpy(rw->out, MARK, strlen(MARK));
		rw->out += strlen(MARK);
	}
	copy(rw, p);
	if (wide)
		*rw->out++ = '"';
}

static bool rewrite_line(struct rewrite *rw)
{
	while (rw->p < rw->end) {
		if (*rw->p == '"') {
			if (!copy_string(rw))
				return false;
		} else if (*rw->p == '-' || (*rw->p >= '0' && *rw->p <= '9')) {
			copy_number(rw);
		} else {
			copy(rw, rw->p + 1);
		}
	}
	return true;
}

/* @length + 1 bytes are readable: strspn() above must meet an end. */
static json_t *load_wide(const char *line, size_t length, json_error_t *error)
{
	char *source = alloc_copy(line, length), *text = alloc_zero(length + length / 2 + 16, 1);
	struct rewrite rw = { source, source + length, text };
	json_t *json = NULL;

	if (rewrite_line(&rw))
		json = json_loadb(text, (size_t)(rw.out - text), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, error);
	free(text);
	free(source);
	return json;
}

/* The text quotes the line, and the line is untrusted: keep it off terminals' control sequences. */
static int refuse(struct err *err, const json_error_t *error)
{
	char text[JSON_ERROR_TEXT_LENGTH];
	size_t i;

	for (i = 0; i + 1 < sizeof(text) && error->text[i]; i++)
		text[i] = error->text[i] >= ' ' && error->text[i] <= '~' ? error->text[i] : '.';
	text[i] = '\0';
	return err_set(err, -EINVAL, "not JSON at byte %d: %s", error->position, text);
}

/*
 * jansson takes some hundred bytes for an object that is three of the line.  A listing has one for each of its ranges,
 * which is longer than 64: so many have room in the longest line.
 */
#define CONTAINERS_MAX (1 << 18)

/* Lists and objects, those inside of others included. */
static size_t containers(const char *line, size_t length)
{
	bool quoted = false;
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		if (quoted && line[i] == '\\')
			i++;
		else if (line[i] == '"')
			quoted = !quoted;
		else
			count += !quoted && (line[i] == '{' || line[i] == '[');
	}
	return count;
}

int load_object(const char *line, size_t length, json_t **object, struct err *err)
{
	json_error_t error;
	json_t *json;

	if (containers(line, length) > CONTAINERS_MAX)
		return err_set(err, -EINVAL, "more than %d lists and objects in a line", CONTAINERS_MAX);
	json = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
	if (!json && json_error_code(&error) == json_error_numeric_overflow)
		json = load_wide(line, length, &error);
	if (!json)
		return refuse(err, &error);
	if (!json_is_object(json)) {
		json_decref(json);
		return err_set(err, -EINVAL, "an array, expected an object");
	}
	*object = json;
	return 0;
}
