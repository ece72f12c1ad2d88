#include "json.h"

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

static void break_line(struct json *json)
{
	if (json->line)
		putc('\n', json->out);
	json->line = false;
}

static void begin_value(struct json *json, const char *key)
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

static void open_value(struct json *json, const char *key, bool array)
{
	begin_value(json, key);
	putc(array ? '[' : '{', json->out);
	json->depth++;
	json->arrays = json->arrays << 1 | array;
	json->comma = false;
}

void json_object(struct json *json, const char *key)
{
	open_value(json, key, false);
}

void json_array(struct json *json, const char *key)
{
	open_value(json, key, true);
}

void json_end(struct json *json)
{
	break_line(json);
	putc(json->arrays & 1 ? ']' : '}', json->out);
	json->arrays >>= 1;
	json->depth--;
	json->comma = json->depth > 0;
}

void json_line(struct json *json)
{
	json->line = true;
	if (!json->depth)
		break_line(json);
}

void json_string(struct json *json, const char *key, const char *string)
{
	begin_value(json, key);
	if (string)
		put_string(json->out, string);
	else
		fputs("null", json->out);
}

void json_number(struct json *json, const char *key, uint64_t number)
{
	begin_value(json, key);
	fprintf(json->out, "%" PRIu64, number);
}

void json_signed(struct json *json, const char *key, int64_t number)
{
	begin_value(json, key);
	fprintf(json->out, "%" PRId64, number);
}

void json_bool(struct json *json, const char *key, bool value)
{
	begin_value(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key)
{
	begin_value(json, key);
	fputs("null", json->out);
}

void json_hex(struct json *json, const char *key, uint64_t address)
{
	begin_value(json, key);
	fprintf(json->out, "\"0x%" PRIx64 "\"", address);
}

void json_seq(struct json *json, const char *key, uint64_t seq)
{
	if (seq)
		json_number(json, key, seq);
	else
		json_null(json, key);
}

void json_limit(struct json *json, const char *key, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		json_signed(json, key, -1);
	else
		json_number(json, key, bytes);
}
