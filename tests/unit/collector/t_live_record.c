/*
 * t_live_record.c - a recording end to end: a writer of its own process, the ring between, the collector, a log that a
 * reader accepts.  The writer knows nothing but the ring (writer.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../../collector/live/recorder.h"
#include "writer.h"

static char dir[] = "/tmp/t_live.XXXXXX";
static char log_path[64];
static struct err err;

/* ---- the writer's side ---- */

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static uint64_t since(const struct writer *w)
{
	return clock_ns() - w->ring->start_ns;
}

/* As the shim does it: by the ring's path and header alone. */
static struct writer attach(const char *path)
{
	struct writer w = { .pid = getpid() };
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		_exit(99);
	w.ring = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (w.ring == MAP_FAILED || w.ring->magic != RING_MAGIC || w.ring->bytes != (uint64_t)st.st_size)
		_exit(98);
	close(fd);
	w.count = w.ring->slots;
	w.slots = (void *)((char *)w.ring + ring_slot_offset(w.ring->dict_buckets, w.ring->dict_words));
	return w;
}

static void say_start(const struct writer *w)
{
	char text[SLOT_TEXT];
	uint64_t t = since(w);

	snprintf(text, sizeof(text),
		 ",\"pid\":%d,\"ppid\":%d,\"t\":%" PRIu64 ",\"key\":1,\"exe\":\"/bin/writer\",\"argv\":[\"w\"]", w->pid,
		 getppid(), t);
	writer_put(w, SLOT_PROCESS, t, text);
}

static void say_fork(const struct writer *w)
{
	char text[SLOT_TEXT];
	uint64_t t = since(w);

	snprintf(text, sizeof(text), ",\"pid\":%d,\"ppid\":%d,\"t\":%" PRIu64, w->pid, getppid(), t);
	writer_put(w, SLOT_FORK, t, text);
}

/* "len" carries a number of the test's own. */
static void call_text(char out[SLOT_TEXT], const struct writer *w, uint64_t len, uint64_t t, const char *result)
{
	snprintf(out, SLOT_TEXT,
		 ",\"pid\":%d,\"tid\":%d,\"call\":\"madvise\",\"addr\":\"0x1000\",\"len\":%" PRIu64
		 ",\"advice\":0,\"via\":\"plt\",\"t\":%" PRIu64 "%s",
		 w->pid, w->pid, len, t, result);
}

static void say_call(const struct writer *w, uint64_t len)
{
	char text[SLOT_TEXT];
	uint64_t t = since(w);

	call_text(text, w, len, t, ",\"dur\":1,\"ret\":0");
	writer_put(w, SLOT_CALL, t, text);
}

static void say_begun(const struct writer *w, uint64_t len)
{
	char text[SLOT_TEXT];

	call_text(text, w, len, since(w), "");
	writer_begin(w, text);
}

/* ---- the collector's side ---- */

typedef void writer_fn(const struct writer *w);

static struct recorder_totals totals;

static void start_writer(struct launch *launch, const struct session *session, writer_fn *writer)
{
	assert_int_equal(launch_prepare(launch, &err), 0);
	launch->pid = fork();
	if (launch->pid == 0) {
		struct writer w = attach(session->path);

		sigprocmask(SIG_SETMASK, &launch->mask, NULL);
		writer(&w);
		_exit(0);
	}
}

static void run_passes(struct recorder *recorder, struct launch *launch)
{
	uint64_t patience_ns = clock_ns() + 30000000000ull;

	while (!launch_poll(launch) || processes_alive(recorder_processes(recorder))) {
		assert_true(clock_ns() < patience_ns);
		if (!recorder_pass(recorder))
			usleep(200);
	}
}

/* Records @writer, run in a process of its own, into @path. */
static void record_to(const char *path, writer_fn *writer)
{
	struct session session = { .options = { .depth = 64, .follow = true, .sites = true } };
	struct log_writer *log;
	struct launch launch;
	struct recorder *recorder;
	char *argv[] = { (char[]){ "writer" }, NULL };

	assert_int_equal(session_create(&session, &err), 0);
	start_writer(&launch, &session, writer);
	assert_int_equal(log_create(path, true, &log, &err), 0);
	recorder = recorder_new(&session, log, &launch, argv);
	run_passes(recorder, &launch);
	totals = recorder_end(recorder);
	recorder_free(recorder);
	session_remove(&session);
	munmap(session.ring, session.ring->bytes);
	log_finish(log, &err);
	sigprocmask(SIG_SETMASK, &launch.mask, NULL);
	close(launch.signals);
}

static void record(writer_fn *writer)
{
	record_to(log_path, writer);
}

/* ---- the reader's side ---- */

/* What a log holds, one letter a record, with details the tests ask about. */
struct seen {
	char types[256]; /* p start, x exec, f fork, e exit, c call, u unfinished call, s stack, m module, n note, l
			    loss */
	size_t count;
	uint64_t calls, next_seq, losses;
	int status;
	bool ascending;		/* each call's len is the one before plus one */
	bool complete;
	char note[32];
};

static char letter(const struct record *record)
{
	static const char events[] = {
		[PROCESS_START] = 'p', [PROCESS_FORK] = 'f', [PROCESS_EXEC] = 'x', [PROCESS_EXIT] = 'e'
	};

	switch (record->type) {
	case RECORD_PROCESS:
		return events[record->process.event];
	case RECORD_CALL:
		return record->call.has & HAS_RET ? 'c' : 'u';
	case RECORD_STACK:
		return 's';
	case RECORD_MODULE:
		return 'm';
	case RECORD_NOTE:
		return 'n';
	case RECORD_LOSS:
		return 'l';
	default:
		return 0;
	}
}

static void look_at_call(struct seen *seen, const struct record *record)
{
	seen->ascending &= record->call.arg[1] == seen->calls;
	seen->calls++;
}

static void look_at(struct seen *seen, const struct record *record)
{
	char c = letter(record);

	if (c && seen->count < sizeof(seen->types) - 1)
		seen->types[seen->count++] = c;
	if (record->seq)
		assert_int_equal(record->seq, seen->next_seq++);
	if (record->type == RECORD_CALL)
		look_at_call(seen, record);
	if (record->type == RECORD_PROCESS && record->process.has_status)
		seen->status = record->process.status;
	if (record->type == RECORD_LOSS)
		seen->losses += record->loss.count;
	if (record->type == RECORD_NOTE)
		snprintf(seen->note, sizeof(seen->note), "%s", record->note.what);
	if (record->type == RECORD_TRAILER) {
		seen->complete = record->trailer.complete;
		assert_int_equal(record->trailer.calls, seen->calls);
		assert_int_equal(record->trailer.losses, seen->losses);
	}
}

static struct seen read_log(void)
{
	struct seen seen = { .next_seq = 1, .ascending = true, .status = -1 };
	struct log_reader *reader;
	struct record record;
	int rc;

	if (log_open(log_path, &reader, &err))
		fail_msg("%s", err.text);
	while ((rc = log_next(reader, &record, &err)) > 0)
		look_at(&seen, &record);
	if (rc)
		fail_msg("%s", err.text);
	assert_null(log_tear(reader));
	log_close(reader);
	return seen;
}

/* ---- whole runs ---- */

#define MANY 60000	/* some thirty laps of the ring */

static void write_many(const struct writer *w)
{
	say_start(w);
	for (uint64_t i = 0; i < MANY; i++)
		say_call(w, i);
	_exit(3);
}

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

/* ---- what goes wrong ---- */

static void write_and_drop(const struct writer *w)
{
	say_start(w);
	say_call(w, 0);
	atomic_fetch_add(&w->ring->dropped, 5);
}

static void dropped_records_are_told(void **state)
{
	struct seen seen;

	(void)state;
	record(write_and_drop);
	seen = read_log();
	assert_int_equal(seen.losses, 5);
	assert_false(seen.complete);
}

static void write_rubbish(const struct writer *w)
{
	static const char *const texts[] = {
		"",
		"rubbish",
		",\"pid\":1",
		",\"pid\":1}\n{\"type\":\"trailer\"",
		",\"type\":\"trailer\",\"calls\":0",
		",\"seq\":77,\"pid\":1,\"tid\":1,\"call\":\"munlockall\",\"t\":1,\"ret\":0",
		",\"pid\":-4,\"tid\":1,\"call\":\"munlockall\",\"t\":1,\"ret\":0",
		",\"pid\":1,\n\"tid\":1,\"call\":\"munlockall\",\"ret\":0",
	};

	say_start(w);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (int kind = SLOT_CALL; kind <= SLOT_STACK; kind++)
			if (kind != SLOT_PROCESS && kind != SLOT_FORK)
				writer_put(w, (enum slot_kind)kind, since(w), texts[i]);
	say_call(w, 0);
}

static void records_that_make_no_sense_are_losses_and_not_lines(void **state)
{
	struct seen seen;

	(void)state;
	record(write_rubbish);
	seen = read_log();
	assert_int_equal(seen.calls, 1);
	assert_string_equal(seen.note, "damaged");
	assert_true(seen.losses > 30);
	assert_false(seen.complete);
}

/* Anything into the slots, and plausible headers around it, while the collector reads. */
static void write_noise(const struct writer *w)
{
	unsigned seed = 11;

	say_start(w);
	for (int i = 0; i < 40000; i++) {
		struct ring_slot *slot = &w->slots[(unsigned)rand_r(&seed) % w->count];

		for (size_t k = 0; k < SLOT_TEXT; k += 4)
			*(int *)(void *)(slot->text + k) = rand_r(&seed);
		slot->kind = (uint8_t)(rand_r(&seed) % 12);
		slot->next = (uint32_t)rand_r(&seed) % 3 ? 0 : (uint32_t)rand_r(&seed) % (w->count + 9);
		slot->length = (uint16_t)(rand_r(&seed) % 230);
		slot->pid = rand_r(&seed) % 2 ? w->pid : rand_r(&seed) % 100000 + (1 << 22);
		slot->end_ns = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 34);
		atomic_store(&slot->state,
			     (uint64_t)(slot - w->slots + w->count * (rand_r(&seed) % 3)) << 3 | rand_r(&seed) % 8);
		atomic_fetch_add(&w->ring->tail, 1);
	}
}

static void noise_in_the_ring_leaves_a_sound_log(void **state)
{
	struct seen seen;

	(void)state;
	record(write_noise);
	seen = read_log();
	assert_true(seen.losses > 1000);
	assert_false(seen.complete);
}

static void a_full_disk_closes_the_ring_and_the_program_runs_on(void **state)
{
	(void)state;
	record_to("/dev/full", write_many);
	assert_false(totals.complete);
}

static void nothing_of_a_session_is_left(void **state)
{
	struct session session = { .options = { .depth = 1 } };
	char path[SESSION_PATH_MAX], ring_dir[SESSION_PATH_MAX];
	struct stat st;

	(void)state;
	assert_int_equal(session_create(&session, &err), 0);
	memcpy(path, session.path, sizeof(path));
	memcpy(ring_dir, session.dir, sizeof(session.dir));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	assert_int_equal(stat(ring_dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0711);
	session_remove(&session);
	assert_true(atomic_load(&session.ring->closed));
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(stat(ring_dir, &st), -1);
	munmap(session.ring, session.ring->bytes);
}

/* However the collector ends. */
static void a_collector_that_crashes_takes_its_session_along(void **state)
{
	int pipe_fd[2], status;
	char path[SESSION_PATH_MAX];

	(void)state;
	assert_int_equal(pipe(pipe_fd), 0);
	if (fork() == 0) {
		struct session session = { .options = { .depth = 1 } };

		signal(SIGBUS, SIG_DFL);	/* cmocka took it */
		if (session_create(&session, &err) || write(pipe_fd[1], session.path, sizeof(path)) != sizeof(path))
			_exit(1);
		raise(SIGBUS);
		_exit(2);
	}
	assert_int_equal(read(pipe_fd[0], path, sizeof(path)), sizeof(path));
	wait(&status);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	assert_int_equal(access(path, F_OK), -1);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(log_path, sizeof(log_path), "%s/log.jsonl", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(log_path);
	return rmdir(dir);
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
		cmocka_unit_test(dropped_records_are_told),
		cmocka_unit_test(records_that_make_no_sense_are_losses_and_not_lines),
		cmocka_unit_test(noise_in_the_ring_leaves_a_sound_log),
		cmocka_unit_test(a_full_disk_closes_the_ring_and_the_program_runs_on),
		cmocka_unit_test(nothing_of_a_session_is_left),
		cmocka_unit_test(a_collector_that_crashes_takes_its_session_along),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
