/* Logs as files: what is written can be read, whole or torn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../collector/log/log.h"

static char dir[] = "/tmp/t_log.XXXXXX";
static struct err err;

static const char *in_dir(const char *name)
{
	static char path[2][128];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static const char log_text[] =
	"{\"type\":\"header\",\"version\":1,\"page_size\":4096,\"start_ns\":1}\n"
	"{\"type\":\"mark\",\"seq\":1,\"pid\":1,\"tid\":1,\"t\":1,\"label\":\"x\"}\n"
	"{\"type\":\"trailer\",\"calls\":0,\"losses\":0,\"complete\":true}\n";

static void write_log(const char *path, const char *text)
{
	struct log_writer *writer;

	assert_int_equal(log_create(path, true, &writer, &err), 0);
	assert_int_equal(log_write(writer, text, strlen(text)), 0);
	assert_int_equal(log_finish(writer, &err), 0);
}

static void read_three(const char *path)
{
	static const enum record_type want[] = { RECORD_HEADER, RECORD_MARK, RECORD_TRAILER };
	struct log_reader *reader;
	struct record record;

	if (log_open(path, &reader, &err))
		fail_msg("%s", err.text);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 3; i++) {
			assert_int_equal(log_next(reader, &record, &err), 1);
			assert_int_equal(record.type, want[i]);
		}
		assert_int_equal(log_next(reader, &record, &err), 0);
		assert_null(log_tear(reader));
		assert_int_equal(log_rewind(reader, &err), 0);
	}
	log_close(reader);
}

static void what_is_written_can_be_read_twice(void **state)
{
	(void)state;
	write_log(in_dir("a.jsonl"), log_text);
	read_three(in_dir("a.jsonl"));
	write_log(in_dir("a.jsonl.zst"), log_text);
	read_three(in_dir("a.jsonl.zst"));
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_can_be_read_twice),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
