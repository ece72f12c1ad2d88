#include "chars.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* U+FFFE and U+FFFF, the only characters from U+0020 on in UTF-8 that XML has not. */
static bool is_none(const char *at)
{
	return !strncmp(at, "\xef\xbf\xbe", 3) || !strncmp(at, "\xef\xbf\xbf", 3);
}

static size_t fit(const char *at)
{
	unsigned char byte = (unsigned char)*at;

	if (byte < 0x20)
		return byte == '\t' || byte == '\n' || byte == '\r';
	return is_none(at) ? 0 : text_utf8(at);
}

void chars_clean(struct text *text, const char *string)
{
	while (*string) {
		size_t length = fit(string);

		if (length)
			text_printf(text, "%.*s", (int)length, string);
		else
			text_put(text, REPLACEMENT);
		string += length ? length : 1;
	}
}

/* Cleaned, and the characters of @escaped replaced by what @escape says. */
static void add_escaped(struct text *text, const char *string, const char *escaped, const char *escape(char))
{
	struct text clean = { 0 };
	const char *at;

	chars_clean(&clean, string);
	for (at = text_read(&clean); *at;) {
		size_t plain = strcspn(at, escaped);

		text_printf(text, "%.*s", (int)plain, at);
		at += plain;
		if (*at)
			text_put(text, escape(*at++));
	}
	text_free(&clean);
}

static const char *xml(char byte)
{
	switch (byte) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\n': return "&#10;";
	case '\t': return "&#9;";
	default: return "&#13;";
	}
}

void chars_xml(struct text *text, const char *string, bool attribute)
{
	add_escaped(text, string, attribute ? "&<>\"\n\t\r" : "&<>\r", xml);
}

static const char *command(char byte)
{
	switch (byte) {
	case '%': return "%25";
	case '\r': return "%0D";
	case '\n': return "%0A";
	case ':': return "%3A";
	default: return "%2C";
	}
}

void chars_command(struct text *text, const char *string, bool property)
{
	add_escaped(text, string, property ? "%\r\n:," : "%\r\n", command);
}
