/* Reading logs: whole, torn, damaged and foreign files. */
#include "logs.h"

/* The message begins with the path. */
static void refused(const char *path, const char *rest)
{
	assert_true(read_log(path).open < 0);
	assert_memory_equal(err.text, path, strlen(path));
	assert_string_equal(err.text + strlen(path), rest);
}

static void what_is_written_is_read_whole(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct outcome o = read_log(i ? packed : plain);

		assert_int_equal(o.open, 0);
		assert_int_equal(o.next, 0);
		assert_int_equal(o.records, LINES);
		assert_false(o.torn);
	}
}

static void plain_text_is_written_as_it_is(void **state)
{
	char bytes[1024];

	(void)state;
	assert_int_equal(read_bytes(plain, bytes, sizeof(bytes)), strlen(whole));
	assert_memory_equal(bytes, whole, strlen(whole));
}

static void zstd_is_what_the_zstd_program_reads(void **state)
{
	char command[256];

	(void)state;
	if (system("command -v zstd >/dev/null 2>&1"))
		skip();
	snprintf(command, sizeof(command), "zstd -qdc %s | cmp -s - %s", packed, plain);
	assert_int_equal(system(command), 0);
}

static void frames_one_after_the_other_are_one_log(void **state)
{
	char command[256];

	(void)state;
	if (system("command -v zstd >/dev/null 2>&1"))
		skip();
	snprintf(command, sizeof(command), "(head -n2 %s | zstd -qc; tail -n2 %s | zstd -qc) >%s", plain, plain,
		 scratch);
	assert_int_equal(system(command), 0);
	assert_int_equal(read_log(scratch).records, LINES);
	assert_false(read_log(scratch).torn);
}

static void a_log_can_be_read_again(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct log_reader *reader;
		struct record record;

		assert_int_equal(log_open(i ? packed : plain, &reader, &err), 0);
		for (int round = 0; round < 3; round++) {
			assert_int_equal(log_next(reader, &record, &err), 1);
			assert_int_equal(record.type, RECORD_HEADER);
			assert_int_equal(log_next(reader, &record, &err), 1);
			assert_int_equal(record.type, RECORD_MARK);
			assert_int_equal(log_rewind(reader, &err), 0);
		}
		log_close(reader);
	}
}

/* How many of the lines are in the first @cut bytes, with or without their newline. */
static int lines_within(size_t cut)
{
	size_t end = 0;
	int n = 0;

	while (n < LINES && (end += strlen(lines[n])) <= cut) {
		end++;
		n++;
	}
	return n;
}

static bool ends_in_a_line(size_t cut)
{
	return cut && cut != strlen(whole) && whole[cut - 1] != '\n' && whole[cut] != '\n';
}

static void torn_anywhere_all_before_the_tear_is_read(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= strlen(whole); cut++) {
		int want = lines_within(cut);
		struct outcome o;

		write_bytes(scratch, whole, cut);
		o = read_log(scratch);
		if (want == 0) {
			assert_int_equal(o.open, -EINVAL);
			continue;
		}
		assert_int_equal(o.open, 0);
		assert_int_equal(o.next, 0);
		assert_int_equal(o.records, want);
		assert_int_equal(o.torn, want < LINES);
		assert_int_equal(strstr(o.tear, "cut short") != NULL, ends_in_a_line(cut));
	}
}

static void torn_zstd_gives_all_flushed_lines_before_the_tear(void **state)
{
	char bytes[4096];
	size_t length = read_bytes(packed, bytes, sizeof(bytes));
	int most = 0;

	(void)state;
	for (size_t cut = 0; cut < length; cut++) {
		struct outcome o;

		write_bytes(scratch, bytes, cut);
		o = read_log(scratch);
		if (o.open && !most)
			continue;
		assert_int_equal(o.open, 0);
		assert_int_equal(o.next, 0);
		assert_true(o.records >= most);
		assert_true(o.torn);
		assert_non_null(strstr(o.tear, "within a zstd frame"));
		most = o.records;
	}
	assert_int_equal(most, LINES);
}

/* The content of the log is what it was, or there is an error or a tear. */
static bool is_told(const char *path)
{
	struct log_reader *reader;
	struct record record;
	bool same = true, told;
	int rc, n = 0;

	if (log_open(path, &reader, &err))
		return true;
	while ((rc = log_next(reader, &record, &err)) > 0) {
		uint64_t number;
		size_t length;
		const char *text = log_line(reader, &length, &number);

		same = same && n < LINES && length == strlen(lines[n]) && !memcmp(text, lines[n], length);
		n++;
	}
	told = rc < 0 || log_tear(reader) || (same && n == LINES);
	log_close(reader);
	return told;
}

/* The frame has a checksum; and a bit of its header that means nothing may be flipped. */
static void no_flipped_bit_of_zstd_passes_unseen(void **state)
{
	char bytes[4096];
	size_t length = read_bytes(packed, bytes, sizeof(bytes));

	(void)state;
	for (size_t bit = 0; bit < 8 * length; bit++) {
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		write_bytes(scratch, bytes, length);
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		if (!is_told(scratch))
			fail_msg("bit %zu", bit);
	}
}

static void damaged_zstd_is_an_error(void **state)
{
	char bytes[4096], want[128];
	size_t length = read_bytes(packed, bytes, sizeof(bytes));
	struct log_reader *reader;
	struct record record;
	int rc;

	(void)state;
	bytes[length - 2] ^= 1;	/* in the checksum */
	write_bytes(scratch, bytes, length);
	assert_int_equal(log_open(scratch, &reader, &err), 0);
	do
		rc = log_next(reader, &record, &err);
	while (rc > 0);
	assert_int_equal(rc, -EINVAL);
	snprintf(want, sizeof(want), "%s: damaged zstd data (after line 4)", scratch);
	assert_string_equal(err.text, want);
	assert_int_equal(log_next(reader, &record, &err), -EINVAL);
	log_close(reader);
}

static void a_bad_line_in_the_middle_is_an_error_with_its_place(void **state)
{
	struct log_reader *reader;
	struct record record;
	char want[128];

	(void)state;
	write_text(scratch, HEADER "\n{\"type\":\"loss\"}\n" MARK "\nhello\n" TRAILER "\n");
	assert_int_equal(log_open(scratch, &reader, &err), 0);
	assert_int_equal(log_next(reader, &record, &err), 1);
	assert_int_equal(log_next(reader, &record, &err), -EINVAL);
	snprintf(want, sizeof(want), "%s:2: loss: \"count\" is missing", scratch);
	assert_string_equal(err.text, want);
	/* one may go on behind it */
	assert_int_equal(log_next(reader, &record, &err), 1);
	assert_int_equal(record.type, RECORD_MARK);
	assert_int_equal(log_next(reader, &record, &err), -EINVAL);
	assert_int_equal(log_next(reader, &record, &err), 1);
	assert_int_equal(record.type, RECORD_TRAILER);
	assert_int_equal(log_next(reader, &record, &err), 0);
	assert_null(log_tear(reader));
	log_close(reader);
}

static void a_bad_last_line_with_a_newline_is_an_error(void **state)
{
	(void)state;
	write_text(scratch, HEADER "\n" MARK "\nhello\n");
	assert_int_equal(read_log(scratch).next, -EINVAL);
}

static void foreign_files_are_refused_with_what_they_are(void **state)
{
	(void)state;
	refused("/nonexistent/x", ": No such file or directory");
	refused(dir, ": Is a directory");
	write_text(scratch, "");
	refused(scratch, ": not a pagetrail log: it is empty");
	write_text(scratch, "\n \n\r\n");
	refused(scratch, ": not a pagetrail log: it has no line");
	write_text(scratch, "#!/bin/sh\n");
	refused(scratch, ": not a pagetrail log: its first line is not a JSON object");
	write_bytes(scratch, "\0\0\0\0", 4);
	refused(scratch, ": not a pagetrail log: its first line is not a JSON object");
	write_text(scratch, "\x1f\x8b\x08\x01");
	refused(scratch, ": not a pagetrail log: it is compressed with gzip; only zstd is read");
	write_text(scratch, "{\"a\":1}\n");
	refused(scratch, ":1: not a pagetrail log: \"type\" is missing");
	write_text(scratch, "{oops}\n");
	refused(scratch, ":1: not a pagetrail log: not JSON at byte 5: string or '}' expected near 'oops'");
	write_text(scratch, "\n" MARK "\n" HEADER "\n");
	refused(scratch, ":2: not a pagetrail log: its first line is a mark, expected a header");
	write_text(scratch, "{\"type\":\"weather\"}\n");
	refused(scratch, ":1: not a pagetrail log: its first line is a record of an unknown type, expected a header");
	write_text(scratch, "{\"type\":\"header\",\"version\":2}\n");
	refused(scratch, ": a log of version 2, this program reads version 1");
	write_text(scratch, "{\"type\":\"header\",\"version\":1");
	refused(scratch, ": not a pagetrail log: it ends before the first line is complete");
	write_text(scratch, "\x28\xb5\x2f\xfd");
	refused(scratch, ": not a pagetrail log: it ends before the first line is complete");
}

static void empty_lines_and_carriage_returns_do_no_harm(void **state)
{
	struct log_reader *reader;
	struct record record;
	uint64_t number;
	size_t length;

	(void)state;
	write_text(scratch, "\n\r\n" HEADER "\r\n\n \t\n" TRAILER "\r\n\n");
	assert_int_equal(log_open(scratch, &reader, &err), 0);
	assert_int_equal(log_next(reader, &record, &err), 1);
	log_line(reader, &length, &number);
	assert_int_equal(number, 3);
	assert_int_equal(log_next(reader, &record, &err), 1);
	log_line(reader, &length, &number);
	assert_int_equal(number, 6);
	assert_int_equal(log_next(reader, &record, &err), 0);
	assert_null(log_tear(reader));
	log_close(reader);
}

/* A file system that lost the data but not the length of a file leaves zeroes. */
static void zeroes_at_the_end_are_a_tear_and_in_a_line_an_error(void **state)
{
	struct outcome o;

	(void)state;
	write_bytes(scratch, HEADER "\n" MARK "\n\0\0\0", strlen(HEADER MARK) + 5);
	o = read_log(scratch);
	assert_int_equal(o.next, 0);
	assert_int_equal(o.records, 2);
	assert_string_equal(o.tear, "line 3, the last, is cut short");
	write_bytes(scratch, HEADER "\n\0\0\n" MARK "\n", strlen(HEADER MARK) + 5);
	assert_int_equal(read_log(scratch).next, -EINVAL);
}

static void a_log_without_a_trailer_says_so(void **state)
{
	struct outcome o;

	(void)state;
	write_text(scratch, HEADER "\n" MARK "\n");
	o = read_log(scratch);
	assert_true(o.torn);
	assert_string_equal(o.tear, "there is no trailer after line 2");
	write_text(scratch, HEADER "\n" MARK "\n" NOTE "\n" TRAILER);
	assert_false(read_log(scratch).torn);
}

static void records_behind_the_trailer_are_told(void **state)
{
	struct log_reader *reader;
	struct record record;

	(void)state;
	write_text(scratch, HEADER "\n" TRAILER "\n" MARK "\n");
	assert_int_equal(log_open(scratch, &reader, &err), 0);
	while (log_next(reader, &record, &err) > 0)
		;
	assert_string_equal(log_tear(reader), "there is no trailer after line 3");
	log_close(reader);
}

/* A header, a mark whose label is @length letters, and a trailer. */
static void write_long(size_t length, bool end)
{
	static const char begin[] = HEADER "\n{\"type\":\"mark\",\"seq\":1,\"pid\":1,\"tid\":1,\"t\":1,\"label\":\"";
	char *bytes = malloc(length + 4096);
	size_t n = strlen(begin);

	memcpy(bytes, begin, n);
	memset(bytes + n, 'a', length);
	n += length;
	if (end) {
		memcpy(bytes + n, "\"}\n" TRAILER "\n", strlen(TRAILER) + 4);
		n += strlen(TRAILER) + 4;
	}
	write_bytes(scratch, bytes, n);
	free(bytes);
}

static void long_lines_are_read_whatever_buffer_they_meet(void **state)
{
	static const size_t lengths[] = { 1000, 262144 - 150, 262144, 300000, 524288, 5000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct log_reader *reader;
		struct record record;

		write_long(lengths[i], true);
		assert_int_equal(log_open(scratch, &reader, &err), 0);
		assert_int_equal(log_next(reader, &record, &err), 1);
		assert_int_equal(log_next(reader, &record, &err), 1);
		assert_int_equal(strlen(record.mark.label), lengths[i]);
		assert_int_equal(log_next(reader, &record, &err), 1);
		assert_int_equal(log_next(reader, &record, &err), 0);
		log_close(reader);
	}
}

static void a_line_above_16_mib_is_refused_and_passed_over(void **state)
{
	static const size_t lengths[] = { (16u << 20) + 1, 40u << 20 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct log_reader *reader;
		struct record record;
		char want[128];

		write_long(lengths[i], true);
		assert_int_equal(log_open(scratch, &reader, &err), 0);
		assert_int_equal(log_next(reader, &record, &err), 1);
		assert_int_equal(log_next(reader, &record, &err), -EINVAL);
		snprintf(want, sizeof(want), "%s:2: a line of %zu bytes, expected at most 16 MiB", scratch,
			 lengths[i] + strlen("{\"type\":\"mark\",\"seq\":1,\"pid\":1,\"tid\":1,\"t\":1,\"label\":\"\"}"));
		assert_string_equal(err.text, want);
		assert_int_equal(log_next(reader, &record, &err), 1);
		assert_int_equal(record.type, RECORD_TRAILER);
		assert_int_equal(log_next(reader, &record, &err), 0);
		log_close(reader);
	}
}

static void a_line_above_16_mib_without_an_end_is_a_tear(void **state)
{
	struct log_reader *reader;
	struct record record;

	(void)state;
	write_long(40u << 20, false);
	assert_int_equal(log_open(scratch, &reader, &err), 0);
	assert_int_equal(log_next(reader, &record, &err), 1);
	assert_int_equal(log_next(reader, &record, &err), 0);
	assert_string_equal(log_tear(reader), "line 2, the last, is cut short");
	log_close(reader);
}

/* RFC 8878, 3.1.1.1.2: a window descriptor of exponent 21 is 2^31 bytes. */
static void zstd_that_wants_too_much_memory_is_refused(void **state)
{
	static const char frame[] = "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00";
	char want[128];

	(void)state;
	write_bytes(scratch, frame, sizeof(frame) - 1);
	assert_int_equal(read_log(scratch).open, -EFBIG);
	snprintf(want, sizeof(want), "%s: zstd with a window of more than 128 MiB (after line 0)", scratch);
	assert_string_equal(err.text, want);
}

static void a_pipe_nobody_writes_to_is_refused_at_last(void **state)
{
	(void)state;
	unlink(scratch);
	assert_int_equal(mkfifo(scratch, 0600), 0);
	refused(scratch, ": a pipe that nobody writes to");
	unlink(scratch);
}

static void a_pipe_is_read_once_its_writer_comes(void **state)
{
	int fd;

	(void)state;
	unlink(scratch);
	assert_int_equal(mkfifo(scratch, 0600), 0);
	if (!fork()) {
		fd = open(scratch, O_WRONLY);
		_exit(write(fd, whole, strlen(whole)) != (ssize_t)strlen(whole));
	}
	assert_int_equal(read_log(scratch).records, LINES);
	unlink(scratch);
}

static void standard_input_is_read_once(void **state)
{
	struct log_reader *reader;
	struct record record;
	int fd[2], saved = dup(0);

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], whole, strlen(whole)), strlen(whole));
	close(fd[1]);
	dup2(fd[0], 0);
	close(fd[0]);
	assert_int_equal(log_open("-", &reader, &err), 0);
	for (int i = 0; i < LINES; i++)
		assert_int_equal(log_next(reader, &record, &err), 1);
	assert_int_equal(log_next(reader, &record, &err), 0);
	assert_int_equal(log_rewind(reader, &err), -ESPIPE);
	assert_string_equal(err.text, "standard input: cannot be read twice");
	log_close(reader);
	dup2(saved, 0);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_whole),
		cmocka_unit_test(plain_text_is_written_as_it_is),
		cmocka_unit_test(zstd_is_what_the_zstd_program_reads),
		cmocka_unit_test(frames_one_after_the_other_are_one_log),
		cmocka_unit_test(a_log_can_be_read_again),
		cmocka_unit_test(torn_anywhere_all_before_the_tear_is_read),
		cmocka_unit_test(torn_zstd_gives_all_flushed_lines_before_the_tear),
		cmocka_unit_test(no_flipped_bit_of_zstd_passes_unseen),
		cmocka_unit_test(damaged_zstd_is_an_error),
		cmocka_unit_test(a_bad_line_in_the_middle_is_an_error_with_its_place),
		cmocka_unit_test(a_bad_last_line_with_a_newline_is_an_error),
		cmocka_unit_test(foreign_files_are_refused_with_what_they_are),
		cmocka_unit_test(empty_lines_and_carriage_returns_do_no_harm),
		cmocka_unit_test(zeroes_at_the_end_are_a_tear_and_in_a_line_an_error),
		cmocka_unit_test(a_log_without_a_trailer_says_so),
		cmocka_unit_test(records_behind_the_trailer_are_told),
		cmocka_unit_test(long_lines_are_read_whatever_buffer_they_meet),
		cmocka_unit_test(a_line_above_16_mib_is_refused_and_passed_over),
		cmocka_unit_test(a_line_above_16_mib_without_an_end_is_a_tear),
		cmocka_unit_test(zstd_that_wants_too_much_memory_is_refused),
		cmocka_unit_test(a_pipe_nobody_writes_to_is_refused_at_last),
		cmocka_unit_test(a_pipe_is_read_once_its_writer_comes),
		cmocka_unit_test(standard_input_is_read_once),
	};

	return logs_run(tests);
}
