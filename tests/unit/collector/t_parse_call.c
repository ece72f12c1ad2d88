/* t_parse_call.c - lines of calls: every argument format, every complaint, what is not known. */
#include "call_lines.h"

#include <stdio.h>

#include "../../../collector/log/fields.h"

static void arguments_stand_in_the_tables_order(void **state)
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
	assert_int_equal(rec.call.via, VIA_PLT);
	assert_int_equal(rec.call.dur_ns, 2114);
	assert_int_equal(rec.call.ret, 0x7f10aaf06000);
	assert_int_equal(rec.call.err, 0);
	assert_int_equal(rec.call.has, HAS_RET);
	assert_null(rec.call.path);
}

/* As the shim writes it, and in another order. */
static void what_is_left_out_has_a_default(void **state)
{
	(void)state;
	good("{\"type\":\"call\",\"seq\":4,\"pid\":3,\"call\":\"munlock\",\"addr\":\"0xab\",\"len\":64,\"t\":1,\"dur\":2,"
	     "\"ret\":0}");
	assert_int_equal(rec.tid, 3);
	assert_int_equal(rec.call.via, VIA_PLT);
	good("{\"type\":\"call\",\"call\":\"munlock\",\"seq\":4,\"pid\":3,\"addr\":\"0xab\",\"len\":64,\"t\":1,\"ret\":0}");
	assert_int_equal(rec.tid, 3);
	assert_int_equal(rec.call.via, VIA_PLT);
	good("{\"type\":\"call\",\"seq\":4,\"pid\":3,\"tid\":5,\"call\":\"munlock\",\"addr\":\"0xab\",\"len\":64,\"via\":\"site\","
	     "\"t\":1,\"dur\":2,\"ret\":0}");
	assert_int_equal(rec.tid, 5);
	assert_int_equal(rec.call.via, VIA_SITE);
}

static void field_order_and_white_space_are_free(void **state)
{
	(void)state;
	good(" { \"ret\" : 0 ,\t\"len\":64,\"t\":1,\"call\":\"munlock\",\"tid\":2,\"addr\":\"0xAb\",\"pid\":3,"
	     "\"seq\":4,"
	     "\"type\":\"call\" }\r");
	assert_int_equal(rec.call.call, CALL_munlock);
	assert_int_equal(rec.call.arg[0], 0xab);
	assert_int_equal(rec.call.arg[1], 64);
	assert_int_equal(rec.seq, 4);
	assert_int_equal(rec.pid, 3);
	assert_int_equal(rec.tid, 2);
	assert_int_equal(rec.t_ns, 1);
}

static void signed_numbers_are_sign_extended(void **state)
{
	(void)state;
	good(CALL("\"call\":\"sbrk\",\"increment\":-4096,\"ret\":\"0x5000\""));
	assert_true(rec.call.arg[0] == (uint64_t)-4096);
	good(CALL("\"call\":\"sbrk\",\"increment\":-9223372036854775808,\"ret\":\"0x5000\""));
	assert_true(rec.call.arg[0] == (uint64_t)INT64_MIN);
	good(CALL("\"call\":\"clone\",\"flags\":-2147483648,\"ret\":77"));
	assert_true(rec.call.arg[0] == (uint64_t)INT32_MIN);
	good(CALL("\"call\":\"pkey_alloc\",\"flags\":4294967295,\"rights\":0,\"ret\":1"));
	assert_true(rec.call.arg[0] == UINT32_MAX);
}

static void sizes_and_addresses_have_all_64_bits(void **state)
{
	(void)state;
	good(CALL("\"call\":\"mlock\",\"addr\":\"0xffffffffffffffff\",\"len\":18446744073709551615,\"ret\":-1,"
		  "\"errno\":\"ENOMEM\""));
	assert_true(rec.call.arg[0] == UINT64_MAX);
	assert_true(rec.call.arg[1] == UINT64_MAX);
}

/* The escape sends the line to jansson, whose integers end at INT64_MAX; load.c makes up for it. */
static void wide_numbers_survive_jansson_too(void **state)
{
	(void)state;
	good(CALL("\"call\":\"mlock\",\"addr\":\"0x1\",\"len\":18446744073709551615,\"x\":\"\\u00e4\",\"ret\":0"));
	assert_true(rec.call.arg[1] == UINT64_MAX);
	good(CALL("\"call\":\"mlock\",\"addr\":\"0x1\",\"len\":9223372036854775808,\"x\":[\"1\\\"2\",3e1],\"ret\":0"));
	assert_true(rec.call.arg[1] == 1ull << 63);
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x1\",\"len\":9223372036854775808,\"x\":\"\\u00009\",\"ret\":0"),
	    "not JSON at byte 115: too big integer near '9223372036854775808'");
}

static void numbers_out_of_range_are_refused(void **state)
{
	(void)state;
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":18446744073709551616,\"ret\":0"),
	    "not JSON at byte 116: too big integer near '18446744073709551616'");
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":-1,\"ret\":0"),
	    "call: \"len\" is -1, expected a number from 0");
	bad(CALL("\"call\":\"mlockall\",\"flags\":2147483648,\"ret\":0"),
	    "call: \"flags\" is 2147483648, expected a signed 32-bit number");
	bad(CALL("\"call\":\"pkey_alloc\",\"flags\":4294967296,\"rights\":0,\"ret\":0"),
	    "call: \"flags\" is 4294967296, expected a number from 0 to 4294967295");
	bad(CALL("\"call\":\"sbrk\",\"increment\":9223372036854775808,\"ret\":0"),
	    "call: \"increment\" is 9223372036854775808, expected a signed 64-bit number");
	bad(CALL("\"call\":\"sbrk\",\"increment\":-9223372036854775809,\"ret\":0"),
	    "not JSON at byte 108: too big negative integer near '-9223372036854775809'");
	bad(CALL("\"call\":\"munlockall\",\"ret\":9223372036854775808"),
	    "call: \"ret\" is 9223372036854775808, expected a number, or an address like \"0x7f10\"");
}

static void addresses_are_hex_strings(void **state)
{
	static const char *const wrong[] = { "", "0x", "7f10", "0x12345678123456781", "0xg", "0X10", "0x-1", "0x1 " };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char line[256], message[256];

		snprintf(line, sizeof(line), CALL("\"call\":\"shmdt\",\"addr\":\"%s\",\"ret\":0"), wrong[i]);
		snprintf(message, sizeof(message), "call: \"addr\" is \"%s\", expected an address like \"0x7f10\"",
			 wrong[i]);
		bad(line, message);
	}
	bad(CALL("\"call\":\"shmdt\",\"addr\":4096,\"ret\":0"),
	    "call: \"addr\" is 4096, expected an address like \"0x7f10\"");
}

static void a_missing_argument_is_named(void **state)
{
	(void)state;
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"ret\":0"), "call: \"len\" is missing");
	bad(CALL("\"call\":\"mlock\",\"len\":1,\"ret\":0"), "call: \"addr\" is missing");
	bad("{\"type\":\"call\",\"pid\":1,\"tid\":1,\"t\":1,\"call\":\"fork\",\"ret\":1}", "call: \"seq\" is missing");
	bad("{\"type\":\"call\",\"seq\":1,\"tid\":1,\"t\":1,\"call\":\"fork\",\"ret\":1}", "call: \"pid\" is missing");
	bad("{\"type\":\"call\",\"seq\":1,\"pid\":1,\"tid\":1,\"call\":\"fork\",\"ret\":1}", "call: \"t\" is missing");
	bad("{\"type\":\"call\",\"seq\":1,\"pid\":1,\"tid\":1,\"t\":1,\"ret\":1}", "call: \"call\" is missing");
}

/* Each argument of each call of the table, left out once, is what the message names. */
static void every_argument_of_every_call_is_needed(void **state)
{
	(void)state;
	for (int id = 0; id < CALL_COUNT; id++) {
		const struct call_desc *desc = &call_table[id];

		for (int out = -1; out < desc->nargs; out++) {
			char args[256] = "", line[512], message[64];

			for (int i = 0; i < desc->nargs; i++)
				if (i != out)
					snprintf(args + strlen(args), sizeof(args) - strlen(args), "\"%s\":%s,",
						 desc->arg[i].name,
						 desc->arg[i].format == FORMAT_ADDR ? "\"0x1\"" : "1");
			snprintf(line, sizeof(line), CALL("\"call\":\"%s\",%s\"ret\":0"), desc->name, args);
			snprintf(message, sizeof(message), "call: \"%s\" is missing",
				 out < 0 ? "" : desc->arg[out].name);
			if (out < 0)
				good(line);
			else
				bad(line, message);
		}
	}
}

static void wrong_kinds_are_shown_as_what_they_are(void **state)
{
	(void)state;
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":\"abc\",\"ret\":0"),
	    "call: \"len\" is \"abc\", expected a number");
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":true,\"ret\":0"),
	    "call: \"len\" is true, expected a number");
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":false,\"ret\":0"),
	    "call: \"len\" is false, expected a number");
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":null,\"ret\":0"),
	    "call: \"len\" is null, expected a number");
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":1.5,\"ret\":0"),
	    "call: \"len\" is a fraction, expected a number");
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":[1],\"ret\":0"),
	    "call: \"len\" is an array, expected a number");
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":{},\"ret\":0"),
	    "call: \"len\" is an object, expected a number");
	bad(MLOCK("\"ret\":0,\"via\":5"), "call: \"via\" is 5, expected a string");
}

static void messages_are_safe_to_print(void **state)
{
	(void)state;
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":\"a\\u001b[31mb\\u00e4\",\"ret\":0"),
	    "call: \"len\" is \"a.[31mb..\", expected a number");
	bad(CALL("\"call\":\"mlock\",\"addr\":\"0x0\",\"len\":\"0123456789012345678901234567890123456789x\",\"ret\":0"),
	    "call: \"len\" is \"0123456789012345678901234567890123456789...\", expected a number");
}

static void unknown_calls_are_kept_uninterpreted(void **state)
{
	(void)state;
	good(CALL("\"call\":\"mteleport\",\"from\":\"here\""));
	assert_int_equal(rec.type, RECORD_OTHER);
	assert_int_equal(rec.seq, 377);
	assert_int_equal(rec.pid, 4242);
}

static void unknown_fields_are_ignored_however_deep(void **state)
{
	char deep[8192] = "", line[9000];

	(void)state;
	good(MLOCK("\"ret\":0,\"mood\":\"fine\",\"nested\":{\"a\":[1,{\"b\":null}],\"ret\":5},\"half\":0.5"));
	assert_int_equal(rec.call.ret, 0);
	for (int i = 0; i < 1500; i++)
		strcat(deep, "[");
	for (int i = 0; i < 1500; i++)
		strcat(deep, "]");
	snprintf(line, sizeof(line), MLOCK("\"ret\":0,\"x\":%s"), deep);
	good(line);
}

/* jansson stops at 2048; more lists than a line may have are refused before. */
static void nesting_has_an_end(void **state)
{
	char *line = malloc(200009);

	(void)state;
	strcpy(line, "{\"type\":");
	memset(line + 8, '[', 200000);
	assert_int_equal(parse_exact(line, 200008), -EINVAL);
	assert_string_equal(err.text, "not JSON at byte 2056: maximum parsing depth reached near '['");
	free(line);
}

static void more_fields_than_the_scanner_holds_are_no_matter(void **state)
{
	char line[4096] = "{";

	(void)state;
	for (int i = 0; i < 2 * FIELDS_MAX; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "\"x%d\":%d,", i, i);
	strcat(line, &MLOCK("\"ret\":0")[1]);
	good(line);
	assert_int_equal(rec.call.call, CALL_mlock);
	assert_int_equal(rec.call.arg[1], 64);
}

static void a_key_that_occurs_twice_is_refused(void **state)
{
	(void)state;
	bad(MLOCK("\"ret\":0,\"len\":1"), "not JSON at byte 115: duplicate object key near '\"len\"'");
	bad(MLOCK("\"ret\":0,\"x\":1,\"x\":1"), "not JSON at byte 119: duplicate object key near '\"x\"'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_stand_in_the_tables_order),
		cmocka_unit_test(what_is_left_out_has_a_default),
		cmocka_unit_test(field_order_and_white_space_are_free),
		cmocka_unit_test(signed_numbers_are_sign_extended),
		cmocka_unit_test(sizes_and_addresses_have_all_64_bits),
		cmocka_unit_test(wide_numbers_survive_jansson_too),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(addresses_are_hex_strings),
		cmocka_unit_test(a_missing_argument_is_named),
		cmocka_unit_test(every_argument_of_every_call_is_needed),
		cmocka_unit_test(wrong_kinds_are_shown_as_what_they_are),
		cmocka_unit_test(messages_are_safe_to_print),
		cmocka_unit_test(unknown_calls_are_kept_uninterpreted),
		cmocka_unit_test(unknown_fields_are_ignored_however_deep),
		cmocka_unit_test(nesting_has_an_end),
		cmocka_unit_test(more_fields_than_the_scanner_holds_are_no_matter),
		cmocka_unit_test(a_key_that_occurs_twice_is_refused),
	};

	return lines_run(tests);
}
