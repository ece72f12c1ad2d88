#include "verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../util/alloc.h"
#include "intake.h"
#include "proc.h"
#include "residency.h"
#include "smaps.h"
#include "verify_tell.h"

/*
 * How often is looked while other threads end what they are at, and how often and how long a call under way is waited
 * for: the threads of a process that waits stop at their next call, so one look more is what it normally takes.
 */
#define LOOKS	 4
#define WAITS	 250
#define PAUSE_NS 200000

#define TIDS 64

void verify_free(struct verify *verify)
{
	for (size_t i = 0; i < verify->count; i++)
		free(verify->waiting[i].text);
	free(verify->waiting);
	check_listing_free(&verify->listing);
	check_result_free(&verify->result);
	free(verify->moved.range);
	underway_free(&verify->underway);
	line_free(&verify->smaps);
	line_free(&verify->line);
}

void verify_wanted(struct recorder *recorder, const struct drain_entry *entry, const char *text)
{
	const struct record *record = journal_check(recorder->journal, RECORD_CHECK, text, entry->length);
	struct verify *verify = &recorder->verify;

	if (!record || record->pid <= 0) {
		recorder->damaged++;
		drain_release(recorder->drain, entry->position);
		return;
	}
	verify->waiting = alloc_room(verify->waiting, verify->count, &verify->room, sizeof(*verify->waiting));
	verify->waiting[verify->count++] = (struct verify_waiting){
		.position = entry->position,
		.pid = record->pid,
		.tid = record->tid,
		.text = alloc_copy(text, entry->length),
		.length = entry->length,
	};
}

/* ---- one look ---- */

/*
 * A listing is true for the time between the beginning and the end of its reading.  What the model did in that time and
 * until every call that had begun by then was in it is remembered: there it may differ from the listing with good
 * reason.
 */
static void remember_change(void *arg, int32_t pid, const struct delta *delta)
{
	struct recorder *recorder = arg;
	const struct process *process = world_process(recorder->world, pid);

	if (process && process->space == recorder->verify.space)
		check_moved_add(&recorder->verify.moved, delta->start, delta->end);
}

static void pause_a_little(void)
{
	struct timespec pause = {0, PAUSE_NS};

	nanosleep(&pause, NULL);
}

/* The threads of the process that wait; there may be more than are told apart here. */
static struct underway_ask who_waits(const struct verify *verify, const struct checkpoint *point, int32_t tid[TIDS])
{
	struct underway_ask ask = {point->waiting->pid, point->read_ns, tid, 0};

	for (size_t i = 0; i < verify->count && ask.tids < TIDS; i++)
		if (verify->waiting[i].pid == ask.pid)
			tid[ask.tids++] = verify->waiting[i].tid;
	return ask;
}

/* A process that has gone sends none. */
static bool awaits_listing(const struct recorder *recorder, int32_t pid)
{
	const struct traced *traced = processes_find(recorder->processes, pid);

	return traced && awaited_any(&traced->awaited);
}

/* It was lost, or its thread has ended: what it was to tell is not known. */
static void give_up_listings(struct recorder *recorder, int32_t pid)
{
	struct traced *traced = processes_find(recorder->processes, pid);

	if (!traced || !awaited_any(&traced->awaited))
		return;
	traced->awaited = (struct awaited){ .count = 0 };
	check_moved_add(&recorder->verify.underway.doubt, 0, UINT64_MAX);
}

/*
 * Until every call that had begun when the listing was read is in the model, and what its thread saw of its pages, but for
 * those that take too long.
 */
static void drain_until_settled(struct recorder *recorder, const struct checkpoint *point)
{
	struct verify *verify = &recorder->verify;
	int32_t tid[TIDS];

	/* looked for before the drain: what returns in between is in it */
	for (int i = 0; i < WAITS; i++) {
		const struct underway_ask ask = who_waits(verify, point, tid);
		bool open = underway_look(&verify->underway, recorder->drain, recorder->journal, &ask);

		intake_drain(recorder);
		if (!open && !window_holds(&recorder->window, ask.pid) && !awaits_listing(recorder, ask.pid))
			return;
		pause_a_little();
	}
	underway_give_up(&verify->underway);
	give_up_listings(recorder, point->waiting->pid);
}

static int read_kernel(struct recorder *recorder, struct checkpoint *point)
{
	/* the thread that waits lives; the process's first may have ended */
	int32_t id = point->waiting->tid > 0 ? point->waiting->tid : point->waiting->pid;
	struct verify *verify = &recorder->verify;
	int rc = proc_status(id, &point->before);

	if (!rc)
		rc = smaps_read(id, &verify->smaps);
	if (!rc)
		rc = proc_status(id, &point->status);
	point->read_ns = session_now(recorder->session);
	/* as in looks.c: a pid of another namespace is somebody else here */
	if (!rc && !strstr(verify->smaps.at, strrchr(recorder->session->path, '/')))
		rc = -ESRCH;
	return rc;
}

static struct snapshot_about about_of(const struct checkpoint *point, const char *why, const struct range *range)
{
	return (struct snapshot_about){.pid = point->waiting->pid,
				       .why = why,
				       .from = range->start,
				       .to = range->end,
				       .end_ns = point->read_ns,
				       .has_vmlck = point->before.vmlck_bytes == point->status.vmlck_bytes,
				       .vmlck_bytes = point->status.vmlck_bytes};
}

static void give(struct recorder *recorder, const struct checkpoint *point, const char *why, const struct range *range)
{
	const struct snapshot_about about = about_of(point, why, range);

	looks_put(&recorder->looks, snapshot_make(&recorder->verify.smaps, &about));
}

static bool give_vmlck(struct recorder *recorder, const struct checkpoint *point)
{
	const struct range nothing = {0, 0};
	const struct snapshot_about about = about_of(point, "look", &nothing);

	if (about.has_vmlck)
		looks_put(&recorder->looks, snapshot_vmlck(&about));
	return about.has_vmlck;
}

/*
 * What the model asked for is in this listing, and so is what no call did: stacks that have grown.  Where anything
 * changed while the listing was read, its lines are not of one moment and must not go into the order as if they were.
 *
 * Return: whether the model has been shown anything and is to be compared anew.
 */
static bool show_model(struct recorder *recorder, const struct checkpoint *point)
{
	struct verify *verify = &recorder->verify;
	struct traced *traced = processes_find(recorder->processes, point->waiting->pid);
	const struct check_moved *grown = &verify->result.grown;
	bool wanted = traced && traced->doubt.count, uncounted = traced && traced->vmlck_doubt;

	if (verify->moved.count || verify->underway.doubt.count)
		return false;
	for (size_t i = 0; wanted && i < traced->doubt.count; i++)
		give(recorder, point, "look", &traced->doubt.range[i]);
	for (size_t i = 0; i < grown->count; i++)
		give(recorder, point, "growth", &grown->range[i]);
	if (wanted)
		ranges_free(&traced->doubt);
	if (uncounted && !wanted && !grown->count)
		uncounted = give_vmlck(recorder, point);
	if (!wanted && !grown->count && !uncounted)
		return false;
	intake_drain(recorder);
	return true;
}

static int compare_sides(struct recorder *recorder, struct checkpoint *point)
{
	const struct process *process = world_process(recorder->world, point->waiting->pid);
	struct verify *verify = &recorder->verify;

	if (!process || process->space != verify->space)
		return -ESRCH;
	check_listing_read(&verify->listing, &verify->smaps);
	check_compare(&verify->result, process->space, &verify->listing);
	point->model_vmlck = space_totals(process->space).vmlck - verify->result.model_apart;
	point->kernel_vmlck = point->status.vmlck_bytes - verify->result.kernel_apart;
	return 0;
}

/*
 * One look at both sides.
 * @again: whether there was more to be known of the model before it could be judged
 */
static int look(struct recorder *recorder, struct checkpoint *point, bool *again)
{
	const struct process *process = world_process(recorder->world, point->waiting->pid);
	struct verify *verify = &recorder->verify;
	int rc;

	if (!process || !process->space)
		return -ESRCH;
	verify->moved.count = 0;
	verify->space = process->space;
	journal_watch(recorder->journal, remember_change, recorder);
	rc = read_kernel(recorder, point);
	if (!rc)
		drain_until_settled(recorder, point);
	journal_watch(recorder->journal, NULL, NULL);
	if (!rc)
		rc = compare_sides(recorder, point);
	*again = !rc && (verify->moved.count || show_model(recorder, point));
	return rc;
}

/* With a call under way, or with changes meanwhile, totals cannot be compared, and some pages not. */
static void settle(struct verify *verify, struct checkpoint *point)
{
	const struct check_moved *doubt = &verify->underway.doubt;

	for (size_t i = 0; i < doubt->count; i++)
		check_moved_add(&verify->moved, doubt->range[i].start, doubt->range[i].end);
	if (verify->moved.count)
		point->model_vmlck = point->kernel_vmlck;
	check_settle(&verify->result, &verify->moved);
}

/* Until nothing moved, or as often as is reasonable. */
static void look_well(struct recorder *recorder, struct checkpoint *point)
{
	struct verify *verify = &recorder->verify;
	bool again = true;

	for (int i = 0; i < LOOKS && again; i++) {
		point->rc = look(recorder, point, &again);
		if (point->rc)
			return;
		settle(verify, point);
	}
}

/* ---- one comparison ---- */

static void compare(struct recorder *recorder, const struct verify_waiting *waiting)
{
	struct checkpoint point = {.waiting = waiting};
	struct verify *verify = &recorder->verify;
	uint64_t differing = 0;

	look_well(recorder, &point);
	if (point.rc) {
		verify->totals.unread++;
		verify_write(recorder, &point, 0);
		return;
	}
	differing = verify->result.differing + (point.model_vmlck != point.kernel_vmlck);
	verify_write(recorder, &point, differing);
	verify->totals.checks++;
	verify->totals.pages += verify->result.pages;
	verify->totals.differing += differing;
	recorder->unknown |= differing > 0;
	verify_tell(verify, &point);
	verify_reveal(recorder, &point);
}

/* What a process can wait for. */
static void look_at(struct recorder *recorder, const struct verify_waiting *waiting)
{
	const struct session_options *options = &recorder->session->options;

	if (options->residency)
		residency_take(recorder, waiting);
	if (options->verify)
		compare(recorder, waiting);
}

/* All threads of a process that wait were in the comparison, also those that came to wait in the course of it. */
static void release(struct recorder *recorder, int32_t pid)
{
	struct verify *verify = &recorder->verify;

	for (size_t i = 0; i < verify->count; i++) {
		struct verify_waiting *waiting = &verify->waiting[i];

		if (waiting->pid != pid || !waiting->text)
			continue;
		drain_release(recorder->drain, waiting->position);
		free(waiting->text);
		waiting->text = NULL;
	}
}

void verify_run(struct recorder *recorder)
{
	struct verify *verify = &recorder->verify;
	struct ring *ring = recorder->session->ring;

	/* a look again may drain more of them */
	for (size_t i = 0; i < verify->count; i++) {
		struct verify_waiting waiting = verify->waiting[i];

		if (!waiting.text)
			continue;
		/* after the ring was closed the program no longer records what it does */
		if (!atomic_load(&ring->closed))
			look_at(recorder, &waiting);
		/* many long listings: nobody shall take us for dead */
		atomic_store(&ring->heartbeat_ns, session_now(recorder->session));
		release(recorder, waiting.pid);
	}
	verify->count = 0;
}
