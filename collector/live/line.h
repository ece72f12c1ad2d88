/*
 * line.h - a line of text that grows, for lines of the log that the collector writes itself.
 */
#ifndef PAGETRAIL_LIVE_LINE_H
#define PAGETRAIL_LIVE_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct line {
	char *at;	/* not NUL-terminated */
	size_t length, room;
};

/*
 * line_clear - empty it, keep the memory
 */
void line_clear(struct line *line);
void line_free(struct line *line);

/*
 * line_room - there is to be memory for so many bytes more
 */
void line_room(struct line *line, size_t bytes);

static inline void line_bytes(struct line *line, const char *bytes, size_t count)
{
	if (line->room - line->length < count)
		line_room(line, count);
	/* an empty line has no memory */
	if (count)
		memcpy(line->at + line->length, bytes, count);
	line->length += count;
}

static inline void line_text(struct line *line, const char *text)
{
	line_bytes(line, text, strlen(text));
}

void line_number(struct line *line, uint64_t number);
void line_add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * line_quoted - a JSON string with its quotes; bytes that are no UTF-8 become \u00XX, as the shim writes them
 */
void line_quoted(struct line *line, const char *string);

#endif
