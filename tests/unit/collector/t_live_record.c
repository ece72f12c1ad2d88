/*
 * t_live_record.c - what a whole run leaves in the log.
 */
#include "sessions.h"

/* ---- whole runs ---- */

static void a_writer_faster_than_the_ring_waits_and_loses_nothing(void **state)
{
	struct seen seen;

	(void)state;
	record(write_many);
	seen = read_log();
	assert_int_equal(seen.calls, MANY);
	assert_true(seen.ascending);
	assert_true(seen.complete);
	assert_int_equal(WEXITSTATUS(seen.status), 3);
	assert_int_equal(totals.counts.calls, MANY);
	assert_true(totals.complete);
}

static void write_and_die(const struct writer *w)
{
	say_start(w);
	say_call(w, 0);
	say_begun(w, 1);
	kill(getpid(), SIGKILL);
}

static void a_call_under_way_at_death_is_unfinished(void **state)
{
	struct seen seen;

	(void)state;
	record(write_and_die);
	seen = read_log();
	assert_string_equal(seen.types, "pcue");
	assert_int_equal(WTERMSIG(seen.status), SIGKILL);
	assert_int_equal(totals.counts.unfinished, 1);
	assert_true(seen.complete);
}

static void write_exec(const struct writer *w)
{
	char text[SLOT_TEXT];

	say_start(w);
	say_begun(w, 0);
	snprintf(text, sizeof(text),
		 ",\"pid\":%d,\"tid\":%d,\"call\":\"execve\",\"path\":\"/bin/writer\",\"t\":%" PRIu64, w->pid, w->pid,
		 since(w));
	writer_begin(w, text);
	say_start(w);
	say_call(w, 2);
}

/* The execve did what it should; the other call was another thread's, which is no more. */
static void exec_ends_what_its_threads_had_begun(void **state)
{
	struct seen seen;

	(void)state;
	record(write_exec);
	seen = read_log();
	assert_string_equal(seen.types, "puuxce");
	assert_int_equal(totals.counts.unfinished, 1);
}

static void write_spawn(const struct writer *w)
{
	struct writer child = *w;
	char text[SLOT_TEXT];

	say_start(w);
	child.pid = fork(); /* stands for vfork: the child shares the writer's memory until it execs, and announces
			       nothing */
	if (child.pid == 0) {
		pause();
		_exit(0);
	}
	snprintf(text, sizeof(text),
		 ",\"pid\":%d,\"tid\":%d,\"call\":\"execve\",\"path\":\"/bin/writer\",\"t\":%" PRIu64, child.pid,
		 child.pid, since(w));
	writer_begin(&child, text);
	say_start(&child);
	say_call(&child, 1);
	kill(child.pid, SIGKILL);
	waitpid(child.pid, NULL, 0);
}

/* Its execve comes before it, and worked. */
static void a_child_first_seen_after_its_exec_starts(void **state)
{
	struct seen seen;

	(void)state;
	record(write_spawn);
	seen = read_log();
	assert_int_equal(strncmp(seen.types, "pupc", 4), 0);
	assert_int_equal(totals.counts.unfinished, 0);
	assert_int_equal(totals.counts.processes, 2);
}

static void say_forked(const struct writer *w, int32_t child)
{
	char text[SLOT_TEXT];
	uint64_t t = since(w);

	snprintf(text, sizeof(text),
		 ",\"pid\":%d,\"tid\":%d,\"call\":\"fork\",\"via\":\"plt\",\"t\":%" PRIu64 ",\"dur\":1,\"ret\":%d",
		 w->pid, w->pid, t, child);
	writer_put(w, SLOT_CALL, t, text);
}

/* The child keeps silent until its parent is long gone. */
static void write_family(const struct writer *w)
{
	int32_t pid;

	say_start(w);
	pid = fork();
	if (pid == 0) {
		struct writer child = *w;

		child.pid = getpid();
		usleep(100000);
		say_fork(&child);
		say_call(&child, 1);
		_exit(0);
	}
	say_forked(w, pid);
}

static void a_child_that_outlives_the_program_is_recorded_to_its_end(void **state)
{
	struct seen seen;

	(void)state;
	record(write_family);
	seen = read_log();
	assert_string_equal(seen.types, "pcefce");
	assert_int_equal(totals.counts.processes, 2);
	assert_true(seen.complete);
}

static void write_nothing(const struct writer *w)
{
	(void)w;
}

static void a_program_that_says_nothing_is_untraced(void **state)
{
	struct seen seen;

	(void)state;
	record(write_nothing);
	seen = read_log();
	assert_string_equal(seen.types, "n");
	assert_string_equal(seen.note, "untraced");
	assert_false(seen.complete);
	assert_true(totals.untraced);
}

/* ---- calls that nobody comes back to ---- */

static void write_and_jump_away(const struct writer *w)
{
	say_start(w);
	for (unsigned i = 0; i < 2 * w->count; i++)
		say_begun(w, i);
	say_call(w, 2 * w->count);
}

/* A handler that jumps past its interrupted call leaves the slot taken; more of them than slots must not stop the
 * program. */
static void calls_jumped_away_from_do_not_fill_the_ring(void **state)
{
	struct seen seen;

	(void)state;
	record(write_and_jump_away);
	seen = read_log();
	assert_int_equal(seen.calls, 2 * RING_SLOTS + 1);
	assert_int_equal(totals.counts.unfinished, 2 * RING_SLOTS);
	assert_true(seen.complete);
}

static void write_of_a_lost_thread(const struct writer *w)
{
	char text[SLOT_TEXT];

	say_start(w);
	snprintf(text, sizeof(text), ",\"pid\":%d,\"tid\":%d,\"call\":\"munlockall\",\"via\":\"plt\",\"t\":1", w->pid,
		 INT32_MAX / 2);
	writer_begin(w, text);
	say_begun(w, 0);
	usleep(400000);
	say_call(w, 1);
}

static void a_call_of_a_thread_that_is_no_more_is_given_up(void **state)
{
	struct seen seen;

	(void)state;
	record(write_of_a_lost_thread);
	seen = read_log();
	assert_string_equal(seen.types, "pucue");
}

/* ---- stacks ---- */

static uint32_t add_stack(const struct writer *w, uint64_t address)
{
	uint64_t *words = (void *)((char *)w->ring + ring_word_offset(w->ring->dict_buckets));
	uint32_t id = atomic_fetch_add(&w->ring->dict_used, 2);

	words[id] = 1ull << 32 | 1;
	words[id + 1] = address;
	return id;
}

static void call_with_stack(const struct writer *w, uint64_t len, uint32_t stack)
{
	char text[SLOT_TEXT], result[64];
	uint64_t t = since(w);

	snprintf(result, sizeof(result), ",\"stack\":%u,\"dur\":1,\"ret\":0", stack);
	call_text(text, w, len, t, result);
	writer_put(w, SLOT_CALL, t, text);
}

static void write_stacks(const struct writer *w)
{
	char text[SLOT_TEXT];
	uint32_t stack = add_stack(w, 0x5010);

	say_start(w);
	snprintf(text, sizeof(text),
		 ",\"key\":1,\"pid\":%d,\"base\":\"0x5000\",\"start\":\"0x5000\",\"end\":\"0x6000\",\"path\":\"/a\"",
		 w->pid);
	writer_put(w, SLOT_MODULE, since(w), text);
	writer_put(w, SLOT_MODULE, since(w), text);
	call_with_stack(w, 0, stack);
	call_with_stack(w, 1, stack);
}

static void modules_and_stacks_are_told_once_and_before_use(void **state)
{
	struct seen seen;

	(void)state;
	record(write_stacks);
	seen = read_log();
	if (strcmp(seen.types, "mpscce") && strcmp(seen.types, "pmscce"))
		fail_msg("%s", seen.types);
}

/* ---- listings of several parts ---- */

static void say_part(const struct writer *w, uint64_t t, const char *fields)
{
	char text[SLOT_TEXT];

	snprintf(text, sizeof(text), ",\"pid\":%d,\"tid\":%d,\"t\":%" PRIu64 ",\"why\":\"look\",\"ranges\":[],%s", w->pid,
		 w->pid, t, fields);
	writer_put_at(w, SLOT_SNAPSHOT, t, t + 1000, text);
}

/* The pages of the second listing's first part are unmapped while it is read; the first was cut short, as by an execve. */
static void write_two_listings(const struct writer *w)
{
	char text[SLOT_TEXT];
	uint64_t t;

	say_start(w);
	t = since(w);
	usleep(1000);
	say_part(w, t + 2000, "\"part\":0,\"from\":\"0x1000\",\"to\":\"0x5000\",\"last\":false");
	snprintf(text, sizeof(text),
		 ",\"pid\":%d,\"tid\":%d,\"call\":\"munmap\",\"addr\":\"0x1000\",\"len\":4096,\"via\":\"plt\",\"t\":%" PRIu64
		 ",\"dur\":100,\"ret\":0",
		 w->pid, w->pid + 1, t + 4100);
	writer_put_at(w, SLOT_CALL, t + 4100, t + 4200, text);
	say_part(w, t + 4000, "\"part\":0,\"from\":\"0x1000\",\"to\":\"0x2000\",\"last\":false");
	say_part(w, t + 4000, "\"part\":1,\"from\":\"0x2000\",\"to\":\"0x3000\",\"last\":true");
}

#define TRIES 200

/* Counts the parts of the process's own listings. */
static void look_at_part(void *arg, const struct record *record)
{
	int *count = arg;

	if (record->type != RECORD_SNAPSHOT || !record->tid)
		return;
	assert_int_equal(record->snapshot.part, 0);
	assert_int_equal(record->snapshot.from, *count ? 0x2000 : 0x1000);
	++*count;
}

/*
 * A part follows the one before it, or begins a snapshot of its own: never one that it was no part of.  If the recorder took
 * the munmap before it saw the second listing, that tells nothing at all; then once more.
 */
static void a_part_whose_predecessor_told_nothing_begins_anew(void **state)
{
	int count = 0;

	(void)state;
	for (int i = 0; i < TRIES && count < 2; i++) {
		count = 0;
		record(write_two_listings);
		each_record(look_at_part, &count);
	}
	assert_int_equal(count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_writer_faster_than_the_ring_waits_and_loses_nothing),
		cmocka_unit_test(a_call_under_way_at_death_is_unfinished),
		cmocka_unit_test(exec_ends_what_its_threads_had_begun),
		cmocka_unit_test(a_child_first_seen_after_its_exec_starts),
		cmocka_unit_test(a_child_that_outlives_the_program_is_recorded_to_its_end),
		cmocka_unit_test(a_program_that_says_nothing_is_untraced),
		cmocka_unit_test(calls_jumped_away_from_do_not_fill_the_ring),
		cmocka_unit_test(a_call_of_a_thread_that_is_no_more_is_given_up),
		cmocka_unit_test(modules_and_stacks_are_told_once_and_before_use),
		cmocka_unit_test(a_part_whose_predecessor_told_nothing_begins_anew),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
