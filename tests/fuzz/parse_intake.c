/*
 * parse_intake.c - any records in a ring, and any bytes over them, as a whole recording takes them; what it writes must be a log.
 *
 * The input is a run of records: a byte each for kind, state and age, two for the length, then the text.  A kind above the last
 * one is a blow: the text goes over the ring as it is, to where the other bytes say.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../collector/live/recorder.h"
#include "../unit/collector/writer.h"
#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 5, TEXT_MAX = 3000, RECORDS_MAX = 400, BATCH = 16 };

static struct ring *ring;

/* Zeros: that is also what session.c remembers of a header it never wrote. */
static void make_ring(struct session *session)
{
	size_t bytes = ring_bytes(RING_SLOTS, RING_DICT_WORDS, RING_DICT_BUCKETS);
	struct timespec ts;

	if (!ring)
		ring = aligned_alloc(4096, bytes);
	if (!ring)
		abort();
	memset(ring, 0, bytes);
	atomic_store(&ring->dict_used, 1);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	session->start_ns = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec - 1000000000;
	session->ring = ring;
	session->slots = (void *)((char *)ring + ring_slot_offset(RING_DICT_BUCKETS, RING_DICT_WORDS));
	session->words = (void *)((char *)ring + ring_word_offset(RING_DICT_BUCKETS));
}

static void blow(const struct writer *w, const uint8_t head[HEAD], const uint8_t *text, size_t length)
{
	size_t from = ring_bucket_offset(), bytes = ring_bytes(w->count, RING_DICT_WORDS, RING_DICT_BUCKETS) - from;
	size_t at = ((size_t)head[1] << 12 | (size_t)head[2] << 4) % bytes;

	memcpy((char *)w->ring + from + at, text, length < bytes - at ? length : bytes - at);
	atomic_store(&w->ring->tail, (uint64_t)head[2] << (head[0] % 60));
}

static void put(const struct writer *w, const struct session *session, const uint8_t head[HEAD], const char *text)
{
	uint64_t now = session_now(session), age = (uint64_t)head[2] << 16;
	struct ring_slot *slot;

	if (head[1] % 4)
		slot = writer_put_long(w, head[0], now - age, text);
	else
		slot = writer_begin_at(w, now - age, text);
	slot->kind = head[0];
	slot->begin_ns = now - age - ((uint64_t)head[1] << 12);
	slot->pid = w->pid + head[1] % 3;
}

/* Return: bytes used; 0: no more. */
static size_t next(const struct writer *w, const struct session *session, const uint8_t *data, size_t size)
{
	char text[TEXT_MAX + 1];
	size_t length;

	if (size < HEAD)
		return 0;
	length = (data[3] | (size_t)data[4] << 8) % TEXT_MAX;
	if (length > size - HEAD)
		length = size - HEAD;
	if (data[0] > SLOT_CHECK + 2) {
		blow(w, data, data + HEAD, length);
		return HEAD + length;
	}
	/* the writer ends a text at its NUL */
	memcpy(text, data + HEAD, length);
	text[length] = 0;
	put(w, session, data, text);
	return HEAD + length;
}

static void read_back(const char *path)
{
	struct log_reader *reader;
	struct record record;
	struct err err;
	int rc = log_open(path, &reader, &err);

	while (!rc && (rc = log_next(reader, &record, &err)) > 0)
		rc = 0;
	if (rc < 0) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	log_close(reader);
}

static void record(struct session *session, struct log_writer *log, const uint8_t *data, size_t size)
{
	struct launch launch = { .signals = -1 };
	char *argv[] = { (char[]){ "fuzz" }, NULL };
	struct recorder *recorder = recorder_new(session, log, &launch, &(struct recorder_program){ getpid(), argv, "/" });
	struct writer w = { ring, session->slots, RING_SLOTS, getpid() };
	size_t used;

	for (int i = 0; i < RECORDS_MAX && (used = next(&w, session, data, size)); i++) {
		data += used;
		size -= used;
		if (i % BATCH == BATCH - 1)
			recorder_pass(recorder);
	}
	recorder_end(recorder);
	recorder_free(recorder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session session = { .options = { .depth = 64, .follow = true, .sites = true }, .path = "/nowhere/fuzz.ring" };
	struct log_writer *log;
	struct err err;
	char path[32];
	int fd = memory_file(data, 0, path);

	make_ring(&session);
	if (log_create(path, true, &log, &err))
		abort();
	record(&session, log, data, size);
	if (log_finish(log, &err))
		abort();
	read_back(path);
	close(fd);
	return 0;
}
