#include "jout.h"

#include <inttypes.h>

#include "text.h"

static void put_string(FILE *out, const char *string)
{
	putc('"', out);
	while (*string) {
		size_t length = text_utf8(string);
		unsigned char byte = (unsigned char)*string;

		if (!length)
			fputs("\\ufffd", out);
		else if (byte == '"' || byte == '\\')
			fprintf(out, "\\%c", byte);
		else if (byte < 0x20 || byte == 0x7f)
			fprintf(out, "\\u%04x", byte);
		else
			fwrite(string, 1, length, out);
		string += length ? length : 1;
	}
	putc('"', out);
}

static void break_line(struct jout *json)
{
	if (json->line)
		putc('\n', json->out);
	json->line = false;
}

static void begin_value(struct jout *json, const char *key)
{
	if (json->comma)
		putc(',', json->out);
	break_line(json);
	json->comma = true;
	if (key) {
		put_string(json->out, key);
		putc(':', json->out);
	}
}

static void open_value(struct jout *json, const char *key, bool array)
{
	begin_value(json, key);
	putc(array ? '[' : '{', json->out);
	json->depth++;
	json->arrays = json->arrays << 1 | array;
	json->comma = false;
}

void jout_object(struct jout *json, const char *key)
{
	open_value(json, key, false);
}

void jout_array(struct jout *json, const char *key)
{
	open_value(json, key, true);
}

void jout_end(struct jout *json)
{
	break_line(json);
	putc(json->arrays & 1 ? ']' : '}', json->out);
	json->arrays >>= 1;
	json->depth--;
	json->comma = json->depth > 0;
}

void jout_line(struct jout *json)
{
	json->line = true;
	if (!json->depth)
		break_line(json);
}

void jout_string(struct jout *json, const char *key, const char *string)
{
	begin_value(json, key);
	if (string)
		put_string(json->out, string);
	else
		fputs("null", json->out);
}

void jout_number(struct jout *json, const char *key, uint64_t number)
{
	begin_value(json, key);
	fprintf(json->out, "%" PRIu64, number);
}

void jout_signed(struct jout *json, const char *key, int64_t number)
{
	begin_value(json, key);
	fprintf(json->out, "%" PRId64, number);
}

void jout_bool(struct jout *json, const char *key, bool value)
{
	begin_value(json, key);
	fputs(value ? "true" : "false", json->out);
}

void jout_null(struct jout *json, const char *key)
{
	begin_value(json, key);
	fputs("null", json->out);
}

void jout_hex(struct jout *json, const char *key, uint64_t address)
{
	begin_value(json, key);
	fprintf(json->out, "\"0x%" PRIx64 "\"", address);
}

void jout_seq(struct jout *json, const char *key, uint64_t seq)
{
	if (seq)
		jout_number(json, key, seq);
	else
		jout_null(json, key);
}

void jout_limit(struct jout *json, const char *key, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		jout_signed(json, key, -1);
	else
		jout_number(json, key, bytes);
}
