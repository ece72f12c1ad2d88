/*
 * sessions.h - whole sessions in miniature: a child that writes into the ring by hand, the real recorder, and the log read back.
 */
#ifndef PAGETRAIL_TEST_SESSIONS_H
#define PAGETRAIL_TEST_SESSIONS_H

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

#define UNUSED __attribute__((unused))

static char dir[] = "/tmp/t_live.XXXXXX";
static char log_path[64];
static struct err err;

/* ---- the writer's side ---- */

static UNUSED uint64_t since(const struct writer *w)
{
	return clock_ns(CLOCK_MONOTONIC) - w->ring->start_ns;
}

/* As the shim does it: by the ring's path and header alone. */
static UNUSED struct writer attach(const char *path)
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

static UNUSED void say_start(const struct writer *w)
{
	char text[SLOT_TEXT];
	uint64_t t = since(w);

	snprintf(text, sizeof(text),
		 ",\"pid\":%d,\"ppid\":%d,\"t\":%" PRIu64 ",\"key\":1,\"exe\":\"/bin/writer\",\"argv\":[\"w\"]", w->pid,
		 getppid(), t);
	writer_put(w, SLOT_PROCESS, t, text);
}

static UNUSED void say_fork(const struct writer *w)
{
	char text[SLOT_TEXT];
	uint64_t t = since(w);

	snprintf(text, sizeof(text), ",\"pid\":%d,\"ppid\":%d,\"t\":%" PRIu64, w->pid, getppid(), t);
	writer_put(w, SLOT_FORK, t, text);
}

/* "len" carries a number of the test's own. */
static UNUSED void call_text(char out[SLOT_TEXT], const struct writer *w, uint64_t len, uint64_t t, const char *result)
{
	snprintf(out, SLOT_TEXT,
		 ",\"pid\":%d,\"tid\":%d,\"call\":\"madvise\",\"addr\":\"0x1000\",\"len\":%" PRIu64
		 ",\"advice\":0,\"via\":\"plt\",\"t\":%" PRIu64 "%s",
		 w->pid, w->pid, len, t, result);
}

static UNUSED void say_call(const struct writer *w, uint64_t len)
{
	char text[SLOT_TEXT];
	uint64_t t = since(w);

	call_text(text, w, len, t, ",\"dur\":1,\"ret\":0");
	writer_put(w, SLOT_CALL, t, text);
}

static UNUSED void say_begun(const struct writer *w, uint64_t len)
{
	char text[SLOT_TEXT];

	call_text(text, w, len, since(w), "");
	writer_begin(w, text);
}

/* ---- the collector's side ---- */

typedef void writer_fn(const struct writer *w);

static struct recorder_totals totals;

static UNUSED void start_writer(struct launch *launch, const struct session *session, writer_fn *writer)
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

static UNUSED void run_passes(struct recorder *recorder, struct launch *launch)
{
	uint64_t patience_ns = clock_ns(CLOCK_MONOTONIC) + 30000000000ull;

	while (!launch_poll(launch) || processes_alive(recorder_processes(recorder))) {
		assert_true(clock_ns(CLOCK_MONOTONIC) < patience_ns);
		if (!recorder_pass(recorder))
			usleep(200);
	}
}

/* Records @writer, run in a process of its own, into @path. */
static UNUSED void record_to(const char *path, writer_fn *writer)
{
	struct session session = { .options = { .depth = 64, .follow = true, .sites = true } };
	struct log_writer *log;
	struct launch launch;
	struct recorder *recorder;
	char *argv[] = { (char[]){ "writer" }, NULL };

	assert_int_equal(session_create(&session, &err), 0);
	start_writer(&launch, &session, writer);
	assert_int_equal(log_create(path, true, &log, &err), 0);
	recorder = recorder_new(&session, log, &launch, &(struct recorder_program){launch.pid, argv, NULL});
	run_passes(recorder, &launch);
	totals = recorder_end(recorder);
	recorder_free(recorder);
	session_remove(&session);
	munmap(session.ring, session.ring->bytes);
	log_finish(log, &err);
	sigprocmask(SIG_SETMASK, &launch.mask, NULL);
	close(launch.signals);
}

static UNUSED void record(writer_fn *writer)
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

static UNUSED char letter(const struct record *record)
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

static UNUSED void look_at_call(struct seen *seen, const struct record *record)
{
	seen->ascending &= record->call.arg[1] == seen->calls;
	seen->calls++;
}

/* That a sanitizer's runtime, which the writer maps as well, has system calls of its own is no news here. */
static UNUSED bool is_of_the_build(const struct record *record)
{
	return record->type == RECORD_NOTE && record->note.what && !strcmp(record->note.what, "not-covered");
}

static UNUSED void look_at(void *arg, const struct record *record)
{
	struct seen *seen = arg;
	char c = is_of_the_build(record) ? 0 : letter(record);

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
	if (record->type == RECORD_NOTE && c)
		snprintf(seen->note, sizeof(seen->note), "%s", record->note.what);
	if (record->type == RECORD_TRAILER) {
		seen->complete = record->trailer.complete;
		assert_int_equal(record->trailer.calls, seen->calls);
		assert_int_equal(record->trailer.losses, seen->losses);
	}
}

typedef void record_fn(void *arg, const struct record *record);

/* Tells @fn each record of the log, which must be whole. */
static UNUSED void each_record(record_fn *fn, void *arg)
{
	struct log_reader *reader;
	struct record record;
	int rc;

	if (log_open(log_path, &reader, &err))
		fail_msg("%s", err.text);
	while ((rc = log_next(reader, &record, &err)) > 0)
		fn(arg, &record);
	if (rc)
		fail_msg("%s", err.text);
	assert_null(log_tear(reader));
	log_close(reader);
}

static UNUSED struct seen read_log(void)
{
	struct seen seen = { .next_seq = 1, .ascending = true, .status = -1 };

	each_record(look_at, &seen);
	return seen;
}

/* ---- a writer that writes a lot ---- */

#define MANY 60000	/* some thirty laps of the ring */

static UNUSED void write_many(const struct writer *w)
{
	say_start(w);
	for (uint64_t i = 0; i < MANY; i++)
		say_call(w, i);
	_exit(3);
}

/* ---- a place for the log ---- */

static UNUSED int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(log_path, sizeof(log_path), "%s/log.jsonl", dir);
	return 0;
}

static UNUSED int remove_dir(void **state)
{
	(void)state;
	unlink(log_path);
	return rmdir(dir);
}

#endif
