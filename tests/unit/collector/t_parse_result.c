/* t_parse_result.c - lines of calls: the result, its error, and what stands beside the arguments. */
#include "call_lines.h"

#include <stdio.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return lines_run(tests);
}
