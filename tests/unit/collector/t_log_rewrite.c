/* A log into another: what is kept is kept to the byte, what is changed keeps order and numbers. */
#include "logs.h"

#include "../../../collector/log/parse.h"
#include "../../../collector/log/rewrite.h"

#define STACK "{\"type\":\"stack\",\"id\":7,\"frames\":[[1,\"0x10\"],[2,\"0x20\"]]"
#define ODD "\"z\":18446744073709551615,\"a\":-9223372036854775808,\"m\":{\"y\":[],\"x\":{},\"b\":[9223372036854775808,0.5,null]}," \
	"\"u\":\"\xc3\xa4\\u0001\\\"\",\"k\\n\":true"

static char to[96];

/* What the function under test shall do with each record. */
struct plan {
	int what[8];
	const struct frame_names *names;
	int seen;
};

static int follow(void *arg, const struct record *record, struct rewrite_line *line, struct err *why)
{
	struct plan *plan = arg;
	int what = plan->what[plan->seen++];

	if (what == REWRITE_CHANGED)
		return rewrite_names(line, plan->names, record->stack.count, why);
	return what < 0 ? err_set(why, what, "no") : what;
}

/* Rewrites a log of these lines; what came out is in *out. */
static int rewrite(const char *text, struct plan *plan, char out[4096])
{
	struct log_reader *reader;
	struct log_writer *writer;
	struct err last;
	size_t length;
	int rc;

	snprintf(to, sizeof(to), "%s/to", dir);
	write_text(scratch, text);
	assert_int_equal(log_open(scratch, &reader, &err), 0);
	assert_int_equal(log_create(to, true, &writer, &err), 0);
	rc = rewrite_log(reader, writer, follow, plan, &err);
	assert_int_equal(log_finish(writer, &last), 0);
	log_close(reader);
	length = read_bytes(to, out, 4095);
	out[length] = '\0';
	return rc;
}

static void what_is_kept_is_kept_to_the_byte(void **state)
{
	static const char odd[] = HEADER "\n{ \"type\" : \"note\", \"what\":\"x\",  " ODD " }\n{\"type\":\"moon\"}\n" TRAILER "\n";
	struct plan plan = { .what = { REWRITE_KEEP } };
	char out[4096];

	(void)state;
	assert_int_equal(rewrite(odd, &plan, out), 0);
	assert_int_equal(plan.seen, 4);
	assert_string_equal(out, odd);
}

static void a_dropped_record_leaves_no_line(void **state)
{
	struct plan plan = { .what = { REWRITE_KEEP, REWRITE_DROP, REWRITE_KEEP, REWRITE_KEEP } };
	char out[4096];

	(void)state;
	assert_int_equal(rewrite(whole, &plan, out), 0);
	assert_string_equal(out, HEADER "\n" NOTE "\n" TRAILER "\n");
}

static void a_changed_record_keeps_its_order_and_all_bits_of_its_numbers(void **state)
{
	static const struct stack_name name[] = {
		{ .function = "in", .file = "a.h", .dir = "/s", .line = 3, .inlined = true },
		{ .function = "bad\xff", .in_function = 9 },
	};
	static const struct frame_names names[] = { { true, 2, name }, { false, 0, NULL } };
	struct plan plan = { .what = { REWRITE_KEEP, REWRITE_CHANGED }, .names = names };
	char out[4096];

	(void)state;
	assert_int_equal(rewrite(HEADER "\n" STACK "," ODD "}\n" TRAILER "\n", &plan, out), 0);
	assert_string_equal(out, HEADER "\n" STACK "," ODD ",\"names\":[[{\"function\":\"in\",\"file\":\"a.h\",\"dir\":\"/s\","
			    "\"line\":3,\"inlined\":true},{\"function\":\"bad\xef\xbf\xbd\",\"in\":9}],null]}\n" TRAILER "\n");
}

static void names_that_were_there_are_replaced_where_they_stood(void **state)
{
	static const struct frame_names names[] = { { true, 0, NULL }, { true, 0, NULL } };
	struct plan plan = { .what = { REWRITE_KEEP, REWRITE_CHANGED }, .names = names };
	char out[4096];

	(void)state;
	assert_int_equal(rewrite(HEADER "\n" STACK ",\"names\":[null,null],\"n\":1}\n", &plan, out), 0);
	assert_string_equal(out, HEADER "\n" STACK ",\"names\":[[],[]],\"n\":1}\n");
}

static void a_refusal_ends_it(void **state)
{
	struct plan plan = { .what = { REWRITE_KEEP, -EINVAL } };
	char out[4096];

	(void)state;
	assert_int_equal(rewrite(whole, &plan, out), -EINVAL);
	assert_string_equal(err.text, "no");
	assert_string_equal(out, HEADER "\n");
}

static void a_torn_line_is_not_copied(void **state)
{
	struct plan plan = { .what = { REWRITE_KEEP } };
	char out[4096];

	(void)state;
	assert_int_equal(rewrite(HEADER "\n" MARK "\n{\"type\":\"no", &plan, out), 0);
	assert_string_equal(out, HEADER "\n" MARK "\n");
}

/* Nothing is read on once the disk is full. */
static void a_full_disk_is_noticed(void **state)
{
	struct plan plan = { .what = { REWRITE_KEEP } };
	struct log_reader *reader;
	struct log_writer *writer;

	(void)state;
	assert_int_equal(log_open(plain, &reader, &err), 0);
	assert_int_equal(log_create("/dev/full", false, &writer, &err), 0);
	assert_int_equal(rewrite_log(reader, writer, follow, &plan, &err), 0);
	assert_int_equal(log_finish(writer, &err), -ENOSPC);
	log_close(reader);
}

static void a_log_has_names_for_all_frames_of_a_stack_or_none(void **state)
{
	static const char few[] = STACK ",\"names\":[[]]}", some[] = STACK ",\"names\":[null,[{\"function\":\"f\"},{}]]}";
	struct parser *parser = parser_new();
	struct record record;

	(void)state;
	assert_int_equal(parse_line(parser, few, strlen(few), &record, &err), -EINVAL);
	assert_string_equal(err.text, "stack: \"names\" has 1 elements, expected 2, as \"frames\"");
	assert_int_equal(parse_line(parser, some, strlen(some), &record, &err), 0);
	assert_false(record.stack.names[0].known);
	assert_int_equal(record.stack.names[1].count, 2);
	assert_string_equal(record.stack.names[1].name[0].function, "f");
	assert_null(record.stack.names[1].name[1].function);
	assert_int_equal(parse_line(parser, STACK "}", strlen(STACK "}"), &record, &err), 0);
	assert_null(record.stack.names);
	parser_free(parser);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_kept_to_the_byte),
		cmocka_unit_test(a_dropped_record_leaves_no_line),
		cmocka_unit_test(a_changed_record_keeps_its_order_and_all_bits_of_its_numbers),
		cmocka_unit_test(names_that_were_there_are_replaced_where_they_stood),
		cmocka_unit_test(a_refusal_ends_it),
		cmocka_unit_test(a_torn_line_is_not_copied),
		cmocka_unit_test(a_full_disk_is_noticed),
		cmocka_unit_test(a_log_has_names_for_all_frames_of_a_stack_or_none),
	};

	return logs_run(tests);
}
