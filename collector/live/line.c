#include "line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

void line_clear(struct line *line)
{
	line->length = 0;
}

void line_free(struct line *line)
{
	free(line->at);
	memset(line, 0, sizeof(*line));
}

void line_room(struct line *line, size_t bytes)
{
	if (line->room - line->length >= bytes)
		return;
	line->room = line->room * 2 + bytes + 256;
	line->at = alloc_resize(line->at, line->room, 1);
}

void line_number(struct line *line, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	line_bytes(line, digits + at, sizeof(digits) - at);
}

void line_add(struct line *line, const char *format, ...)
{
	va_list ap;
	int need;

	line_room(line, 64);
	va_start(ap, format);
	need = vsnprintf(line->at + line->length, line->room - line->length, format, ap);
	va_end(ap);
	if (need < 0)
		return;
	if ((size_t)need >= line->room - line->length) {
		line_room(line, (size_t)need + 1);
		va_start(ap, format);
		vsnprintf(line->at + line->length, line->room - line->length, format, ap);
		va_end(ap);
	}
	line->length += (size_t)need;
}

/* Length of the well-formed UTF-8 sequence at @s, 0 if there is none: Unicode 15, table 3-7.  @s ends with a NUL. */
static int utf8_length(const unsigned char *s)
{
	int want = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	for (int i = 1; i < want; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return want;
}

void line_quoted(struct line *line, const char *string)
{
	const unsigned char *s = (const unsigned char *)string;

	line_bytes(line, "\"", 1);
	while (*s) {
		int sequence = *s >= 0x20 && *s < 0x7f ? 1 : utf8_length(s);

		if (*s == '"' || *s == '\\')
			line_add(line, "\\%c", *s);
		else if (sequence)
			line_bytes(line, (const char *)s, (size_t)sequence);
		else
			line_add(line, "\\u%04x", *s);
		s += sequence ? sequence : 1;
	}
	line_bytes(line, "\"", 1);
}
