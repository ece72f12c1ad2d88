/* Writing logs: what is there already, full disks, and what a reader sees when. */
#include "logs.h"

static void an_existing_file_is_refused_untouched(void **state)
{
	struct log_writer *writer;
	char bytes[64], want[128];

	(void)state;
	write_text(scratch, "precious");
	assert_int_equal(log_create(scratch, false, &writer, &err), -EEXIST);
	snprintf(want, sizeof(want), "%s exists; -f overwrites it", scratch);
	assert_string_equal(err.text, want);
	assert_int_equal(read_bytes(scratch, bytes, sizeof(bytes)), strlen("precious"));
}

static void assert_private(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_log_is_private_new_or_overwritten(void **state)
{
	struct log_writer *writer;
	char bytes[64];

	(void)state;
	unlink(scratch);
	umask(0);
	assert_int_equal(log_create(scratch, false, &writer, &err), 0);
	assert_private(scratch);
	assert_int_equal(log_finish(writer, &err), 0);
	write_text(scratch, "precious");
	assert_int_equal(chmod(scratch, 0644), 0);
	assert_int_equal(log_create(scratch, true, &writer, &err), 0);
	assert_private(scratch);
	assert_int_equal(log_finish(writer, &err), 0);
	assert_int_equal(read_bytes(scratch, bytes, sizeof(bytes)), 0);
	umask(022);
}

static void a_place_that_cannot_be_written_is_named(void **state)
{
	struct log_writer *writer;

	(void)state;
	assert_int_equal(log_create("/nonexistent/log", false, &writer, &err), -ENOENT);
	assert_string_equal(err.text, "/nonexistent/log: No such file or directory");
}

/* /dev/full is a disk without room; being a device, it is not "overwritten". */
static void a_full_disk_is_told_once_and_ever_after(void **state)
{
	struct log_writer *writer;

	(void)state;
	assert_int_equal(log_create("/dev/full", false, &writer, &err), 0);
	assert_int_equal(log_write(writer, MARK, strlen(MARK)), 0);
	assert_int_equal(log_flush(writer), -ENOSPC);
	assert_int_equal(log_write(writer, MARK, strlen(MARK)), -ENOSPC);
	assert_int_equal(log_flush(writer), -ENOSPC);
	assert_int_equal(log_finish(writer, &err), -ENOSPC);
	assert_string_equal(err.text, "/dev/full: No space left on device");
}

static void a_full_disk_is_seen_by_zstd_too(void **state)
{
	struct log_writer *writer;
	char link[80];

	(void)state;
	snprintf(link, sizeof(link), "%s/full.zst", dir);
	assert_int_equal(symlink("/dev/full", link), 0);
	assert_int_equal(log_create(link, false, &writer, &err), 0);
	assert_int_equal(log_write(writer, MARK, strlen(MARK)), 0);
	assert_int_equal(log_finish(writer, &err), -ENOSPC);
}

static void a_full_buffer_meets_a_full_disk_without_a_flush(void **state)
{
	struct log_writer *writer;
	int rc = 0, i;

	(void)state;
	assert_int_equal(log_create("/dev/full", true, &writer, &err), 0);
	for (i = 0; i < 100000 && !rc; i++)
		rc = log_write(writer, MARK, strlen(MARK));
	assert_int_equal(rc, -ENOSPC);
	assert_in_range((size_t)i * strlen(MARK), 262144, 262144 + strlen(MARK));
	assert_int_equal(log_finish(writer, &err), -ENOSPC);
}

static void what_is_flushed_can_be_read_before_the_end(void **state)
{
	(void)state;
	for (int zst = 0; zst < 2; zst++) {
		const char *path = zst ? packed : plain;
		struct log_writer *writer;
		struct outcome o;

		assert_int_equal(log_create(path, true, &writer, &err), 0);
		assert_int_equal(log_write(writer, HEADER "\n" MARK "\n", strlen(HEADER MARK) + 2), 0);
		assert_int_equal(read_log(path).open, -EINVAL);
		assert_int_equal(log_flush(writer), 0);
		o = read_log(path);
		assert_int_equal(o.records, 2);
		assert_true(o.torn);
		assert_int_equal(log_finish(writer, &err), 0);
		write_log(path);
	}
}

static void megabytes_go_through_unchanged(void **state)
{
	(void)state;
	for (int zst = 0; zst < 2; zst++) {
		const char *path = zst ? packed : plain;
		struct log_writer *writer;
		struct log_reader *reader;
		struct record record;

		assert_int_equal(log_create(path, true, &writer, &err), 0);
		log_write(writer, HEADER "\n", strlen(HEADER) + 1);
		for (int i = 0; i < 50000; i++) {
			char line[128];
			int n = snprintf(line, sizeof(line),
					 "{\"type\":\"mark\",\"seq\":%d,\"pid\":1,\"tid\":1,\"t\":1,"
					 "\"label\":\"x\"}\n",
					 i);

			assert_int_equal(log_write(writer, line, (size_t)n), 0);
		}
		assert_int_equal(log_finish(writer, &err), 0);
		assert_int_equal(log_open(path, &reader, &err), 0);
		assert_int_equal(log_next(reader, &record, &err), 1);
		for (int i = 0; i < 50000; i++) {
			assert_int_equal(log_next(reader, &record, &err), 1);
			assert_int_equal(record.seq, i);
		}
		assert_int_equal(log_next(reader, &record, &err), 0);
		log_close(reader);
		write_log(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_existing_file_is_refused_untouched),
		cmocka_unit_test(a_log_is_private_new_or_overwritten),
		cmocka_unit_test(a_place_that_cannot_be_written_is_named),
		cmocka_unit_test(a_full_disk_is_told_once_and_ever_after),
		cmocka_unit_test(a_full_disk_is_seen_by_zstd_too),
		cmocka_unit_test(a_full_buffer_meets_a_full_disk_without_a_flush),
		cmocka_unit_test(what_is_flushed_can_be_read_before_the_end),
		cmocka_unit_test(megabytes_go_through_unchanged),
	};

	return logs_run(tests);
}
