#include "verify_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../vm/range.h"
#include "intake.h"

/* ---- to the log ---- */

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

void verify_write(struct recorder *recorder, const struct checkpoint *point, uint64_t differing)
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
		if (recorder->verify.result.unsettled)
			line_add(line, ",\"unsettled\":%" PRIu64, recorder->verify.result.unsettled);
		add_ranges(line, &recorder->verify.result);
		if (point->model_vmlck != point->kernel_vmlck)
			line_add(line, ",\"vmlck\":{\"model\":%" PRIu64 ",\"kernel\":%" PRIu64 "}", point->model_vmlck,
				 point->kernel_vmlck);
	}
	journal_put(recorder->journal, RECORD_CHECK, line->at, line->length);
}

/* ---- to a person ---- */

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

void verify_tell(struct verify *verify, const struct checkpoint *point)
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

/* ---- to the model ---- */

static void reveal_range(struct recorder *recorder, const struct checkpoint *point, uint64_t from, uint64_t to)
{
	const struct snapshot_about about = {.pid = point->waiting->pid,
					     .why = "check",
					     .from = from,
					     .to = to,
					     .end_ns = point->read_ns,
					     .has_vmlck = !recorder->verify.moved.count,
					     .vmlck_bytes = point->status.vmlck_bytes};

	looks_put(&recorder->looks, snapshot_make(&recorder->verify.smaps, &about));
}

void verify_reveal(struct recorder *recorder, const struct checkpoint *point)
{
	const struct check_result *result = &recorder->verify.result;

	if (!result->count)
		return;
	if (!recorder->verify.moved.count) {
		reveal_range(recorder, point, result->difference[0].start, result->difference[result->count - 1].end);
		return;
	}
	for (size_t i = 0; i < result->count && i < VERIFY_RANGES_MAX; i++)
		reveal_range(recorder, point, result->difference[i].start, result->difference[i].end);
}
