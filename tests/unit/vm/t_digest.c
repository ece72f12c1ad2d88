/* t_digest.c - one state has one text and one hash, and every fact of it counts. */
#include "../../../collector/vm/digest.h"
#include "calls.h"

/* Test vectors of FNV-1a, 128 bits: RFC 9923, appendix. */
static void the_hash_is_fnv_1a(void **state)
{
	char hex[DIGEST_HEX];

	(void)state;
	digest_bytes("", 0, hex);
	assert_string_equal(hex, "6c62272e07bb014262b821756295c58d");
	digest_bytes("a", 1, hex);
	assert_string_equal(hex, "d228cb696f1a8caf78912b704e4a8964");
	digest_bytes("foobar", 6, hex);
	assert_string_equal(hex, "343e1662793c64bf6f0d3597ba446f18");
}

static void collect(void *arg, const char *text, size_t length)
{
	strncat(arg, text, length);
}

static void the_text_is_what_the_header_says(void **state)
{
	struct script *s = *state;
	char text[4096] = "";

	do_map(s, 0, 2, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(0), PAGES(1));
	CALL_OF(s, madvise, 0, PAGE(1), PAGES(1), K_MADV_DONTDUMP);
	digest_text_common(s->world, collect, text);
	digest_text_process(world_process(s->world, 100), collect, text);
	assert_string_equal(
		text,
		"pagetrail state 2\n"
		"process 100 parent 0 from 1 exited 0 borrows 0 revealed 0 exe -\n"
		"limits memlock 18446744073709551615 as 18446744073709551615 data 18446744073709551615 "
		"stack 18446744073709551615 core 18446744073709551615 cap 1 known 1 undumpable 0\n"
		"rules future none mdwe 0 exec 0 merge 0 brk 0x0\n"
		"sums mapped 8192 locked 4096 peak 4096 vmlck 4096 wx 0\n"
		"vma 0x200000000000 0x200000001000 rw-p ceiling 7 locked anon advice 0 flags 0 object 0 0 0 by 2 2 3 0 -\n"
		"vma 0x200000001000 0x200000002000 rw-p ceiling 7 none anon advice 16 flags 0 object 0 0 0 by 2 2 0 4 -\n"
		"end\n");
}

static void digest_now(struct script *s, char hex[DIGEST_HEX])
{
	digest_world(s->world, NULL, hex);
}

#define assert_changes(s, ...)                                                                                         \
	do {                                                                                                           \
		char before_[DIGEST_HEX], after_[DIGEST_HEX];                                                          \
		digest_now(s, before_);                                                                                \
		__VA_ARGS__;                                                                                           \
		digest_now(s, after_);                                                                                 \
		assert_string_not_equal(before_, after_);                                                              \
	} while (0)

static void every_fact_counts(void **state)
{
	struct script *s = *state;

	assert_changes(s, do_map(s, 0, 8, RW, PAF));
	assert_changes(s, CALL_OF(s, mprotect, 0, PAGE(0), PAGES(1), R));
	assert_changes(s, CALL_OF(s, mlock, 0, PAGE(1), PAGES(1)));
	assert_changes(s, CALL_OF(s, madvise, 0, PAGE(2), PAGES(1), K_MADV_DONTDUMP));
	assert_changes(s, CALL_OF(s, mseal, 0, PAGE(3), PAGES(1), 0));
	assert_changes(s, CALL_OF(s, mlockall, 0, K_MCL_FUTURE));
	assert_changes(s, CALL_OF(s, munmap, 0, PAGE(4), PAGES(1)));
	assert_changes(s, CALL_OF(s, shmctl, 0, 7, K_SHM_LOCK));
}

static void what_changes_nothing_does_not_count(void **state)
{
	struct script *s = *state;
	char before[DIGEST_HEX], after[DIGEST_HEX];

	do_map(s, 0, 8, RW, PAF);
	digest_now(s, before);
	CALL_OF(s, mprotect, 0, PAGE(0), PAGES(1), RW);
	CALL_OF(s, mlock, ENOMEM, PAGE(9), PAGES(1));
	digest_now(s, after);
	assert_string_equal(before, after);
}

static void event_of(struct script *s, int32_t pid, enum process_event event)
{
	struct record record = { .type = RECORD_PROCESS, .seq = ++s->seq, .pid = pid, .tid = pid };

	record.process = (struct record_process){ .event = event, .ppid = 100 };
	script_apply(s, &record);
}

static void add_left(void *arg, const struct process *process)
{
	char hex[DIGEST_HEX];

	digest_process(process, hex);
	digest_add(arg, hex);
}

/* So that a log's digest can be made while its processes come and go. */
static void who_has_left_counts_as_if_it_had_stayed(void **state)
{
	struct script *s = *state, stays;
	char hex[DIGEST_HEX], want[DIGEST_HEX], other[DIGEST_HEX];
	struct script *both[] = { s, &stays };
	struct digest left = { 0 };

	script_begin(&stays);
	world_let_leave(s->world, add_left, &left);
	for (int i = 0; i < 2; i++) {
		do_map(both[i], 0, 8, RW, PAF);
		for (int32_t pid = 101; pid < 140; pid++) {
			event_of(both[i], pid, PROCESS_FORK);
			event_of(both[i], pid, PROCESS_EXIT);
		}
	}
	assert_null(world_process(s->world, 101));
	digest_world(s->world, &left, hex);
	digest_world(stays.world, NULL, want);
	assert_string_equal(hex, want);
	digest_world(s->world, NULL, other);
	assert_string_not_equal(other, want);
	script_end(&stays);
}

/* Of two processes that exchange a fact the sum must not be the same. */
static void which_process_has_a_fact_counts(void **state)
{
	struct script *s = *state;
	char one[DIGEST_HEX], other[DIGEST_HEX];

	do_map(s, 0, 8, RW, PAF);
	event_of(s, 101, PROCESS_FORK);
	s->pid = 101;
	do_map(s, 20, 1, RW, PAF);
	s->pid = 100;
	do_map(s, 20, 1, RW, PAF);
	CALL_OF(s, mlock, 0, PAGE(20), PAGES(1));
	digest_now(s, one);
	CALL_OF(s, munlock, 0, PAGE(20), PAGES(1));
	s->pid = 101;
	s->seq -= 2;
	CALL_OF(s, mlock, 0, PAGE(20), PAGES(1));
	digest_now(s, other);
	assert_string_not_equal(one, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(the_hash_is_fnv_1a),
		FACT(the_text_is_what_the_header_says),
		FACT(every_fact_counts),
		FACT(what_changes_nothing_does_not_count),
		FACT(who_has_left_counts_as_if_it_had_stayed),
		FACT(which_process_has_a_fact_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
