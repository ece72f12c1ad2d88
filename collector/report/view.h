/*
 * view.h - where a report goes: colours or none, and how wide a line may be.
 *
 * Lines are whole when the output is a file or a pipe, so that grep and awk see one fact per line.  On a terminal a
 * line that does not fit is broken between words and continued further in.  Prose is no fact for grep: sentences are
 * broken everywhere, so that a report in a file reads as on the terminal.
 */
#ifndef PAGETRAIL_VIEW_H
#define PAGETRAIL_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "../util/err.h"
#include "text.h"

enum tone { TONE_PLAIN, TONE_DIM, TONE_STRONG, TONE_GOOD, TONE_BAD, TONE_WARN };

struct view {
	FILE *out;
	bool colour;
	int width;	/* columns of the terminal; 0: not a terminal, lines are never cut or broken */
};

/*
 * view_init - find out about an output
 * @when: "auto", "always" or "never"; NULL is "auto": colour on terminals, unless NO_COLOR is set or TERM is dumb
 *
 * The width is COLUMNS if that is a number, otherwise what the terminal says.
 * Return: 0, or -EINVAL with a message.
 */
int view_init(struct view *view, FILE *out, const char *when, struct err *err);

/*
 * view_tone - add a string in a tone; plain where there is no colour
 */
void view_tone(const struct view *view, struct text *text, enum tone tone, const char *string);

/*
 * view_begin, view_end - the same around text that is put together piece by piece
 */
void view_begin(const struct view *view, struct text *text, enum tone tone);
void view_end(const struct view *view, struct text *text, enum tone tone);

/*
 * view_line - print a line and clear it
 * @indent: column in which its continuation begins on a terminal
 */
void view_line(const struct view *view, struct text *line, size_t indent);

/*
 * view_prose - the same for sentences: broken at PROSE_COLUMNS, on a narrower terminal at its width
 */
#define PROSE_COLUMNS 100
void view_prose(const struct view *view, struct text *line, size_t indent);

/*
 * view_path - add the name of a file; on a terminal directories are left out as far as it takes to fit @columns
 */
void view_path(const struct view *view, struct text *text, const char *path, size_t columns);

#endif
