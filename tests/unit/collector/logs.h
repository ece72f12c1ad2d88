/*
 * logs.h - for the tests of log files: a log of four lines in a directory of its own, plain and packed.
 */
#ifndef LOGS_H
#define LOGS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../collector/log/log.h"

#define HEADER "{\"type\":\"header\",\"version\":1,\"page_size\":4096,\"start_ns\":1}"
#define MARK "{\"type\":\"mark\",\"seq\":1,\"pid\":1,\"tid\":1,\"t\":1,\"label\":\"x\"}"
#define NOTE "{\"type\":\"note\",\"what\":\"race\"}"
#define TRAILER "{\"type\":\"trailer\",\"calls\":0,\"losses\":0,\"complete\":true}"

static const char *const lines[] = { HEADER, MARK, NOTE, TRAILER };
static const enum record_type types[] = { RECORD_HEADER, RECORD_MARK, RECORD_NOTE, RECORD_TRAILER };
#define LINES 4
static const char whole[] __attribute__((unused)) = HEADER "\n" MARK "\n" NOTE "\n" TRAILER "\n";

static char dir[] = "/tmp/t_log.XXXXXX";
static char plain[64], packed[64], scratch[64];
static struct err err;

/* A new file each time: ext4 writes a truncated one to disk when it is closed, and there are thousands. */
static void write_bytes(const char *path, const char *bytes, size_t length)
{
	FILE *file;

	unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static inline void write_text(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

static inline size_t read_bytes(const char *path, char *bytes, size_t room)
{
	FILE *file = fopen(path, "r");
	size_t length;

	assert_non_null(file);
	length = fread(bytes, 1, room, file);
	fclose(file);
	return length;
}

/* Flushed after each line, so that a reader of a torn file gets line by line. */
static void write_log(const char *path)
{
	struct log_writer *writer;

	assert_int_equal(log_create(path, true, &writer, &err), 0);
	for (int i = 0; i < LINES; i++) {
		assert_int_equal(log_write(writer, lines[i], strlen(lines[i])), 0);
		assert_int_equal(log_write(writer, "\n", 1), 0);
		assert_int_equal(log_flush(writer), 0);
	}
	assert_int_equal(log_finish(writer, &err), 0);
}

/* What became of a file. */
struct outcome {
	int open, next;		/* return values; next: the last one of log_next() */
	int records;
	bool torn;
	char tear[128];
};

static inline struct outcome read_log(const char *path)
{
	struct outcome o = { 0 };
	struct log_reader *reader;
	struct record record;

	err.text[0] = '\0';
	o.open = log_open(path, &reader, &err);
	if (o.open)
		return o;
	while ((o.next = log_next(reader, &record, &err)) > 0) {
		uint64_t number;
		size_t length;
		const char *text = log_line(reader, &length, &number);

		assert_int_equal(number, o.records + 1);
		assert_int_equal(length, strlen(lines[o.records]));
		assert_memory_equal(text, lines[o.records], length);
		assert_int_equal(record.type, types[o.records]);
		o.records++;
	}
	o.torn = !o.next && log_tear(reader);
	if (o.torn)
		snprintf(o.tear, sizeof(o.tear), "%s", log_tear(reader));
	log_close(reader);
	return o;
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(plain, sizeof(plain), "%s/a.jsonl", dir);
	snprintf(packed, sizeof(packed), "%s/a.jsonl.zst", dir);
	snprintf(scratch, sizeof(scratch), "%s/scratch", dir);
	write_log(plain);
	write_log(packed);
	return 0;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

#define logs_run(tests) cmocka_run_group_tests(tests, make_dir, remove_dir)

#endif
