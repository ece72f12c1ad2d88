#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../util/alloc.h"
#include "../vm/range.h"
#include "intake.h"
#include "smaps.h"

/* How often a difference is looked at again, and after what pause. */
#define LOOKS_MORE 3
#define PAUSE_NS   1000000

/* What /proc/ID/status says. */
struct status {
	uint64_t vmlck; /* bytes */
	uint64_t threads;
};

void verify_free(struct verify *verify)
{
	for (size_t i = 0; i < verify->count; i++)
		free(verify->waiting[i].text);
	free(verify->waiting);
	check_listing_free(&verify->listing);
	check_result_free(&verify->result);
	check_result_free(&verify->earlier);
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
	if (verify->count == verify->room) {
		verify->room = verify->room * 2 + 8;
		verify->waiting = alloc_resize(verify->waiting, verify->room, sizeof(*verify->waiting));
	}
	verify->waiting[verify->count++] = (struct verify_waiting){
		.position = entry->position,
		.pid = record->pid,
		.tid = record->tid,
		.text = alloc_copy(text, entry->length),
		.length = entry->length,
	};
}

/* ---- the kernel's side ---- */

static uint64_t number_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* proc(5): VmLck is in kB. */
static int read_status(int32_t id, struct status *status)
{
	char path[64], text[8192];
	ssize_t count;
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/status", id);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	count = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0)
		close(fd);
	if (count < 0)
		return -errno;
	text[count] = '\0';
	*status = (struct status){number_after(text, "\nVmLck:") * 1024, number_after(text, "\nThreads:")};
	return 0;
}

/* ---- one comparison ---- */

/* One process at one moment. */
struct checkpoint {
	const struct verify_waiting *waiting;
	struct status status;
	uint64_t read_ns;		    /* when the listing had been read */
	uint64_t model_vmlck, kernel_vmlck; /* the tracer's own and what else is not compared left out */
	int rc;				    /* -errno: could not be looked at */
};

/* The thread that waits lives; the process's first may have ended. */
static int look(struct recorder *recorder, struct checkpoint *point)
{
	const struct process *process = world_process(recorder->world, point->waiting->pid);
	int32_t id = point->waiting->tid > 0 ? point->waiting->tid : point->waiting->pid;
	struct verify *verify = &recorder->verify;
	struct check_result *result = &verify->result;
	int rc = smaps_read(id, &verify->smaps);

	point->read_ns = session_now(recorder->session);
	if (!rc)
		rc = read_status(id, &point->status);
	if (rc || !process || !process->space)
		return rc ? rc : -ESRCH;
	check_listing_read(&verify->listing, &verify->smaps);
	check_compare(result, process->space, &verify->listing);
	point->model_vmlck = space_totals(process->space).vmlck - result->model_apart;
	point->kernel_vmlck = point->status.vmlck - result->kernel_apart;
	return 0;
}

static bool differs(const struct verify *verify, const struct checkpoint *point)
{
	return verify->result.count || point->model_vmlck != point->kernel_vmlck;
}

static void pause_a_little(void)
{
	struct timespec pause = {0, PAUSE_NS};

	nanosleep(&pause, NULL);
}

/* What differs only now and then is the work of other threads, on its way through the ring. */
static void look_again(struct recorder *recorder, struct checkpoint *point)
{
	struct verify *verify = &recorder->verify;
	struct check_result swap = verify->earlier;

	verify->earlier = verify->result;
	verify->result = swap;
	pause_a_little();
	intake_drain(recorder);
	point->rc = look(recorder, point);
	if (!point->rc)
		check_keep_common(&verify->result, &verify->earlier);
}

/* ---- what came of it ---- */

static void add_state(struct line *line, const char *key, bool mapped, const struct vma *vma)
{
	line_add(line, ",\"%s\":\"", key);
	check_state_text(line, mapped ? vma : NULL);
	line_text(line, "\"");
}

static void add_ranges(struct line *line, const struct check_result *result)
{
	line_text(line, ",\"ranges\":[");
	for (size_t i = 0; i < result->count && i < VERIFY_RANGES_MAX; i++) {
		const struct check_difference *piece = &result->difference[i];

		line_add(line, "%s{\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64 "\"", i ? "," : "", piece->start,
			 piece->end);
		add_state(line, "model", piece->in_model, &piece->model);
		add_state(line, "kernel", piece->in_kernel, &piece->kernel);
		line_text(line, "}");
	}
	line_text(line, "]");
}

static void write_check(struct recorder *recorder, const struct checkpoint *point, uint64_t differing)
{
	struct line *line = &recorder->verify.line;

	line_clear(line);
	line_bytes(line, point->waiting->text, point->waiting->length);
	if (point->rc) {
		line_add(line, ",\"pages\":0,\"differ\":0,\"unread\":\"%s\"",
			 strerrorname_np(-point->rc) ? strerrorname_np(-point->rc) : "EIO");
	} else {
		line_add(line, ",\"threads\":%" PRIu64 ",\"pages\":%" PRIu64 ",\"differ\":%" PRIu64,
			 point->status.threads, recorder->verify.result.pages, differing);
		add_ranges(line, &recorder->verify.result);
		if (point->model_vmlck != point->kernel_vmlck)
			line_add(line, ",\"vmlck\":{\"model\":%" PRIu64 ",\"kernel\":%" PRIu64 "}", point->model_vmlck,
				 point->kernel_vmlck);
	}
	journal_put(recorder->journal, RECORD_CHECK, line->at, line->length);
}

static struct line *next_told(struct verify *verify)
{
	line_clear(&verify->line);
	return &verify->line;
}

static void keep_told(struct verify *verify)
{
	struct verify_totals *totals = &verify->totals;

	if (totals->tellable < VERIFY_TOLD_MAX)
		snprintf(totals->told[totals->tellable], sizeof(totals->told[0]), "%.*s", (int)verify->line.length,
			 verify->line.at);
	totals->tellable++;
}

static void tell_range(struct verify *verify, int32_t pid, const struct check_difference *piece)
{
	struct line *line = next_told(verify);
	uint64_t pages = (piece->end - piece->start) / PAGE_BYTES;

	line_add(line, "process %" PRId32 ", 0x%" PRIx64 "-0x%" PRIx64 " (%" PRIu64 " page%s): model ", pid,
		 piece->start, piece->end, pages, pages == 1 ? "" : "s");
	check_state_text(line, piece->in_model ? &piece->model : NULL);
	line_text(line, ", kernel ");
	check_state_text(line, piece->in_kernel ? &piece->kernel : NULL);
	keep_told(verify);
}

static void tell(struct verify *verify, const struct checkpoint *point)
{
	int32_t pid = point->waiting->pid;

	for (size_t i = 0; i < verify->result.count; i++)
		tell_range(verify, pid, &verify->result.difference[i]);
	if (point->model_vmlck == point->kernel_vmlck)
		return;
	line_add(next_told(verify), "process %" PRId32 ", VmLck: model %" PRIu64 " bytes, kernel %" PRIu64, pid,
		 point->model_vmlck, point->kernel_vmlck);
	keep_told(verify);
}

/* So that the model goes on right, and readers know that no call explains these pages. */
static void reveal(struct recorder *recorder, const struct checkpoint *point)
{
	const struct check_result *result = &recorder->verify.result;

	if (!result->count)
		return;
	looks_put(&recorder->looks,
		  snapshot_make(&recorder->verify.smaps,
				&(struct snapshot_about){point->waiting->pid, "check", result->difference[0].start,
							 result->difference[result->count - 1].end, point->read_ns}));
}

static void compare(struct recorder *recorder, const struct verify_waiting *waiting)
{
	struct checkpoint point = {.waiting = waiting};
	struct verify *verify = &recorder->verify;
	uint64_t differing = 0;

	point.rc = look(recorder, &point);
	for (int i = 0; i < LOOKS_MORE && !point.rc && differs(verify, &point); i++)
		look_again(recorder, &point);
	if (point.rc) {
		verify->totals.unread++;
		write_check(recorder, &point, 0);
		return;
	}
	differing = verify->result.differing + (point.model_vmlck != point.kernel_vmlck);
	write_check(recorder, &point, differing);
	verify->totals.checks++;
	verify->totals.pages += verify->result.pages;
	verify->totals.differing += differing;
	recorder->unknown |= differing > 0;
	tell(verify, &point);
	reveal(recorder, &point);
}

void verify_run(struct recorder *recorder)
{
	struct verify *verify = &recorder->verify;

	/* a look again may drain more of them */
	for (size_t i = 0; i < verify->count; i++) {
		struct verify_waiting waiting = verify->waiting[i];

		/* after the ring was closed the program no longer records what it does */
		if (!atomic_load(&recorder->session->ring->closed))
			compare(recorder, &waiting);
		drain_release(recorder->drain, waiting.position);
		free(waiting.text);
	}
	verify->count = 0;
}
