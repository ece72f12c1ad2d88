/*
 * fuzz_model.c - the model as a target for a fuzzer: bytes become records (noise.h), the records go through the model, and
 * what holds of it whatever it is told (sound.h) is looked at after each.
 *
 *   with clang's libFuzzer      fuzz_model CORPUS
 *   without it                  fuzz_model COUNT SEED, random bytes; or fuzz_model FILE...
 *
 * Besides: the same records again give the same state and the same answers; a listing of the state changes nothing; the
 * lock ledger and why_ask() can be told and asked anything.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../collector/vm/ledger.h"
#include "../../collector/vm/why.h"
#include "noise.h"
#include "sound.h"

enum { RECORDS_MAX = 300, BYTES_MAX = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One way through the records. */
struct course {
	struct noise noise;
	struct world *world;
	struct ledger *ledger; /* of the first process's first address space; NULL: that is gone */
	const struct space *space;
	const struct record *record;
	uint64_t seq, answers; /* what world_apply() said, as one number */
};

static void must_hold(const struct course *course, const char *problem)
{
	if (!problem)
		return;
	fprintf(stderr, "record %" PRIu64 ": does not hold: %s\n", course->seq, problem);
	abort();
}

/* ---- the ledger ---- */

/* Is this record about the address space whose ledger is kept?  To world_process() pid 0 is the first process. */
static bool is_ledgers(const struct course *course)
{
	const struct process *process = course->record->pid ? world_process(course->world, course->record->pid) : NULL;

	return course->ledger && process && process->space == course->space;
}

static void note_change(void *arg, const struct delta *delta)
{
	struct course *course = arg;

	if (delta->start >= delta->end || delta->start % PAGE_BYTES || delta->end % PAGE_BYTES)
		must_hold(course, "a delta is a run of pages");
	if (is_ledgers(course) && ledger_is_changed_by(delta))
		ledger_change(course->ledger, course->record, delta);
}

static void settle_ledger(struct course *course)
{
	const struct process *first = world_each(course->world, 0);

	if (is_ledgers(course))
		ledger_settle(course->ledger, course->record, course->space);
	if (course->ledger && first->space != course->space) {
		ledger_close(course->ledger, course->record, LOCK_END_EXEC);
		if (ledger_requests(course->ledger))
			must_hold(course, "a closed ledger is empty");
		ledger_free(course->ledger);
		course->ledger = NULL;
	}
}

/* ---- records ---- */

static void ask_why(const struct course *course, const struct record *record)
{
	const struct process *process = world_process(course->world, record->pid);
	struct why why;

	if (record->type != RECORD_CALL || !process)
		return;
	why_ask(process->space, record, &why);
	if (why.causes > WHY_MOST)
		must_hold(course, "why has no more causes than room");
}

static void take_record(struct course *course)
{
	struct record record = noise_record(&course->noise, ++course->seq);

	course->record = &record;
	ask_why(course, &record);
	course->answers = course->answers * 31 + world_apply(course->world, &record, note_change, course);
	settle_ledger(course);
	must_hold(course, sound_world(course->world));
}

/* The first process is there before anything is said. */
static void run(struct course *course, const uint8_t *data, size_t size)
{
	const struct record start = { .type = RECORD_PROCESS, .seq = 1, .pid = 1, .tid = 1 };

	*course = (struct course){ .noise = { .byte = data, .left = size }, .world = world_new(), .seq = 1 };
	world_apply(course->world, &start, NULL, NULL);
	course->space = world_each(course->world, 0)->space;
	course->ledger = ledger_new(NULL, NULL);
	while (course->noise.left && course->seq < RECORDS_MAX)
		take_record(course);
}

static void end(struct course *course)
{
	ledger_free(course->ledger);
	world_free(course->world);
}

/* Between vfork and exec two processes have one address space; it is listed twice and must stay the same. */
static void list_all(const struct course *course)
{
	for (size_t i = 0; world_each(course->world, i); i++)
		if (sound_listed(world_each(course->world, i)->space, course->seq + 1))
			must_hold(course, "a listing of the state tells nothing new");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct course once, again;

	if (size > BYTES_MAX)
		return 0;
	run(&once, data, size);
	run(&again, data, size);
	must_hold(&once, once.answers == again.answers ? sound_same(once.world, again.world) : "the same answers");
	list_all(&again);
	must_hold(&again, sound_world(again.world));
	end(&once);
	end(&again);
	return 0;
}

#ifndef WITH_LIBFUZZER

static int play_random(uint64_t count, uint64_t seed)
{
	static uint8_t data[BYTES_MAX];

	for (uint64_t i = 0; i < count; i++) {
		struct noise bytes = { .seed = seed + i };
		size_t size = 200 + noise_pick(&bytes, BYTES_MAX - 200);

		for (size_t at = 0; at < size; at++)
			data[at] = (uint8_t)(noise_word(&bytes) >> 40);
		LLVMFuzzerTestOneInput(data, size);
	}
	return 0;
}

static int play_files(int count, char **paths)
{
	static uint8_t data[BYTES_MAX];

	for (int i = 0; i < count; i++) {
		FILE *file = fopen(paths[i], "re");

		if (!file) {
			perror(paths[i]);
			return 1;
		}
		LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof data, file));
		fclose(file);
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool random = argc == 3 && strspn(argv[1], "0123456789") == strlen(argv[1]);
	int bad = random ? play_random(strtoull(argv[1], NULL, 0), strtoull(argv[2], NULL, 0)) :
			   play_files(argc - 1, argv + 1);

	printf("model: %d passed, %d failed\n", bad ? 0 : random ? atoi(argv[1]) : argc - 1, bad);
	return bad;
}

#endif
