/* Call lines: every argument format, every optional field, every complaint. */
#include "lines.h"

#include <stdio.h>

#include "../../../collector/log/fields.h"

#define CALL(rest) "{\"type\":\"call\",\"seq\":377,\"pid\":4242,\"tid\":4250,\"t\":1204431877," rest "}"
#define MLOCK(rest) CALL("\"call\":\"mlock\",\"addr\":\"0x1000\",\"len\":64," rest)

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
	assert_string_equal(rec.call.via, "plt");
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
	assert_string_equal(rec.call.via, "plt");
	good("{\"type\":\"call\",\"call\":\"munlock\",\"seq\":4,\"pid\":3,\"addr\":\"0xab\",\"len\":64,\"t\":1,\"ret\":0}");
	assert_int_equal(rec.tid, 3);
	assert_string_equal(rec.call.via, "plt");
	good("{\"type\":\"call\",\"seq\":4,\"pid\":3,\"tid\":5,\"call\":\"munlock\",\"addr\":\"0xab\",\"len\":64,\"via\":\"site\","
	     "\"t\":1,\"dur\":2,\"ret\":0}");
	assert_int_equal(rec.tid, 5);
	assert_string_equal(rec.call.via, "site");
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

static void failures_have_their_errno(void **state)
{
	(void)state;
	good(MLOCK("\"ret\":-1,\"errno\":\"EPERM\""));
	assert_int_equal(rec.call.ret, -1);
	assert_int_equal(rec.call.err, EPERM);
	good(MLOCK("\"ret\":-1,\"errno\":\"EWOULDBLOCK\""));
	assert_int_equal(rec.call.err, EAGAIN);
	good(MLOCK("\"ret\":-1,\"errno\":\"EHWPOISON\""));
	assert_int_equal(rec.call.err, EHWPOISON);
	good(MLOCK("\"ret\":-1,\"errno\":524"));
	assert_int_equal(rec.call.err, 524);
	good(CALL("\"call\":\"posix_madvise\",\"addr\":\"0x0\",\"len\":1,\"advice\":77,\"ret\":22,"
		  "\"errno\":\"EINVAL\""));
	assert_int_equal(rec.call.ret, EINVAL);
	assert_int_equal(rec.call.err, EINVAL);
	good(CALL("\"call\":\"posix_madvise\",\"addr\":\"0x0\",\"len\":1,\"advice\":0,\"ret\":0"));
	assert_int_equal(rec.call.err, 0);
}

static void every_errno_of_this_machine_is_known(void **state)
{
	(void)state;
	for (int value = 1; value < 200; value++) {
		char line[256];

		if (!strerrorname_np(value))
			continue;
		snprintf(line, sizeof(line), MLOCK("\"ret\":-1,\"errno\":\"%s\""), strerrorname_np(value));
		good(line);
		assert_int_equal(rec.call.err, value);
	}
}

static void result_and_errno_must_agree(void **state)
{
	(void)state;
	bad(MLOCK("\"ret\":-1"), "call: \"errno\" is missing");
	bad(MLOCK("\"ret\":0,\"errno\":\"EPERM\""), "call: \"errno\" is there, but \"ret\" is not a failure");
	bad(MLOCK("\"ret\":-1,\"errno\":\"EFOO\""),
	    "call: \"errno\" is \"EFOO\", expected the name of an error, like \"ENOMEM\"");
	bad(MLOCK("\"ret\":-1,\"errno\":0"), "call: \"errno\" is 0, expected the name of an error, like \"ENOMEM\"");
	bad(MLOCK("\"ret\":-1,\"errno\":4096"),
	    "call: \"errno\" is 4096, expected the name of an error, like \"ENOMEM\"");
}

static void minus_one_may_be_a_value(void **state)
{
	(void)state;
	good(CALL("\"call\":\"personality\",\"persona\":4294967295,\"ret\":-1"));
	assert_int_equal(rec.call.ret, -1);
	assert_int_equal(rec.call.err, 0);
}

static void a_result_may_be_a_number_or_an_address(void **state)
{
	(void)state;
	good(MLOCK("\"ret\":\"0x10\""));
	assert_int_equal(rec.call.ret, 16);
	good(CALL("\"call\":\"sbrk\",\"increment\":0,\"ret\":\"0xffff800000000000\""));
	assert_true((uint64_t)rec.call.ret == 0xffff800000000000ull);
}

static void a_call_that_never_returned_says_so(void **state)
{
	(void)state;
	good(MLOCK("\"unfinished\":true"));
	assert_int_equal(rec.call.has, 0);
	bad(MLOCK("\"via\":\"plt\""), "call: \"ret\" is missing, and so is \"unfinished\"");
	bad(MLOCK("\"unfinished\":false"), "call: \"unfinished\" is false, but \"ret\" is missing");
	good(CALL("\"call\":\"exit\",\"status\":3"));
	assert_int_equal(rec.call.has, 0);
	assert_int_equal(rec.call.arg[0], 3);
	good(CALL("\"call\":\"execve\",\"path\":\"/bin/true\""));
	assert_string_equal(rec.call.path, "/bin/true");
}

static void the_old_break_is_kept(void **state)
{
	(void)state;
	good(CALL("\"call\":\"brk\",\"addr\":\"0x2000\",\"old\":\"0x1000\",\"ret\":0"));
	assert_int_equal(rec.call.has, HAS_RET | HAS_OLD);
	assert_int_equal(rec.call.old, 0x1000);
}

#define MMAP(rest)                                                                                                     \
	CALL("\"call\":\"mmap\",\"addr\":\"0x0\",\"len\":1,\"prot\":1,\"flags\":2,\"fd\":3,\"off\":0,"               \
	     "\"ret\":\"0x1000\"," rest)

static void the_mapped_file_is_kept(void **state)
{
	static const struct { const char *word; enum fd_kind kind; } kinds[] = {
		{ "regular", FD_REGULAR }, { "memfd", FD_MEMFD }, { "secret", FD_SECRET }, { "hugetlb", FD_HUGETLB },
		{ "device", FD_DEVICE }, { "other", FD_OTHER }, { "zero", FD_ZERO }, { "socket", FD_SOCKET },
		{ "pipe", FD_PIPE }, { "hologram", FD_UNKNOWN },
	};
	static const struct { const char *word; enum fd_access access; } accesses[] = {
		{ "r", ACCESS_READ }, { "w", ACCESS_WRITE }, { "rw", ACCESS_BOTH }, { "x", ACCESS_UNKNOWN },
	};

	(void)state;
	good(MMAP("\"fdkind\":\"regular\",\"access\":\"rw\",\"dev\":65024,\"ino\":18446744073709551615,"
		  "\"path\":\"/a b\""));
	assert_int_equal(rec.call.has, HAS_RET | HAS_FILE);
	assert_int_equal(rec.call.dev, 65024);
	assert_true(rec.call.ino == UINT64_MAX);
	assert_string_equal(rec.call.path, "/a b");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char line[256];

		snprintf(line, sizeof(line), MMAP("\"fdkind\":\"%s\""), kinds[i].word);
		good(line);
		assert_int_equal(rec.call.fd_kind, kinds[i].kind);
	}
	for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
		char line[256];

		snprintf(line, sizeof(line), MMAP("\"fdkind\":\"memfd\",\"access\":\"%s\""), accesses[i].word);
		good(line);
		assert_int_equal(rec.call.access, accesses[i].access);
	}
	assert_int_equal(rec.call.seals, 0);
	assert_false(rec.call.noexec);
	good(MMAP("\"fdkind\":\"memfd\",\"access\":\"rw\",\"seals\":24,\"noexec\":true"));
	assert_int_equal(rec.call.seals, 24);
	assert_true(rec.call.noexec);
}

#define ADVISE(extra)                                                                                                  \
	"{\"type\":\"call\",\"seq\":1,\"pid\":1,\"tid\":1,\"t\":0,\"call\":\"process_madvise\",\"pidfd\":3,"                 \
	"\"iovec\":\"0x8\",\"count\":2,\"advice\":20,\"flags\":0,\"ret\":8192," extra "}"

static void ranges_behind_a_pointer_are_kept(void **state)
{
	(void)state;
	good(ADVISE("\"target\":77,\"iov\":[[\"0x1000\",4096],[\"0x7000\",100]]"));
	assert_int_equal(rec.call.has, HAS_RET | HAS_IOV | HAS_TARGET);
	assert_int_equal(rec.call.target, 77);
	assert_int_equal(rec.call.iov_count, 2);
	assert_int_equal(rec.call.iov[1].addr, 0x7000);
	assert_int_equal(rec.call.iov[1].len, 100);
	good(ADVISE("\"iov\":[[\"0x1000\",4096]],\"iov_cut\":true"));
	assert_int_equal(rec.call.has, HAS_RET);
	good(ADVISE("\"overlap\":true")); /* says nothing of ranges */
	assert_int_equal(rec.call.has, HAS_RET | HAS_OVERLAP);
	assert_false(rec.call.has & HAS_IOV);
	bad(ADVISE("\"iov\":[[\"0x1000\",-1]]"), "call: \"iov\"[0] is an array, expected a range like [\"0x7f10\",4096]");
	bad(ADVISE("\"iov\":[[4096,4096]]"), "call: \"iov\"[0] is an array, expected a range like [\"0x7f10\",4096]");
	bad(ADVISE("\"iov\":[[\"0x1000\"]]"), "call: \"iov\"[0] is an array, expected a range like [\"0x7f10\",4096]");
	bad(ADVISE("\"iov\":7"), "call: \"iov\" is 7, expected an array");
}

static void that_the_process_looked_is_kept(void **state)
{
	(void)state;
	good(MMAP("\"looked\":true"));
	assert_int_equal(rec.call.has, HAS_RET | HAS_LOOKED);
	bad(MMAP("\"looked\":1"), "call: \"looked\" is 1, expected true or false");
}

static void escapes_in_paths_are_read(void **state)
{
	(void)state;
	good(MMAP("\"fdkind\":\"other\",\"path\":\"/a\\\"b\\\\c\\/\\t\\u00e4\\ud83d\\ude00\""));
	assert_string_equal(rec.call.path, "/a\"b\\c/\t\xc3\xa4\xf0\x9f\x98\x80");
	good(MMAP("\"fdkind\":\"other\",\"path\":\"/\xc3\xa4\""));
	assert_string_equal(rec.call.path, "/\xc3\xa4");
	assert_int_equal(parse_exact(MMAP("\"path\":\"/\xff\""), strlen(MMAP("\"path\":\"/\xff\""))), -EINVAL);
	assert_int_equal(parse_exact(MMAP("\"path\":\"/\\ud800\""), strlen(MMAP("\"path\":\"/\\ud800\""))), -EINVAL);
	assert_int_equal(parse_exact(MMAP("\"path\":\"/\\u0000\""), strlen(MMAP("\"path\":\"/\\u0000\""))), -EINVAL);
}

static void the_limit_that_refused_a_lock_is_kept(void **state)
{
	(void)state;
	good(MLOCK("\"ret\":-1,\"errno\":\"ENOMEM\",\"limit\":8388608,\"cap\":true,\"vmlck\":4096"));
	assert_int_equal(rec.call.has, HAS_RET | HAS_LIMIT);
	assert_int_equal(rec.call.limit_bytes, 8388608);
	assert_true(rec.call.cap_ipc_lock);
	assert_int_equal(rec.call.vmlck_bytes, 4096);
	good(MLOCK("\"ret\":-1,\"errno\":\"ENOMEM\",\"limit\":-1,\"cap\":false,\"vmlck\":0"));
	assert_true(rec.call.limit_bytes == UINT64_MAX);
	assert_false(rec.call.cap_ipc_lock);
	good(MLOCK("\"ret\":-1,\"errno\":\"ENOMEM\",\"limit\":-1,\"cap\":false"));
	assert_int_equal(rec.call.has, HAS_RET);
	bad(MLOCK("\"ret\":-1,\"errno\":\"ENOMEM\",\"limit\":-2,\"cap\":false,\"vmlck\":0"),
	    "call: \"limit\" is -2, expected a number of bytes, or -1 for unlimited");
	bad(MLOCK("\"ret\":-1,\"errno\":\"ENOMEM\",\"limit\":1,\"cap\":0,\"vmlck\":0"),
	    "call: \"cap\" is 0, expected true or false");
}

static void segment_limits_and_child_are_kept(void **state)
{
	(void)state;
	good(CALL("\"call\":\"shmat\",\"shmid\":1,\"addr\":\"0x0\",\"flags\":0,\"size\":8192,\"ret\":\"0x1000\""));
	assert_int_equal(rec.call.has, HAS_RET | HAS_SIZE);
	assert_int_equal(rec.call.size_bytes, 8192);
	good(CALL("\"call\":\"setrlimit\",\"resource\":8,\"soft\":65536,\"hard\":-1,\"ret\":0"));
	assert_int_equal(rec.call.has, HAS_RET | HAS_RLIMIT);
	assert_int_equal(rec.call.soft, 65536);
	assert_true(rec.call.hard == UINT64_MAX);
	bad(CALL("\"call\":\"setrlimit\",\"resource\":8,\"soft\":65536,\"ret\":0"), "call: \"hard\" is missing");
	good(CALL("\"call\":\"posix_spawn\",\"child\":99,\"path\":\"/bin/true\",\"ret\":0"));
	assert_int_equal(rec.call.has, HAS_RET | HAS_CHILD);
	assert_int_equal(rec.call.child, 99);
	assert_string_equal(rec.call.path, "/bin/true");
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
		cmocka_unit_test(failures_have_their_errno),
		cmocka_unit_test(every_errno_of_this_machine_is_known),
		cmocka_unit_test(result_and_errno_must_agree),
		cmocka_unit_test(minus_one_may_be_a_value),
		cmocka_unit_test(a_result_may_be_a_number_or_an_address),
		cmocka_unit_test(a_call_that_never_returned_says_so),
		cmocka_unit_test(the_old_break_is_kept),
		cmocka_unit_test(the_mapped_file_is_kept),
		cmocka_unit_test(ranges_behind_a_pointer_are_kept),
		cmocka_unit_test(that_the_process_looked_is_kept),
		cmocka_unit_test(escapes_in_paths_are_read),
		cmocka_unit_test(the_limit_that_refused_a_lock_is_kept),
		cmocka_unit_test(segment_limits_and_child_are_kept),
		cmocka_unit_test(unknown_calls_are_kept_uninterpreted),
		cmocka_unit_test(unknown_fields_are_ignored_however_deep),
		cmocka_unit_test(nesting_has_an_end),
		cmocka_unit_test(more_fields_than_the_scanner_holds_are_no_matter),
		cmocka_unit_test(a_key_that_occurs_twice_is_refused),
	};

	return lines_run(tests);
}
