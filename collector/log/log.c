/*
 * log.c - reading a log: lines out of a source, records out of lines, and where it ended.
 */
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "parse.h"
#include "source.h"

#define BUFFER_BYTES 262144
#define LINE_BYTES_MAX (16u << 20)	/* log.h states it */

struct log_reader {
	struct source *source;
	struct parser *parser;

	char *buffer;			/* [start, end) is read and not yet delivered; [start, seen) has no newline */
	size_t size, start, seen, end;
	bool ended;

	const char *line;		/* the line of the record given last */
	size_t length;
	uint64_t number;
	uint64_t dropped;		/* bytes of the line that were passed over, because it is too long */
	bool whole;			/* it ended with a newline */

	struct record header;		/* log_open() has read it, log_next() will give it */
	bool pending;
	enum record_type last;		/* type of the last record */
	int fatal;			/* an error after which there is nothing to go on with */
	char tear[96];
};

/* Moves what is left to the front; doubles the buffer when that is all of it. */
static void make_room(struct log_reader *reader)
{
	size_t left = reader->end - reader->start;

	if (reader->start) {
		memmove(reader->buffer, reader->buffer + reader->start, left);
		reader->seen -= reader->start;
		reader->start = 0;
		reader->end = left;
	}
	if (left == reader->size) {
		reader->size *= 2;
		reader->buffer = alloc_resize(reader->buffer, reader->size, 1);
	}
}

static int read_more(struct log_reader *reader, struct err *err)
{
	struct err why;
	size_t got = 0;
	int rc;

	if (reader->end == reader->size)
		make_room(reader);
	rc = source_read(reader->source, reader->buffer + reader->end, reader->size - reader->end, &got, &why);
	if (rc) {
		err_set(err, rc, "%s (after line %" PRIu64 ")", why.text, reader->number);
		return reader->fatal = rc;
	}
	reader->end += got;
	reader->ended = got == 0;
	return 0;
}

static bool is_too_long(const struct log_reader *reader)
{
	return reader->dropped + reader->length > LINE_BYTES_MAX;
}

/* Of a line that is too long nothing is kept but its length. */
static void drop_long(struct log_reader *reader)
{
	size_t length = reader->end - reader->start;

	if (reader->dropped + length <= LINE_BYTES_MAX)
		return;
	reader->dropped += length;
	reader->start = reader->seen = reader->end = 0;
}

/* Return: 1 and the line in reader->line, 0 at the end, -errno. */
static int next_line(struct log_reader *reader, struct err *err)
{
	char *newline;

	reader->dropped = 0;
	while (!(newline = memchr(reader->buffer + reader->seen, '\n', reader->end - reader->seen))) {
		reader->seen = reader->end;
		if (reader->ended)
			break;
		drop_long(reader);
		if (read_more(reader, err))
			return reader->fatal;
	}
	if (reader->start == reader->end && !reader->dropped)
		return 0;
	reader->whole = newline != NULL;
	reader->line = reader->buffer + reader->start;
	reader->length = newline ? (size_t)(newline - reader->line) : reader->end - reader->start;
	reader->start += reader->length + reader->whole;
	reader->seen = reader->start;
	reader->number++;
	return 1;
}

static bool is_blank(const struct log_reader *reader)
{
	if (reader->dropped || (reader->length && reader->line[0] == '{'))
		return false;
	for (size_t i = 0; i < reader->length; i++)
		if (!strchr(" \t\r", reader->line[i]) || !reader->line[i])
			return false;
	return true;
}

static int next_full_line(struct log_reader *reader, struct err *err)
{
	int rc;

	do
		rc = next_line(reader, err);
	while (rc > 0 && is_blank(reader));
	return rc;
}

/* Reads on behind the last record: why is there no more? */
static void note_end(struct log_reader *reader, bool cut)
{
	char *out = reader->tear;

	if (source_torn(reader->source))
		snprintf(out, sizeof(reader->tear), "the file ends within a zstd frame, after line %" PRIu64,
			 reader->number);
	else if (cut)
		snprintf(out, sizeof(reader->tear), "line %" PRIu64 ", the last, is cut short", reader->number);
	else if (reader->last != RECORD_TRAILER)
		snprintf(out, sizeof(reader->tear), "there is no trailer after line %" PRIu64, reader->number);
}

static int parse(struct log_reader *reader, struct record *record, struct err *err)
{
	if (is_too_long(reader))
		return err_set(err, -EINVAL, "a line of %" PRIu64 " bytes, expected at most %u MiB",
			       reader->dropped + reader->length, LINE_BYTES_MAX >> 20);
	return parse_line(reader->parser, reader->line, reader->length, record, err);
}

/* One line, one record.  A line that ends with the file and cannot be read is the tear, not an error. */
static int parse_this(struct log_reader *reader, struct record *record, struct err *err)
{
	struct err why;

	if (!parse(reader, record, &why)) {
		reader->last = record->type;
		return 1;
	}
	if (!reader->whole) {
		note_end(reader, true);
		return 0;
	}
	reader->last = RECORD_OTHER;
	return err_set(err, -EINVAL, "%s:%" PRIu64 ": %s", source_name(reader->source), reader->number, why.text);
}

static int next_record(struct log_reader *reader, struct record *record, struct err *err)
{
	int rc = next_full_line(reader, err);

	if (rc > 0)
		return parse_this(reader, record, err);
	if (!rc && !reader->tear[0])
		note_end(reader, false);
	return rc;
}

int log_next(struct log_reader *reader, struct record *record, struct err *err)
{
	if (reader->fatal)
		return err_set(err, reader->fatal, "%s: cannot be read on", source_name(reader->source));
	if (reader->pending) {
		reader->pending = false;
		*record = reader->header;
		return 1;
	}
	return next_record(reader, record, err);
}

static const char *type_name(enum record_type type)
{
	static const char *const names[] = {
		"record of an unknown type", "header", "process record", "module record", "snapshot", "stack", "call",
		"mark", "loss record", "note", "trailer",
	};

	return names[type];
}

static int refuse(const struct log_reader *reader, struct err *err, const char *what)
{
	return err_set(err, -EINVAL, "%s: not a pagetrail log: %s", source_name(reader->source), what);
}

/* The first line of something that is no log may be long and binary: one look at its first byte saves reading it. */
static int check_first_byte(struct log_reader *reader, struct err *err)
{
	int rc = read_more(reader, err);

	if (rc)
		return rc;
	if (!reader->end)
		return refuse(reader, err, source_torn(reader->source) ? "it ends before the first line is complete" :
									 "it is empty");
	if (reader->end >= 2 && !memcmp(reader->buffer, "\x1f\x8b", 2))
		return refuse(reader, err, "it is compressed with gzip; only zstd is read");
	if (!strchr("{ \t\r\n", reader->buffer[0]) || !reader->buffer[0])
		return refuse(reader, err, "its first line is not a JSON object");
	return 0;
}

static int read_first(struct log_reader *reader, struct err *err)
{
	int rc = next_full_line(reader, err);
	struct err why;

	if (rc < 0)
		return rc;
	if (!rc)
		return refuse(reader, err, "it has no line");
	if (!parse(reader, &reader->header, &why))
		return 0;
	if (!reader->whole)
		return refuse(reader, err, "it ends before the first line is complete");
	return err_set(err, -EINVAL, "%s:%" PRIu64 ": not a pagetrail log: %s", source_name(reader->source),
		       reader->number, why.text);
}

static int check_header(struct log_reader *reader, struct err *err)
{
	const struct record *record = &reader->header;

	if (record->type != RECORD_HEADER)
		return err_set(err, -EINVAL,
			       "%s:%" PRIu64 ": not a pagetrail log: its first line is a %s, expected a header",
			       source_name(reader->source), reader->number, type_name(record->type));
	if (record->header.version != 1)
		return err_set(err, -EINVAL, "%s: a log of version %d, this program reads version 1",
			       source_name(reader->source), record->header.version);
	reader->last = RECORD_HEADER;
	reader->pending = true;
	return 0;
}

int log_open(const char *path, struct log_reader **reader, struct err *err)
{
	struct source *source;
	struct log_reader *r;
	int rc = source_open(path, &source, err);

	if (rc)
		return rc;
	r = alloc_zero(1, sizeof(*r));
	r->source = source;
	r->parser = parser_new();
	r->size = BUFFER_BYTES;
	r->buffer = alloc_zero(r->size, 1);
	rc = check_first_byte(r, err);
	rc = rc ? rc : read_first(r, err);
	rc = rc ? rc : check_header(r, err);
	if (rc) {
		log_close(r);
		return rc;
	}
	*reader = r;
	return 0;
}

const char *log_line(const struct log_reader *reader, size_t *length, uint64_t *number)
{
	*length = reader->length;
	*number = reader->number;
	return reader->line;
}

const char *log_tear(const struct log_reader *reader)
{
	return reader->tear[0] ? reader->tear : NULL;
}

int log_rewind(struct log_reader *reader, struct err *err)
{
	int rc = source_rewind(reader->source, err);

	if (rc)
		return rc;
	reader->start = reader->seen = reader->end = 0;
	reader->ended = reader->pending = false;
	reader->number = 0;
	reader->fatal = 0;
	reader->last = RECORD_OTHER;
	reader->tear[0] = '\0';
	return 0;
}

void log_close(struct log_reader *reader)
{
	if (!reader)
		return;
	source_close(reader->source);
	parser_free(reader->parser);
	free(reader->buffer);
	free(reader);
}
