#include "place.h"

#include <string.h>

/* A text being walked through; at the end *at is @end. */
struct walk {
	const char *bytes, *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':';
}

/* What stands between values tells nothing in a text that is JSON. */
static void skip_blank(struct walk *walk)
{
	while (walk->at < walk->end && is_blank(*walk->at))
		walk->at++;
}

static void skip_string(struct walk *walk)
{
	for (walk->at++; walk->at < walk->end && *walk->at != '"'; walk->at++)
		if (*walk->at == '\\' && walk->at + 1 < walk->end)
			walk->at++;
	if (walk->at < walk->end)
		walk->at++;
}

static void skip_word(struct walk *walk)
{
	while (walk->at < walk->end && !is_blank(*walk->at) && !strchr("{}[]\"", *walk->at))
		walk->at++;
}

static bool closes(const struct walk *walk)
{
	return walk->at == walk->end || *walk->at == '}' || *walk->at == ']';
}

/* Without recursion: how deep a text nests is its writer's choice. */
static void skip_value(struct walk *walk)
{
	size_t depth = 0;

	do {
		skip_blank(walk);
		if (walk->at == walk->end)
			return;
		if (*walk->at == '{' || *walk->at == '[') {
			depth++;
			walk->at++;
		} else if (closes(walk)) {
			depth -= depth > 0;
			walk->at++;
		} else if (*walk->at == '"') {
			skip_string(walk);
		} else {
			skip_word(walk);
		}
	} while (depth);
}

/* From an opening bracket to the member asked for. Return: false if it is not there. */
static bool go_down(struct walk *walk, const struct place_step *step)
{
	if (walk->at == walk->end || (*walk->at != '{' && *walk->at != '['))
		return false;
	walk->at++;
	for (size_t i = 0;; i++) {
		skip_blank(walk);
		if (closes(walk))
			return false;
		if (i == step->index && step->at_key)
			return true;
		if (step->key)
			skip_string(walk);
		skip_blank(walk);
		if (i == step->index)
			return true;
		skip_value(walk);
	}
}

static struct place count(const struct walk *walk)
{
	struct place place = { 1, 1 };

	for (const char *c = walk->bytes; c < walk->at; c++) {
		if (*c == '\n') {
			place.line++;
			place.column = 1;
		} else {
			place.column += (*c & 0xc0) != 0x80;	/* not in the middle of a UTF-8 sequence */
		}
	}
	return place;
}

struct place place_find(const char *bytes, size_t length, const struct place_step *step, unsigned depth)
{
	struct walk walk = { bytes, bytes, bytes + length }, before;

	skip_blank(&walk);
	for (unsigned i = 0; i < depth; i++) {
		before = walk;
		if (!go_down(&walk, &step[i]))
			return count(&before);
	}
	return count(&walk);
}
