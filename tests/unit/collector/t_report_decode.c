/* t_report_decode.c - calls as strace prints them. */
#include "calls.h"

#include <errno.h>
#include <string.h>

#include "../../../collector/report/decode.h"
#include "../../../collector/report/flags.h"

static struct text t;
static const struct view plain;

#define assert_decoded(record_, want)                                                                                  \
	do {                                                                                                           \
		const struct record r_ = (record_);                                                                    \
		decode_call(&plain, &t, &r_, false);                                                                   \
		assert_text(&t, want);                                                                                 \
	} while (0)

static void mmap_names_its_flags_and_its_file(void **state)
{
	struct record record = CALL_RECORD(mmap, BASE, 0, 65536, 3, 0x22, (uint64_t)-1, 0);

	(void)state;
	assert_decoded(record,
		       "mmap(NULL, 65536, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f1000000000");
	record = CALL_RECORD(mmap, BASE, BASE, 4096, 0, 0x11, 5, 8192);
	record.call.has |= HAS_FILE;
	record.call.path = "/usr/lib/x.so";
	assert_decoded(record,
		       "mmap(0x7f1000000000, 4096, PROT_NONE, MAP_SHARED|MAP_FIXED, 5</usr/lib/x.so>, 0x2000) = "
		       "0x7f1000000000");
}

static void hostile_paths_are_escaped(void **state)
{
	struct record record = CALL_RECORD(mmap, BASE, 0, 4096, 1, 2, 5, 0);

	(void)state;
	record.call.path = "/tmp/\033]0;owned\a";
	assert_decoded(record,
		       "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 5</tmp/\\033]0;owned\\007>, 0) = 0x7f1000000000");
}

static void failures_are_named_and_explained(void **state)
{
	(void)state;
	assert_decoded(failed(CALL_RECORD(mlock, 0, BASE, 65536), ENOMEM),
		       "mlock(0x7f1000000000, 65536) = -1 ENOMEM (Cannot allocate memory)");
	assert_decoded(failed(CALL_RECORD(mmap, 0, 0, 0, 1, 2, (uint64_t)-1, 0), EINVAL),
		       "mmap(NULL, 0, PROT_READ, MAP_PRIVATE, -1, 0) = -1 EINVAL (Invalid argument)");
}

static void posix_madvise_returns_the_error_itself(void **state)
{
	struct record record = CALL_RECORD(posix_madvise, EINVAL, BASE + 1, 4096, 4);

	(void)state;
	record.call.err = EINVAL;
	assert_decoded(record,
		       "posix_madvise(0x7f1000000001, 4096, POSIX_MADV_DONTNEED) = 22 EINVAL (Invalid argument)");
}

static void a_refused_lock_shows_the_arithmetic(void **state)
{
	struct record record = failed(CALL_RECORD(mlock, 0, BASE, 131072), ENOMEM);

	(void)state;
	record.call.has |= HAS_LIMIT;
	record.call.limit_bytes = 65536;
	record.call.vmlck_bytes = 4096;
	assert_decoded(record, "mlock(0x7f1000000000, 131072) = -1 ENOMEM (Cannot allocate memory)  limit 64 KiB, "
			       "locked 4 KiB, no CAP_IPC_LOCK");
}

static void unfinished_calls_and_execs_differ(void **state)
{
	struct record record = unfinished(CALL_RECORD(execve, 0, 0));

	(void)state;
	record.call.path = "/bin/true";
	assert_decoded(record, "execve(\"/bin/true\") = ?  <unfinished>");
	decode_call(&plain, &t, &record, true);
	assert_text(&t, "execve(\"/bin/true\") = 0");
	assert_decoded(unfinished(CALL_RECORD(exit, 0, 3)), "exit(3) = ?");
}

static void breaks_say_how_far_they_moved(void **state)
{
	struct record record = CALL_RECORD(brk, 0, 0x555500031000);

	(void)state;
	record.call.has |= HAS_OLD;
	record.call.old = 0x555500010000;
	assert_decoded(record, "brk(0x555500031000) = 0  grew by 132 KiB");
	record = CALL_RECORD(sbrk, 0x555500031000, (uint64_t)-4096);
	record.call.has |= HAS_OLD;
	record.call.old = 0x555500031000;
	assert_decoded(record, "sbrk(-4096) = 0x555500031000  shrank by 4 KiB");
}

static void mremap_shows_the_new_address_only_where_it_is_looked_at(void **state)
{
	(void)state;
	assert_decoded(CALL_RECORD(mremap, BASE, BASE, 4096, 8192, 1, 0x1234),
		       "mremap(0x7f1000000000, 4096, 8192, MREMAP_MAYMOVE) = 0x7f1000000000");
	assert_decoded(
		CALL_RECORD(mremap, BASE + PAGE, BASE, 4096, 4096, 3, BASE + PAGE),
		"mremap(0x7f1000000000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x7f1000001000) = 0x7f1000001000");
}

static void limits_and_children_are_shown(void **state)
{
	struct record record = CALL_RECORD(setrlimit, 0, 8);

	(void)state;
	record.call.has |= HAS_RLIMIT;
	record.call.soft = 65536;
	record.call.hard = UINT64_MAX;
	assert_decoded(record, "setrlimit(RLIMIT_MEMLOCK, {rlim_cur=65536, rlim_max=RLIM_INFINITY}) = 0");
	record = CALL_RECORD(posix_spawn, 0, 0);
	record.call.has |= HAS_CHILD;
	record.call.child = 4243;
	record.call.path = "/bin/a \"b\"";
	assert_decoded(record, "posix_spawn(\"/bin/a \\\"b\\\"\") = 0  child 4243");
}

static void flag_words(enum call_format format, uint64_t value, const char *want)
{
	flags_text(&t, format, value);
	assert_text(&t, want);
}

static void unknown_bits_are_kept_in_hex(void **state)
{
	(void)state;
	flag_words(FORMAT_PROT, 0x40000001, "PROT_READ|0x40000000");
	flag_words(FORMAT_PROT, 0, "PROT_NONE");
	flag_words(FORMAT_MLOCK, 0, "0");
	flag_words(FORMAT_MLOCK, 6, "6");
	flag_words(FORMAT_MLOCKALL, 7, "MCL_CURRENT|MCL_FUTURE|MCL_ONFAULT");
	flag_words(FORMAT_ADVICE, 24, "MADV_DONTNEED_LOCKED");
	flag_words(FORMAT_ADVICE, 77, "0x4d");
	flag_words(FORMAT_ADVICE, (uint64_t)-1, "0xffffffff");
	flag_words(FORMAT_SHMCTL, 11, "SHM_LOCK");
	flag_words(FORMAT_PRCTL, 0x53564d41, "PR_SET_VMA");
}

static void mmap_flags_have_a_type_bits_and_a_page_size(void **state)
{
	(void)state;
	flag_words(FORMAT_MMAP, 0, "0");
	flag_words(FORMAT_MMAP, 0x20, "MAP_ANONYMOUS");
	flag_words(FORMAT_MMAP, 0x3, "MAP_SHARED_VALIDATE");
	flag_words(FORMAT_MMAP, 0x28, "MAP_DROPPABLE|MAP_ANONYMOUS");
	flag_words(FORMAT_MMAP, 0x22 | 0x40000 | 21u << 26, "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_HUGE_2MB");
	flag_words(FORMAT_MMAP, 0x22 | 0x4000000, "MAP_PRIVATE|MAP_ANONYMOUS|MAP_UNINITIALIZED");
	flag_words(FORMAT_MMAP, 0x0f, "0xf");
	flag_words(FORMAT_CLONE, 0x100 | 0x4000 | 17, "CLONE_VM|CLONE_VFORK|SIGCHLD");
	flag_words(FORMAT_CLONE, 0, "0");
}

/* Every argument of every call is printed somehow, whatever it holds, and every call's name is there. */
static void every_call_can_be_printed(void **state)
{
	static const uint64_t values[] = { 0, 1, 4096, UINT64_MAX, INT64_MAX, UINT64_C(1) << 31 };

	(void)state;
	for (int id = 0; id < CALL_COUNT; id++) {
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			struct record record = CALL_RECORD(mmap, (int64_t)values[i], values[i], values[i], values[i],
							   values[i], values[i], values[i]);

			record.call.call = (enum call_id)id;
			decode_call(&plain, &t, &record, false);
			assert_int_equal(strncmp(text_read(&t), call_table[id].name, strlen(call_table[id].name)), 0);
			assert_non_null(strstr(text_read(&t), ") = "));
			text_clear(&t);
		}
	}
}

static int release(void **state)
{
	(void)state;
	text_free(&t);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mmap_names_its_flags_and_its_file),
		cmocka_unit_test(hostile_paths_are_escaped),
		cmocka_unit_test(failures_are_named_and_explained),
		cmocka_unit_test(posix_madvise_returns_the_error_itself),
		cmocka_unit_test(a_refused_lock_shows_the_arithmetic),
		cmocka_unit_test(unfinished_calls_and_execs_differ),
		cmocka_unit_test(breaks_say_how_far_they_moved),
		cmocka_unit_test(mremap_shows_the_new_address_only_where_it_is_looked_at),
		cmocka_unit_test(limits_and_children_are_shown),
		cmocka_unit_test(unknown_bits_are_kept_in_hex),
		cmocka_unit_test(mmap_flags_have_a_type_bits_and_a_page_size),
		cmocka_unit_test(every_call_can_be_printed),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
