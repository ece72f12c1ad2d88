#include "view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int terminal_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (!isatty(fileno(out)))
		return 0;
	if (columns && atoi(columns) > 0)
		return atoi(columns);
	if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return 80;
}

/* https://no-color.org: set and not empty means none; an explicit choice on the command line wins. */
static bool colour_wanted(const char *when, bool terminal)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (strcmp(when, "auto"))
		return !strcmp(when, "always");
	return terminal && !(none && *none) && !(term && !strcmp(term, "dumb"));
}

int view_init(struct view *view, FILE *out, const char *when, struct err *err)
{
	if (!when)
		when = "auto";
	if (strcmp(when, "auto") && strcmp(when, "always") && strcmp(when, "never"))
		return err_set(err, -EINVAL, "--color is auto, always or never, not '%s'", when);
	view->out = out;
	view->width = terminal_width(out);
	view->colour = colour_wanted(when, view->width > 0);
	return 0;
}

static const char *const tones[] = {
	[TONE_PLAIN] = "", [TONE_DIM] = "\033[2m", [TONE_STRONG] = "\033[1m", [TONE_GOOD] = "\033[32m",
	[TONE_BAD] = "\033[31m", [TONE_WARN] = "\033[33m",
};

void view_begin(const struct view *view, struct text *text, enum tone tone)
{
	if (view->colour)
		text_put(text, tones[tone]);
}

void view_end(const struct view *view, struct text *text, enum tone tone)
{
	if (view->colour && tone != TONE_PLAIN)
		text_put(text, "\033[0m");
}

void view_tone(const struct view *view, struct text *text, enum tone tone, const char *string)
{
	view_begin(view, text, tone);
	text_put(text, string);
	view_end(view, text, tone);
}

/*
 * Bytes of @line that fit @room columns.  Two blanks part what a report puts side by side: the last of these if it
 * leaves the line at least half full; else the last blank, or the last '|' of a set of flags, which in @prose stays
 * whole; else as many as fit.
 */
static size_t fold_at(const char *line, size_t room, bool prose)
{
	size_t columns = strspn(line, " "), at = columns, best = 0, good = 0;

	while (line[at]) {
		size_t step = 1;

		if (line[at] == '\033') {
			while (line[at + step - 1] && line[at + step - 1] != 'm')
				step++;
		} else {
			if (columns == room)
				return good ? good : best ? best : at;
			columns++;
			step = text_utf8(line + at) ? text_utf8(line + at) : 1;
		}
		if (line[at] == ' ' && line[at + 1] == ' ' && columns > room / 2)
			good = at;
		if (line[at] == ' ')
			best = at;
		else if (line[at] == '|' && !prose)
			best = at + 1;
		at += step;
	}
	return at;
}

static size_t without_blanks(const char *line, size_t length)
{
	while (length && line[length - 1] == ' ')
		length--;
	return length;
}

/* @room: columns, 0: no end of them */
static void put_folded(const struct view *view, struct text *line, size_t room, size_t indent, bool prose)
{
	const char *rest = text_read(line);
	size_t hang = 0;

	while (room > indent + 16 && text_width(rest) > room - hang) {
		size_t length = fold_at(rest, room - hang, prose);

		fprintf(view->out, "%*s%.*s\n", (int)hang, "", (int)without_blanks(rest, length), rest);
		rest += length;
		rest += strspn(rest, " ");
		hang = indent;
	}
	fprintf(view->out, "%*s%s\n", (int)hang, "", rest);
	text_clear(line);
}

void view_line(const struct view *view, struct text *line, size_t indent)
{
	put_folded(view, line, (size_t)view->width, indent, false);
}

void view_prose(const struct view *view, struct text *line, size_t indent)
{
	const size_t width = (size_t)view->width;

	put_folded(view, line, width && width < PROSE_COLUMNS ? width : PROSE_COLUMNS, indent, true);
}

void view_path(const struct view *view, struct text *text, const char *path, size_t columns)
{
	const char *rest = path, *slash;

	if (view->width > 0)
		while (text_width(rest) + (rest > path ? 2 : 0) > columns && (slash = strchr(rest + 1, '/')))
			rest = slash;
	if (rest > path)
		text_put(text, "\xe2\x80\xa6");
	text_safe(text, rest);
}
