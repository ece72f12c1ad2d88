#include "recorder.h"

#include <inttypes.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../util/alloc.h"
#include "intake.h"
#include "stack_ids.h"
#include "strays.h"

/* Sign of life, losses, late writers, flush. */
#define BEAT_NS 100000000ull

/* Code looked through in a pass that brought little. */
#define SCAN_BYTES   (1 << 20)
#define SCAN_RECORDS (RING_SLOTS / 16)

struct recorder *recorder_new(struct session *session, struct log_writer *writer, struct launch *launch,
			      const struct recorder_program *program)
{
	struct recorder *recorder = alloc_zero(1, sizeof(*recorder));

	recorder->session = session;
	recorder->launch = launch;
	recorder->root = program->pid;
	recorder->world = world_new();
	recorder->journal = journal_new(writer, recorder->world);
	recorder->audit = audit_new(recorder->world, NULL, NULL);
	audit_bound_stacks(recorder->audit, STACK_CONTENTS_MAX / 4);
	journal_audit(recorder->journal, recorder->audit);
	recorder->drain = drain_new(session->ring, session->slots, RING_SLOTS);
	recorder->stacks = stacks_new(session->words, RING_DICT_WORDS);
	recorder->processes = processes_new();
	processes_root(recorder->processes, program->pid);
	recorder->scan = scan_code_new();
	window_init(&recorder->window, recorder);
	processes_see(recorder->processes, program->pid);
	journal_header(recorder->journal, session->start_ns, session->realtime_ns, program->argv, program->cwd, NULL);
	recorder->seam.argv = program->argv;
	recorder->seam.cwd = program->cwd;
	if (!session->options.sites)
		journal_put(recorder->journal, RECORD_NOTE, NOTE_NO_SITES, strlen(NOTE_NO_SITES));
	return recorder;
}

void recorder_rotate(struct recorder *recorder, const struct rotation *rotation, struct log_writer *writer)
{
	seam_begin(recorder, rotation, writer);
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	drain_free(recorder->drain);
	journal_free(recorder->journal);
	audit_free(recorder->audit);
	stacks_free(recorder->stacks);
	processes_free(recorder->processes);
	world_free(recorder->world);
	looks_free(&recorder->looks);
	window_free(&recorder->window);
	settle_free(&recorder->settle);
	scan_code_free(recorder->scan);
	verify_free(&recorder->verify);
	line_free(&recorder->line);
	seam_free(&recorder->seam);
	free(recorder);
}

struct processes *recorder_processes(const struct recorder *recorder)
{
	return recorder->processes;
}

uint64_t recorder_checks(const struct recorder *recorder)
{
	return recorder->verify.totals.checks;
}

int recorder_error(const struct recorder *recorder)
{
	return journal_error(recorder->journal);
}

/* ---- one pass ---- */

static void close_ended(struct recorder *recorder)
{
	struct traced *traced;
	size_t i = 0;

	while ((traced = processes_open(recorder->processes, i))) {
		if (traced->closing && !window_holds(&recorder->window, traced->pid))
			intake_exit(recorder, traced, UINT64_MAX);
		else
			i++;
	}
}

static void tell_losses(struct recorder *recorder)
{
	uint64_t dropped = atomic_load(&recorder->session->ring->dropped);
	uint64_t damaged = recorder->damaged + drain_damaged(recorder->drain);

	/* anyone may write the counter: keep the sum within what JSON numbers hold */
	recorder->unknown |= dropped < recorder->told_dropped || dropped > UINT32_MAX * 1000ull;
	if (dropped > recorder->told_dropped && dropped <= UINT32_MAX * 1000ull) {
		journal_loss(recorder->journal, dropped - recorder->told_dropped, "ring full");
		recorder->told_dropped = dropped;
	}
	if (damaged > recorder->told_damaged) {
		if (!recorder->told_damaged)
			journal_remark(recorder->journal, "damaged", 0,
				       "damaged record: slots of the ring did not hold what they should");
		journal_loss(recorder->journal, damaged - recorder->told_damaged, "damaged record");
		recorder->told_damaged = damaged;
	}
}

/* Owners of calls under way may have said nothing else so far: without this their end would go unnoticed. */
static void see_owners(struct recorder *recorder, const struct drain_batch *under_way)
{
	for (size_t i = 0; i < under_way->count; i++)
		if (under_way->entry[i].pid > 0)
			processes_see(recorder->processes, under_way->entry[i].pid);
}

static void look_at_calls_under_way(struct recorder *recorder)
{
	struct drain_batch under_way = drain_under_way(recorder->drain);
	uint64_t *stray = alloc_zero(under_way.count, sizeof(*stray));
	size_t strays;

	see_owners(recorder, &under_way);
	strays = strays_find(&under_way, recorder->beat_position, recorder->session->path, stray);
	for (size_t i = 0; i < strays; i++) {
		struct drain_batch left = drain_give_up(recorder->drain, stray[i]);

		intake_begun(recorder, &left, false);
	}
	recorder->beat_position = drain_handed_out(recorder->drain);
	free(stray);
}

/* Writers see it before their next record; those asleep are woken to see it. */
static void close_ring(struct recorder *recorder)
{
	struct ring *ring = recorder->session->ring;

	recorder->closed = true;
	atomic_store(&ring->closed, 1);
	atomic_fetch_add(&ring->freed, 1);
	syscall(SYS_futex, &ring->freed, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Calls that had returned may have gone with it, how many nobody knows. */
static void end_if_spoilt(struct recorder *recorder)
{
	const struct ring *ring = recorder->session->ring;
	const char *how = NULL;

	if (session_cut(recorder->session))
		how = "somebody cut the ring's file short: recording ended there";
	else if (!session_sound(recorder->session) || (atomic_load(&ring->closed) && !recorder->closed))
		how = "somebody wrote over the ring's header: recording ended there";
	if (!how || recorder->spoilt)
		return;
	recorder->spoilt = true;
	recorder->unknown = true;
	close_ring(recorder);
	journal_remark(recorder->journal, "spoilt", 0, how);
}

static void beat(struct recorder *recorder)
{
	struct ring *ring = recorder->session->ring;

	recorder->beat_ns = recorder->now_ns;
	atomic_store(&ring->heartbeat_ns, recorder->now_ns);
	/* writers set it to FULL_DROP when they take us for dead, which a stop by job control looks like */
	atomic_store(&ring->on_full, recorder->session->options.on_full);
	tell_losses(recorder);
	end_if_spoilt(recorder);
	drain_rescan(recorder->drain);
	look_at_calls_under_way(recorder);
	if (recorder->dirty)
		journal_flush(recorder->journal);
	recorder->dirty = false;
}

static void note_uncovered(struct recorder *recorder, const struct scan_found *found)
{
	struct line *line = &recorder->line;
	const char *before = "";

	line_clear(line);
	line_add(line, ",\"what\":\"not-covered\",\"pid\":%" PRId32 ",\"path\":", found->pid);
	line_quoted(line, found->path);
	line_text(line, ",\"calls\":[");
	for (unsigned call = 0; call < CALL_COUNT; call++) {
		if (!(found->calls >> call & 1))
			continue;
		line_add(line, "%s\"%s\"", before, call_table[call].name);
		before = ",";
	}
	line_text(line, "],\"text\":");
	line_add(line, "\"has system calls of its own, which go unseen\"");
	seam_keep_note(&recorder->seam, journal_check(recorder->journal, RECORD_NOTE, line->at, line->length), line->at,
		       line->length);
	journal_put(recorder->journal, RECORD_NOTE, line->at, line->length);
}

static void scan(struct recorder *recorder, size_t bytes)
{
	struct scan_found found;

	if (scan_code_step(recorder->scan, bytes, &found))
		note_uncovered(recorder, &found);
}

/* A process that has not called for long may go on under its key. */
static void tidy_stacks(struct recorder *recorder)
{
	const struct traced *traced;

	if (!stacks_crowded(recorder->stacks))
		return;
	for (size_t i = 0; (traced = processes_open(recorder->processes, i)); i++)
		stacks_use(recorder->stacks, traced->key);
	stacks_drop_unused(recorder->stacks);
}

size_t recorder_pass(struct recorder *recorder)
{
	uint64_t before_ns = session_now(recorder->session);
	bool due = before_ns - recorder->beat_ns >= BEAT_NS;
	size_t taken;

	if (due) {
		recorder->now_ns = before_ns;
		beat(recorder);
	}
	/* in this order: whoever is seen to be gone ended before now_ns, and so did all its records */
	processes_poll(recorder->processes, due);
	processes_begin_pass(recorder->processes, session_now(recorder->session));
	taken = intake_drain(recorder);
	settle_run(recorder);
	verify_run(recorder);
	close_ended(recorder);
	tidy_stacks(recorder);
	looks_take(&recorder->looks, recorder->processes, recorder->session);
	if (taken < SCAN_RECORDS)
		scan(recorder, SCAN_BYTES);
	seam_run(recorder);
	if (recorder_error(recorder) && !atomic_load(&recorder->session->ring->closed))
		close_ring(recorder);
	return taken;
}

/* ---- the end ---- */

static void note_left(struct recorder *recorder)
{
	struct traced *traced;

	for (size_t i = 0; (traced = processes_open(recorder->processes, i)); i++) {
		if (traced->foreign)
			journal_remark(recorder->journal, "namespace", traced->pid,
				       "its pid is of another pid namespace: its end was not seen");
		else
			journal_remark(recorder->journal, "left", traced->pid,
				       "still running when recording ended: its later calls are not here");
		recorder->unknown = true;
	}
}

static void put_under_way(struct recorder *recorder)
{
	struct drain_batch under_way = drain_under_way(recorder->drain);

	intake_begun(recorder, &under_way, false);
}

static void count_findings(struct recorder *recorder, struct recorder_totals *totals)
{
	struct finding *const *finding;
	size_t count;

	audit_end(recorder->audit);
	finding = audit_findings(recorder->audit, &count);
	for (size_t i = 0; i < count; i++)
		totals->findings[finding[i]->severity]++;
}

struct recorder_totals recorder_end(struct recorder *recorder)
{
	struct recorder_totals totals = { .failed = recorder->failed };
	struct journal_sums sums;

	end_if_spoilt(recorder);
	close_ring(recorder);
	recorder_pass(recorder);
	drain_rescan(recorder->drain);
	recorder->window.flushing = true;
	recorder_pass(recorder);
	end_if_spoilt(recorder);	/* what was cut off may have been come upon only now */
	put_under_way(recorder);
	while (!scan_code_idle(recorder->scan))
		scan(recorder, SIZE_MAX);
	note_left(recorder);
	tell_losses(recorder);
	totals.counts = *journal_counts(recorder->journal);
	totals.complete = !recorder->unknown && !totals.counts.losses && !recorder_error(recorder);
	totals.verify = recorder->verify.totals;
	if (recorder->session->options.verify)
		journal_verified(recorder->journal, totals.verify.checks, totals.verify.pages, totals.verify.differing);
	journal_trailer(recorder->journal, totals.complete, NULL);
	totals.failed = recorder->failed;
	sums = journal_sums(recorder->journal);
	totals.locked = sums.locked;
	totals.locked_peak = recorder->locked_peak;
	totals.wx = sums.wx;
	totals.stalls = atomic_load(&recorder->session->ring->stalls);
	totals.untraced = recorder->root_untraced;
	count_findings(recorder, &totals);
	return totals;
}
