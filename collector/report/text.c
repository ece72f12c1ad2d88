#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

void text_clear(struct text *text)
{
	text->length = 0;
	if (text->at)
		text->at[0] = '\0';
}

void text_free(struct text *text)
{
	free(text->at);
	*text = (struct text){ 0 };
}

const char *text_read(const struct text *text)
{
	return text->at ? text->at : "";
}

static void text_reserve(struct text *text, size_t more)
{
	size_t need = text->length + more + 1;

	if (need <= text->room)
		return;
	text->room = need < 128 ? 128 : need + need / 2;
	text->at = alloc_resize(text->at, text->room, 1);
}

static void text_add(struct text *text, const char *bytes, size_t length)
{
	text_reserve(text, length);
	memcpy(text->at + text->length, bytes, length);
	text->length += length;
	text->at[text->length] = '\0';
}

void text_put(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list ap;
	int length;

	va_start(ap, format);
	length = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (length < 0)
		return;
	text_reserve(text, (size_t)length);
	va_start(ap, format);
	vsnprintf(text->at + text->length, (size_t)length + 1, format, ap);
	va_end(ap);
	text->length += (size_t)length;
}

void text_pad(struct text *text, size_t from, size_t columns)
{
	size_t width = from < text->length ? text_width(text->at + from) : 0;
	size_t blanks = width < columns ? columns - width : 0;

	text_reserve(text, blanks);
	memset(text->at + text->length, ' ', blanks);
	text->length += blanks;
	text->at[text->length] = '\0';
}

size_t text_utf8(const char *at)
{
	const unsigned char *u = (const unsigned char *)at;
	size_t length = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
	uint32_t code = length == 1 ? u[0] : u[0] & (0x7fu >> length);
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (!u[0] || (u[0] >= 0x80 && u[0] < 0xc2) || u[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (u[i] & 0x3fu);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return length;
}

/* C1 control characters (U+0080..U+009F) move a terminal's cursor as well as C0 ones do. */
static size_t harmless(const char *at)
{
	const unsigned char *u = (const unsigned char *)at;
	size_t length = text_utf8(at);

	if (length == 1 && (u[0] < 0x20 || u[0] == 0x7f || u[0] == '\\'))
		return 0;
	if (length == 2 && u[0] == 0xc2 && u[1] < 0xa0)
		return 0;
	return length;
}

static void add_escaped(struct text *text, const char *string, char quote)
{
	while (*string) {
		size_t length = *string == quote ? 0 : harmless(string);

		if (length)
			text_add(text, string, length);
		else
			text_printf(text, *string == '\\' || *string == quote ? "\\%c" : "\\%03o",
				    (unsigned char)*string);
		string += length ? length : 1;
	}
}

void text_safe(struct text *text, const char *string)
{
	add_escaped(text, string, '\0');
}

void text_quoted(struct text *text, const char *string)
{
	text_put(text, "\"");
	add_escaped(text, string, '"');
	text_put(text, "\"");
}

/* A size as a number and a unit.  @tenth is -1 where the number is exact. */
static const char *scale(uint64_t bytes, unsigned long long *whole, int *tenth)
{
	static const char *const units[] = { "", "K", "M", "G", "T", "P" };
	unsigned shift = 0;

	/* An exact number of a smaller unit is kept up to four digits: "1028K" can be compared, "1.0M" cannot. */
	while (shift < 50 && (bytes >> shift) >= 1024 &&
	       (!(bytes & ((1024ull << shift) - 1)) || (bytes >> shift) >= 10000))
		shift += 10;
	*whole = bytes >> shift;
	*tenth = bytes & ((1ull << shift) - 1) ? (int)(((bytes >> (shift - 10)) & 1023) * 10 / 1024) : -1;
	return units[shift / 10];
}

void text_bytes(struct text *text, uint64_t bytes)
{
	unsigned long long whole;
	int tenth;
	const char *unit = scale(bytes, &whole, &tenth);

	if (bytes == UINT64_MAX)
		text_put(text, "unlimited");
	else if (tenth >= 0)
		text_printf(text, "%llu.%d %siB", whole, tenth, unit);
	else
		text_printf(text, bytes ? "%llu %s%sB" : "%llu", whole, unit, *unit ? "i" : "");
}

void text_size(struct text *text, uint64_t bytes)
{
	unsigned long long whole;
	int tenth;
	const char *unit = scale(bytes, &whole, &tenth);

	if (tenth >= 0)
		text_printf(text, "%llu.%d%s", whole, tenth, unit);
	else
		text_printf(text, "%llu%s", whole, unit);
}

void text_seconds(struct text *text, uint64_t ns)
{
	text_printf(text, "%llu.%06llu", (unsigned long long)(ns / 1000000000),
		    (unsigned long long)(ns / 1000 % 1000000));
}

void text_duration(struct text *text, uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *unit;
	} steps[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" } };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (ns < steps[i].ns)
			continue;
		text_printf(text, "%llu", (unsigned long long)(ns / steps[i].ns));
		if (ns < 10 * steps[i].ns)
			text_printf(text, ".%llu", (unsigned long long)(ns % steps[i].ns * 10 / steps[i].ns));
		text_put(text, steps[i].unit);
		return;
	}
	text_printf(text, "%lluns", (unsigned long long)ns);
}

void text_count(struct text *text, uint64_t number)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text_put(text, ",");
		text_add(text, &digits[i], 1);
	}
}

size_t text_width(const char *string)
{
	size_t width = 0;

	while (*string) {
		if (*string == '\033') {
			while (*string && *string != 'm')
				string++;
			string += *string == 'm';
			continue;
		}
		width++;
		string += text_utf8(string) ? text_utf8(string) : 1;
	}
	return width;
}
