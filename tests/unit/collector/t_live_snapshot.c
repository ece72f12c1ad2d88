/*
 * t_live_snapshot.c - what smaps says becomes snapshot records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../../collector/live/journal.h"
#include "../../../collector/live/smaps.h"
#include "../../../collector/live/snapshot.h"
#include "../../../collector/log/parse.h"

static const char sample[] =
	"7f0000000000-7f0000003000 r-xp 00001000 fe:01 1234                       /usr/lib/a \"b\".so\n"
	"Size:                 12 kB\nRss:                  12 kB\nTHPeligible:           0\n"
	"VmFlags: rd ex mr mw me \n"
	"7f0000003000-7f0000005000 rw-p 00000000 00:00 0 \n"
	"Size:                  8 kB\n"
	"VmFlags: rd wr mr mw me lo \n"
	"7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]\n"
	"VmFlags: rd wr mr mw me gd \n";

static struct line text_of(const char *text)
{
	struct line line = { 0 };

	line_bytes(&line, text, strlen(text) + 1);
	return line;
}

static struct snapshot make(const char *text, uint64_t from, uint64_t to)
{
	struct line smaps = text_of(text);
	struct snapshot snapshot = snapshot_make(&smaps, &(struct snapshot_about){42, "look", from, to, 99, true, 8192});

	line_free(&smaps);
	return snapshot;
}

static const struct record *parse_part(struct parser *parser, const struct snapshot *snapshot, size_t part)
{
	static struct record record;
	struct line line = { 0 };
	struct err err;

	assert_true(part < snapshot->parts);
	line_add(&line, "{\"type\":\"snapshot\",\"seq\":1");
	line_bytes(&line, snapshot->part[part].at, snapshot->part[part].length);
	line_add(&line, "}");
	if (parse_line(parser, line.at, line.length, &record, &err))
		fail_msg("%s", err.text);
	line_free(&line);
	assert_int_equal(record.type, RECORD_SNAPSHOT);
	return &record;
}

static void every_vma_of_smaps_is_a_range(void **state)
{
	struct parser *parser = parser_new();
	struct snapshot snapshot = make(sample, 0, UINT64_MAX);
	const struct record *record = parse_part(parser, &snapshot, 0);
	const struct snapshot_range *range = record->snapshot.range;

	(void)state;
	assert_int_equal(snapshot.parts, 1);
	assert_int_equal(record->pid, 42);
	assert_int_equal(record->t_ns, 99);
	assert_int_equal(record->snapshot.vmlck_bytes, 8192);
	assert_true(record->snapshot.last);
	assert_int_equal(record->snapshot.count, 3);
	assert_int_equal(range[0].start, 0x7f0000000000);
	assert_int_equal(range[0].end, 0x7f0000003000);
	assert_string_equal(range[0].perms, "r-xp");
	assert_int_equal(range[0].offset, 0x1000);
	assert_int_equal(range[0].dev, 0xfe01);
	assert_int_equal(range[0].ino, 1234);
	assert_string_equal(range[0].path, "/usr/lib/a \"b\".so");
	assert_string_equal(range[0].vmflags, "rd ex mr mw me");
	assert_null(range[1].path);
	assert_string_equal(range[1].vmflags, "rd wr mr mw me lo");
	assert_string_equal(range[2].path, "[stack]");
	snapshot_free(&snapshot);
	parser_free(parser);
}

static void a_segment_of_number_0_has_an_offset(void **state)
{
	static const char segment[] = "7f0000002000-7f0000003000 rw-s 00002000 00:01 0      /SYSV00000000 (deleted)\n"
				      "VmFlags: rd wr sh mr mw me ms \n";
	struct parser *parser = parser_new();
	struct snapshot snapshot = make(segment, 0x7f0000000000, 0x7f0000004000);
	const struct record *record = parse_part(parser, &snapshot, 0);

	(void)state;
	assert_int_equal(record->snapshot.count, 1);
	assert_int_equal(record->snapshot.range[0].offset, 0x2000);
	assert_int_equal(record->snapshot.range[0].dev, 1);
	snapshot_free(&snapshot);
	parser_free(parser);
}

static void a_range_that_reaches_out_is_clipped_with_its_offset(void **state)
{
	struct parser *parser = parser_new();
	struct snapshot snapshot = make(sample, 0x7f0000001000, 0x7f0000004000);
	const struct record *record = parse_part(parser, &snapshot, 0);
	const struct snapshot_range *range = record->snapshot.range;

	(void)state;
	assert_int_equal(record->snapshot.from, 0x7f0000001000);
	assert_int_equal(record->snapshot.to, 0x7f0000004000);
	assert_int_equal(record->snapshot.count, 2);
	assert_int_equal(range[0].start, 0x7f0000001000);
	assert_int_equal(range[0].offset, 0x2000);
	assert_int_equal(range[1].end, 0x7f0000004000);
	snapshot_free(&snapshot);
	parser_free(parser);
}

static void an_empty_range_is_spoken_of_too(void **state)
{
	struct parser *parser = parser_new();
	struct snapshot snapshot = make(sample, 0x1000, 0x2000);
	const struct record *record = parse_part(parser, &snapshot, 0);

	(void)state;
	assert_int_equal(record->snapshot.count, 0);
	assert_int_equal(record->snapshot.from, 0x1000);
	assert_int_equal(record->snapshot.to, 0x2000);
	assert_true(record->snapshot.last);
	snapshot_free(&snapshot);
	parser_free(parser);
}

static void vmlck_can_be_told_of_no_pages(void **state)
{
	struct snapshot snapshot = snapshot_vmlck(&(struct snapshot_about){1, "look", 4096, 8192, 5, false, 12288});
	struct parser *parser = parser_new();
	const struct record *record = parse_part(parser, &snapshot, 0);

	(void)state;
	assert_int_equal(snapshot.parts, 1);
	assert_int_equal(record->snapshot.from, record->snapshot.to);
	assert_true(record->snapshot.last && record->snapshot.has_vmlck);
	assert_int_equal(record->snapshot.vmlck_bytes, 12288);
	snapshot_free(&snapshot);
	parser_free(parser);
}

static void parts_of_a_long_list_join_without_gap(void **state)
{
	struct parser *parser = parser_new();
	struct line smaps = { 0 };
	struct snapshot snapshot;
	uint64_t from = 0;
	size_t count = 0;

	(void)state;
	for (unsigned i = 1; i <= 250; i++)
		line_add(&smaps, "%x000-%x000 rw-p 00000000 00:00 0 \nVmFlags: rd wr\n", 2 * i, 2 * i + 1);
	line_bytes(&smaps, "", 1);
	snapshot = snapshot_make(&smaps, &(struct snapshot_about){1, "look", 0, UINT64_MAX, 5, true, 4096});
	assert_int_equal(snapshot.parts, 3);
	for (size_t i = 0; i < snapshot.parts; i++) {
		const struct record *record = parse_part(parser, &snapshot, i);

		assert_int_equal(record->snapshot.part, i);
		assert_int_equal(record->snapshot.last, i == 2);
		assert_int_equal(record->snapshot.has_vmlck, i == 2);
		assert_int_equal(record->snapshot.from, from);
		from = record->snapshot.to;
		count += record->snapshot.count;
	}
	assert_int_equal(from, UINT64_MAX);
	assert_int_equal(count, 250);
	line_free(&smaps);
	snapshot_free(&snapshot);
	parser_free(parser);
}

static void a_vma_listed_twice_while_it_grew_counts_once(void **state)
{
	struct parser *parser = parser_new();
	struct snapshot snapshot =
		make("1000-3000 rw-p 00000000 00:00 0 \n2000-5000 rw-p 00000000 00:00 0 \n", 0, UINT64_MAX);
	const struct record *record = parse_part(parser, &snapshot, 0);

	(void)state;
	assert_int_equal(record->snapshot.count, 2);
	assert_int_equal(record->snapshot.range[0].end, 0x3000);
	assert_int_equal(record->snapshot.range[1].start, 0x3000);
	assert_int_equal(record->snapshot.range[1].end, 0x5000);
	snapshot_free(&snapshot);
	parser_free(parser);
}

static void a_process_can_be_read_and_a_gone_one_says_so(void **state)
{
	struct parser *parser = parser_new();
	struct line smaps = { 0 };
	struct snapshot snapshot;
	size_t page = (size_t)getpagesize();
	char *at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct record *record;

	(void)state;
	assert_ptr_not_equal(at, MAP_FAILED);
	assert_int_equal(mprotect(at, page, PROT_READ), 0);
	assert_int_equal(smaps_read(getpid(), &smaps), 0);
	snapshot = snapshot_make(&smaps, &(struct snapshot_about){getpid(), "look", (uintptr_t)at, (uintptr_t)at + page,
								  1, false, 0});
	record = parse_part(parser, &snapshot, 0);
	assert_int_equal(record->snapshot.count, 1);
	assert_string_equal(record->snapshot.range[0].perms, "r--p");
	assert_false(record->snapshot.has_vmlck);
	assert_true(smaps_read(0x3fffffff, &smaps) < 0);
	munmap(at, page);
	line_free(&smaps);
	snapshot_free(&snapshot);
	parser_free(parser);
}

static void a_piece_of_a_snapshot_stands_alone(void **state)
{
	struct parser *parser = parser_new();
	struct snapshot_range listed[] = {
		{ .start = 0x1000, .end = 0x5000, .perms = "r--p", .offset = 0x3000, .dev = 5, .ino = 7, .path = "/x" },
		{ .start = 0x8000, .end = 0x9000, .perms = "rw-p", .vmflags = "rd wr lo" },
	};
	struct record whole = { .type = RECORD_SNAPSHOT, .pid = 42, .tid = 43, .t_ns = 99 };
	struct snapshot piece;
	const struct record *record;

	(void)state;
	whole.snapshot = (struct record_snapshot){ .why = "call", .part = 2, .to = 0x9000, .count = 2, .range = listed,
						   .has_vmlck = true, .vmlck_bytes = 4096 };
	piece = snapshot_piece(&whole, 0x2000, 0x8000, false);
	record = parse_part(parser, &piece, 0);
	assert_int_equal(record->tid, 43);
	assert_string_equal(record->snapshot.why, "call");
	assert_int_equal(record->snapshot.part, 0);
	assert_true(record->snapshot.last);
	assert_false(record->snapshot.has_vmlck);
	assert_int_equal(record->snapshot.from, 0x2000);
	assert_int_equal(record->snapshot.to, 0x8000);
	assert_int_equal(record->snapshot.count, 1);
	assert_int_equal(record->snapshot.range[0].start, 0x2000);
	assert_int_equal(record->snapshot.range[0].end, 0x5000);
	assert_int_equal(record->snapshot.range[0].offset, 0x4000);
	snapshot_free(&piece);
	parser_free(parser);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vma_of_smaps_is_a_range),
		cmocka_unit_test(a_segment_of_number_0_has_an_offset),
		cmocka_unit_test(a_range_that_reaches_out_is_clipped_with_its_offset),
		cmocka_unit_test(an_empty_range_is_spoken_of_too),
		cmocka_unit_test(vmlck_can_be_told_of_no_pages),
		cmocka_unit_test(parts_of_a_long_list_join_without_gap),
		cmocka_unit_test(a_vma_listed_twice_while_it_grew_counts_once),
		cmocka_unit_test(a_piece_of_a_snapshot_stands_alone),
		cmocka_unit_test(a_process_can_be_read_and_a_gone_one_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
