/* What each type of line becomes, field by field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../../../collector/log/parse.h"

static struct parser *parser;
static struct record rec;
static struct err err;

static int setup(void **state)
{
	(void)state;
	parser = parser_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	parser_free(parser);
	return 0;
}

static void good(const char *line)
{
	err.text[0] = '\0';
	if (parse_line(parser, line, strlen(line), &rec, &err))
		fail_msg("%s: %s", line, err.text);
}

static void bad(const char *line, const char *message)
{
	assert_int_equal(parse_line(parser, line, strlen(line), &rec, &err), -EINVAL);
	assert_string_equal(err.text, message);
}

#define CALL(rest) "{\"type\":\"call\",\"seq\":377,\"pid\":4242,\"tid\":4250,\"t\":1204431877," rest "}"

static void call_has_its_arguments_in_the_tables_order(void **state)
{
	(void)state;
	good(CALL("\"call\":\"mmap\",\"addr\":\"0x0\",\"len\":65536,\"prot\":3,\"flags\":34,\"fd\":-1,\"off\":0,"
		  "\"stack\":17,\"via\":\"plt\",\"dur\":2114,\"ret\":\"0x7f10aaf06000\""));
	assert_int_equal(rec.type, RECORD_CALL);
	assert_int_equal(rec.seq, 377);
	assert_int_equal(rec.pid, 4242);
	assert_int_equal(rec.tid, 4250);
	assert_int_equal(rec.t_ns, 1204431877);
	assert_int_equal(rec.call.call, CALL_mmap);
	assert_int_equal(rec.call.arg[0], 0);
	assert_int_equal(rec.call.arg[1], 65536);
	assert_int_equal(rec.call.arg[2], 3);
	assert_int_equal(rec.call.arg[3], 34);
	assert_true(rec.call.arg[4] == (uint64_t)-1);
	assert_int_equal(rec.call.stack, 17);
	assert_string_equal(rec.call.via, "plt");
	assert_int_equal(rec.call.dur_ns, 2114);
	assert_int_equal(rec.call.ret, 0x7f10aaf06000);
	assert_int_equal(rec.call.err, 0);
	assert_int_equal(rec.call.has, HAS_RET);
}

static void field_order_is_free(void **state)
{
	(void)state;
	good("{ \"ret\" : 0 , \"len\":64,\"t\":1,\"call\":\"munlock\",\"tid\":2,\"addr\":\"0xAb\",\"pid\":3,\"seq\":4,"
	     "\"type\":\"call\" }\r");
	assert_int_equal(rec.call.call, CALL_munlock);
	assert_int_equal(rec.call.arg[0], 0xab);
	assert_int_equal(rec.call.arg[1], 64);
	assert_int_equal(rec.seq, 4);
	assert_int_equal(rec.pid, 3);
	assert_int_equal(rec.tid, 2);
}

static void sizes_have_all_64_bits(void **state)
{
	(void)state;
	good(CALL("\"call\":\"mlock\",\"addr\":\"0xffffffffffffffff\",\"len\":18446744073709551615,\"ret\":-1,"
		  "\"errno\":\"ENOMEM\""));
	assert_true(rec.call.arg[0] == UINT64_MAX);
	assert_true(rec.call.arg[1] == UINT64_MAX);
	assert_int_equal(rec.call.ret, -1);
	assert_int_equal(rec.call.err, ENOMEM);
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":18446744073709551616,\"ret\":0"),
	    "not JSON at byte 116: too big integer near '18446744073709551616'");
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":-1,\"ret\":0"),
	    "call: \"len\" is -1, expected a number from 0");
}

static void errors_name_the_field_its_value_and_what_was_expected(void **state)
{
	(void)state;
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":\"abc\",\"ret\":0"),
	    "call: \"len\" is \"abc\", expected a number");
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"ret\":0"), "call: \"len\" is missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_has_its_arguments_in_the_tables_order),
		cmocka_unit_test(field_order_is_free),
		cmocka_unit_test(sizes_have_all_64_bits),
		cmocka_unit_test(errors_name_the_field_its_value_and_what_was_expected),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
