/*
 * t_live_damage.c - what goes wrong in a run: losses, damage, full disks, crashes.
 */
#include "sessions.h"

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

/* By the file's name, as any process of the user can. */
static void write_and_cut(const struct writer *w)
{
	off_t bytes = (off_t)w->ring->bytes;
	char path[SESSION_PATH_MAX];
	uint32_t closed = 0;
	struct stat st;
	int fd;

	alarm(30);
	say_start(w);
	while (!atomic_load(&w->ring->freed))
		usleep(1000);
	memcpy(path, w->ring->ring_path, sizeof(path));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0))
		_exit(97);
	/* when it is mended it is closed; a look at the mapping could come too early */
	while (pread(fd, &closed, sizeof(closed), offsetof(struct ring, closed)) != sizeof(closed) || !closed)
		usleep(1000);
	while (fstat(fd, &st) || st.st_size != bytes)
		usleep(1000);
	_exit(5);
}

static void a_ring_cut_short_ends_the_log_and_harms_nobody(void **state)
{
	struct seen seen;

	(void)state;
	signal(SIGBUS, SIG_DFL);	/* cmocka took it */
	record(write_and_cut);
	seen = read_log();
	assert_int_equal(WEXITSTATUS(seen.status), 5);
	assert_string_equal(seen.note, "spoilt");
	assert_false(seen.complete);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dropped_records_are_told),
		cmocka_unit_test(records_that_make_no_sense_are_losses_and_not_lines),
		cmocka_unit_test(noise_in_the_ring_leaves_a_sound_log),
		cmocka_unit_test(a_full_disk_closes_the_ring_and_the_program_runs_on),
		cmocka_unit_test(a_ring_cut_short_ends_the_log_and_harms_nobody),
		cmocka_unit_test(nothing_of_a_session_is_left),
		cmocka_unit_test(a_collector_that_crashes_takes_its_session_along),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
