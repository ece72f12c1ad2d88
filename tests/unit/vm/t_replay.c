/* t_replay.c - which results the kernel cannot have given, and when nothing is claimed. */
#include "../../../collector/vm/replay.h"
#include "calls.h"

/* A result as possible_ask() sees it, of a call that is not applied. */
static struct impossible ask(struct script *s, const struct record *record)
{
	struct impossible found;

	possible_ask(script_space(s), record, &found);
	return found;
}

#define RESULT(script, name, result, err, ...)                                                                         \
	({                                                                                                             \
		struct record record_ = call_record(script, CALL_##name, (int64_t)(result), err);                      \
		uint64_t args_[] = { __VA_ARGS__ };                                                                    \
		memcpy(record_.call.arg, args_, sizeof args_);                                                         \
		ask(script, &record_);                                                                                 \
	})

#define assert_possible(...) assert_string_equal(impossible_name(RESULT(__VA_ARGS__).kind), "possible")
#define assert_impossible(kind_, basis_, ...)                                                                          \
	do {                                                                                                           \
		struct impossible found_ = RESULT(__VA_ARGS__);                                                        \
		assert_string_equal(impossible_name(found_.kind), kind_);                                              \
		assert_int_equal(found_.basis, basis_);                                                                \
	} while (0)

enum { PA = K_MAP_PRIVATE | K_MAP_ANONYMOUS };

static void what_is_mapped_is_not_given_out(void **state)
{
	struct script *s = *state;

	do_map(s, 4, 2, RW, PAF);
	assert_possible(s, mmap, PAGE(0), 0, 0, PAGES(4), RW, PA, -1, 0);
	assert_impossible("taken", BASIS_PAGES, s, mmap, PAGE(0), 0, 0, PAGES(5), RW, PA, -1, 0);
	assert_possible(s, mmap, PAGE(0), 0, PAGE(0), PAGES(5), RW, PAF, -1, 0);
	assert_impossible("taken", BASIS_PAGES, s, mremap, PAGE(3), 0, PAGE(4), PAGES(2), PAGES(2), K_MREMAP_MAYMOVE);
	assert_possible(s, mremap, PAGE(4), 0, PAGE(4), PAGES(2), PAGES(3), 0);
	do_map(s, 6, 1, R, PAF);
	assert_impossible("taken", BASIS_PAGES, s, mremap, PAGE(4), 0, PAGE(4), PAGES(2), PAGES(3), K_MREMAP_MAYMOVE);
}

static void what_was_demanded_is_given_or_nothing(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 1, RW, PAF);
	assert_impossible("elsewhere", BASIS_ARGUMENTS, s, mmap, PAGE(9), 0, PAGE(8), PAGES(1), RW, PAF, -1, 0);
	assert_possible(s, mmap, PAGE(9), 0, PAGE(8), PAGES(1), RW, PA, -1, 0);
	assert_impossible("elsewhere", BASIS_ARGUMENTS, s, mremap, PAGE(9), 0, PAGE(0), PAGES(1), PAGES(2), 0);
	assert_impossible("elsewhere", BASIS_ARGUMENTS, s, mremap, PAGE(9), 0, PAGE(0), PAGES(1), PAGES(1),
			  K_MREMAP_MAYMOVE | K_MREMAP_FIXED, PAGE(8));
	assert_impossible("elsewhere", BASIS_ARGUMENTS, s, shmat, PAGE(9), 0, 3, PAGE(8), 0);
}

static void addresses_are_those_of_pages_a_process_can_have(void **state)
{
	struct script *s = *state;

	assert_impossible("unaligned", BASIS_ARGUMENTS, s, mmap, PAGE(0) + 8, 0, 0, PAGES(1), RW, PA, -1, 0);
	assert_impossible("outside", BASIS_ARGUMENTS, s, mmap, USER_END - PAGES(1), 0, 0, PAGES(2), RW, PA, -1, 0);
	assert_possible(s, mmap, USER_END - PAGES(1), 0, 0, PAGES(1), RW, PA, -1, 0);
}

static void numbers_are_those_that_a_call_returns(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 1, RW, PAF);
	assert_impossible("value", BASIS_ARGUMENTS, s, mprotect, 1, 0, PAGE(0), PAGES(1), R);
	assert_impossible("value", BASIS_ARGUMENTS, s, memfd_create, -5, 0, PAGE(0), 0);
	assert_impossible("value", BASIS_ARGUMENTS, s, pkey_alloc, 32, 0, 0, 0);
	assert_possible(s, personality, -5, 0, 0xffffffff);
	assert_possible(s, brk, PAGE(3), 0, PAGE(3));
}

static void what_the_kernel_refuses_does_not_work(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 1, RW, PAF);
	do_map(s, 2, 1, RW, PAF);
	assert_impossible("worked", BASIS_PAGES, s, munlock, 0, 0, PAGE(0), PAGES(3));
	assert_possible(s, munlock, 0, 0, PAGE(0), PAGES(1));
	assert_impossible("worked", BASIS_ARGUMENTS, s, munmap, 0, 0, PAGE(0) + 1, PAGES(1));
	CALL_OF(s, mseal, 0, PAGE(2), PAGES(1), 0);
	script_space(s)->brk = PAGE(3);
	script_space(s)->heap_low = PAGE(1);
	assert_possible(s, brk, 0, 0, PAGE(2));
	assert_impossible("worked", BASIS_PAGES, s, mprotect, 0, 0, PAGE(2), PAGES(1), R);
	script_space(s)->limits.memlock = 0x10000;
	script_space(s)->limits.cap_ipc_lock = false;
	do_map(s, 10, 17, RW, PAF);
	assert_impossible("worked", BASIS_SPACE, s, mlock, 0, 0, PAGE(10), PAGES(17));
	assert_possible(s, mlock, 0, 0, PAGE(10), PAGES(16));
	script_space(s)->limits.cap_ipc_lock = true;
	assert_possible(s, mlock, 0, 0, PAGE(10), PAGES(17));
}

static void errors_are_those_of_the_first_test_that_fails(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 1, RW, PAF);
	assert_impossible("no-such-error", BASIS_ARGUMENTS, s, munmap, -1, EBADF, PAGE(0), PAGES(1));
	assert_impossible("no-such-error", BASIS_PAGES, s, munmap, -1, EINVAL, PAGE(0), PAGES(1));
	assert_impossible("other-error", BASIS_ARGUMENTS, s, munmap, -1, ENOMEM, PAGE(0) + 1, PAGES(1));
	assert_possible(s, munmap, -1, EINVAL, PAGE(0) + 1, PAGES(1));
	/* a filter is asked before: seccomp(2) */
	assert_possible(s, munmap, -1, EPERM, PAGE(0) + 1, PAGES(1));
}

/* A newer kernel may know more flags, not other addresses. */
static void flags_are_not_judged_on_kernels_to_come(void **state)
{
	struct script *s = *state;

	do_map(s, 0, 1, RW, PAF);
	assert_impossible("worked", BASIS_ARGUMENTS, s, madvise, 0, 0, PAGE(0), PAGES(1), 99);
	script_space(s)->commons->kernel = KERNEL(9, 0);
	assert_possible(s, madvise, 0, 0, PAGE(0), PAGES(1), 99);
	assert_impossible("worked", BASIS_ARGUMENTS, s, madvise, 0, 0, PAGE(0) + 1, PAGES(1), K_MADV_DONTDUMP);
}

/* ---- whole logs ---- */

struct play {
	struct script *script;
	struct replay *replay;
};

static struct play play_new(struct script *s)
{
	return (struct play){ s, replay_new(s->world) };
}

static void play_map(struct play *play, int page, int pages, unsigned flags)
{
	struct record record = call_record(play->script, CALL_mmap, (int64_t)PAGE(page), 0);

	record.call.arg[0] = flags & K_MAP_FIXED ? PAGE(page) : 0;
	record.call.arg[1] = PAGES(pages);
	record.call.arg[2] = RW;
	record.call.arg[3] = flags;
	record.call.arg[4] = UINT64_MAX;
	replay_apply(play->replay, &record);
}

static void play_note(struct play *play, const char *what, uint64_t first, uint64_t second)
{
	struct record record = { .type = RECORD_NOTE, .pid = 100,
				 .note = { .what = what, .seqs = { first, second }, .start = PAGE(0), .end = PAGE(4) } };

	replay_apply(play->replay, &record);
}

static void play_look(struct play *play, int page, int pages)
{
	struct snapshot_range range = { .start = PAGE(page), .end = PAGE(page + pages), .perms = "rw-p" };
	struct record record = { .type = RECORD_SNAPSHOT, .seq = ++play->script->seq, .pid = 100,
				 .snapshot = { .why = "look", .last = true, .from = PAGE(page), .to = PAGE(page + pages),
					       .count = 1, .range = &range } };

	replay_apply(play->replay, &record);
}

static void assert_found(struct play *play, size_t want, uint64_t open)
{
	size_t count;

	replay_end(play->replay);
	replay_found(play->replay, &count);
	assert_int_equal(count, want);
	assert_int_equal(replay_counts(play->replay).open, open);
	replay_free(play->replay);
}

static void a_finding_is_kept_without_doubt(void **state)
{
	struct play play = play_new(*state);

	play_map(&play, 0, 2, PA);
	play_map(&play, 1, 2, PA);
	play_map(&play, 2, 2, PA);
	assert_found(&play, 2, 0);
}

static void a_race_named_later_takes_it_back(void **state)
{
	struct play play = play_new(*state);

	play_map(&play, 0, 2, PA);
	play_map(&play, 1, 2, PA);
	play_note(&play, "race", play.script->seq - 1, play.script->seq);
	/* what may be there now is not known either */
	play_map(&play, 3, 1, PA);
	assert_found(&play, 0, 1);
}

static void a_race_on_other_pages_does_not(void **state)
{
	struct play play = play_new(*state);

	play_map(&play, 8, 2, PA);
	play_map(&play, 9, 2, PA);
	play_note(&play, "race", 1, 1);
	assert_found(&play, 1, 0);
}

static void a_look_at_the_pages_takes_it_back_and_ends_the_doubt(void **state)
{
	struct play play = play_new(*state);

	play_map(&play, 0, 2, PA);
	play_map(&play, 1, 2, PA);
	play_look(&play, 0, 4);
	play_map(&play, 1, 1, PA);
	assert_found(&play, 1, 1);
}

static void a_look_ends_the_doubt_of_a_race(void **state)
{
	struct play play = play_new(*state);

	play_map(&play, 0, 2, PA);
	play_note(&play, "race", 1, 1);
	play_map(&play, 1, 1, PA);
	play_look(&play, 0, 4);
	play_map(&play, 1, 1, PA);
	assert_found(&play, 1, 1);
}

/* Of a call after what was found it is told that its effect has to be looked at: that look is about this call. */
static void a_look_that_another_call_explains_does_not(void **state)
{
	struct play play = play_new(*state);
	struct record lock = call_record(*state, CALL_munlock, -1, ENOMEM);

	play_map(&play, 0, 2, PA);
	play_map(&play, 1, 2, PA);
	lock.call.arg[0] = PAGE(0);
	lock.call.arg[1] = PAGES(1);
	replay_apply(play.replay, &lock);
	play_look(&play, 0, 1);
	assert_found(&play, 1, 0);
}

static void with_losses_only_arguments_are_judged(void **state)
{
	struct play play = play_new(*state);
	struct record loss = { .type = RECORD_LOSS, .loss = { .count = 1 } };

	play_map(&play, 0, 2, PA);
	play_map(&play, 1, 2, PA);
	replay_apply(play.replay, &loss);
	play_map(&play, 1, 0, PA);
	assert_found(&play, 1, 1);
}

static void a_forked_child_inherits_the_doubt(void **state)
{
	struct play play = play_new(*state);
	struct record fork = call_record(*state, CALL_fork, 200, 0);

	play_map(&play, 0, 2, PA);
	play_note(&play, "race", 1, 1);
	replay_apply(play.replay, &fork);
	play.script->pid = 200;
	play_map(&play, 1, 1, PA);
	assert_found(&play, 0, 1);
}

/* A call on @pages pages from @page on, under way from @t_ns for @dur_ns. */
static struct record timed(struct play *play, enum call_id call, int err, uint64_t t_ns, uint64_t dur_ns, int page, int pages)
{
	struct record record = call_record(play->script, call, err ? -1 : 0, err);

	record.t_ns = t_ns;
	record.call.dur_ns = dur_ns;
	record.call.arg[0] = PAGE(page);
	record.call.arg[1] = PAGES(pages);
	return record;
}

/* EINVAL, as of a locked page. */
static void play_refused(struct play *play, uint64_t t_ns, uint64_t dur_ns)
{
	struct record record = timed(play, CALL_madvise, EINVAL, t_ns, dur_ns, 0, 1);

	record.call.arg[2] = K_MADV_DONTNEED;
	replay_apply(play->replay, &record);
}

static void play_lock(struct play *play, enum call_id call, uint64_t t_ns, uint64_t dur_ns, int page)
{
	struct record record = timed(play, call, 0, t_ns, dur_ns, page, 1);

	replay_apply(play->replay, &record);
}

static void a_call_that_ended_later_may_have_come_first(void **state)
{
	struct play play = play_new(*state);

	play_map(&play, 0, 2, PA);
	play_refused(&play, 100, 10);
	play_lock(&play, CALL_mlock, 50, 100, 0);
	assert_found(&play, 0, 1);
}

static void a_call_that_ended_before_may_have_come_last(void **state)
{
	struct play play = play_new(*state);

	play_map(&play, 0, 2, PA);
	play_lock(&play, CALL_mlock, 20, 10, 0);
	play_lock(&play, CALL_munlock, 50, 60, 0);
	play_refused(&play, 100, 50);
	assert_found(&play, 0, 1);
}

static void calls_that_do_not_overlap_have_one_order(void **state)
{
	struct play play = play_new(*state);

	play_map(&play, 0, 2, PA);
	play_lock(&play, CALL_munlock, 50, 50, 0);
	play_refused(&play, 100, 50);
	play_lock(&play, CALL_mlock, 150, 50, 0);
	assert_found(&play, 1, 0);
}

static void calls_on_other_pages_bear_on_nothing(void **state)
{
	struct play play = play_new(*state);

	play_map(&play, 0, 2, PA);
	play_lock(&play, CALL_munlock, 50, 100, 1);
	play_refused(&play, 100, 60);
	play_lock(&play, CALL_mlock, 80, 100, 1);
	assert_found(&play, 1, 0);
}

/* More calls than are remembered: one of those before may have been about the page. */
static void among_too_many_at_once_nothing_is_certain(void **state)
{
	struct play play = play_new(*state);

	play_map(&play, 0, 2, PA);
	for (uint64_t i = 0; i < 100; i++)
		play_lock(&play, CALL_mlock, 10, 100 + i, 1);
	play_refused(&play, 100, 200);
	assert_found(&play, 0, 1);
}

/* ---- rules ---- */

static void play_rules_race(struct play *play)
{
	struct record record = { .type = RECORD_NOTE, .pid = 100,
				 .note = { .what = "race", .seqs = { 1, 1 }, .start = 0, .end = USER_END, .rules = true } };

	replay_apply(play->replay, &record);
	play_look(play, 0, 8);
}

static void pages_of_a_mapping_made_by_unknown_rules_are_not_known(void **state)
{
	struct play play = play_new(*state);

	play_rules_race(&play);
	play_map(&play, 0, 2, PAF);
	play_refused(&play, 100, 10);
	assert_found(&play, 0, 1);
}

static void a_look_at_such_a_mapping_ends_the_doubt(void **state)
{
	struct play play = play_new(*state);

	play_rules_race(&play);
	play_map(&play, 0, 2, PAF);
	play_look(&play, 0, 2);
	play_refused(&play, 100, 10);
	assert_found(&play, 1, 0);
}

static void the_next_mlockall_makes_the_rules_known(void **state)
{
	struct play play = play_new(*state);
	struct record unlock = call_record(*state, CALL_munlockall, 0, 0);

	play_rules_race(&play);
	replay_apply(play.replay, &unlock);
	play_map(&play, 0, 2, PAF);
	play_refused(&play, 100, 10);
	assert_found(&play, 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(what_is_mapped_is_not_given_out),
		FACT(what_was_demanded_is_given_or_nothing),
		FACT(addresses_are_those_of_pages_a_process_can_have),
		FACT(numbers_are_those_that_a_call_returns),
		FACT(what_the_kernel_refuses_does_not_work),
		FACT(errors_are_those_of_the_first_test_that_fails),
		FACT(flags_are_not_judged_on_kernels_to_come),
		FACT(a_finding_is_kept_without_doubt),
		FACT(a_race_named_later_takes_it_back),
		FACT(a_race_on_other_pages_does_not),
		FACT(a_look_at_the_pages_takes_it_back_and_ends_the_doubt),
		FACT(a_look_ends_the_doubt_of_a_race),
		FACT(a_look_that_another_call_explains_does_not),
		FACT(with_losses_only_arguments_are_judged),
		FACT(a_forked_child_inherits_the_doubt),
		FACT(a_call_that_ended_later_may_have_come_first),
		FACT(a_call_that_ended_before_may_have_come_last),
		FACT(calls_that_do_not_overlap_have_one_order),
		FACT(calls_on_other_pages_bear_on_nothing),
		FACT(among_too_many_at_once_nothing_is_certain),
		FACT(pages_of_a_mapping_made_by_unknown_rules_are_not_known),
		FACT(a_look_at_such_a_mapping_ends_the_doubt),
		FACT(the_next_mlockall_makes_the_rules_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
