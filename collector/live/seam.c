#include "seam.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "../vm/range.h"
#include "intake.h"
#include "restate.h"

/* A log that has grown to so many times its size is cut although a process is still telling something. */
#define OVERDUE 4

/* Notes that hold for later logs. */
#define NOTES_MAX 1000

/* ---- notes ---- */

static bool holds(const struct record_note *note)
{
	return note->what && (!strcmp(note->what, "sites") || !strcmp(note->what, "not-covered") ||
			      !strcmp(note->what, "untraced"));
}

void seam_keep_note(struct seam *seam, const struct record *record, const char *text, size_t length)
{
	if (!seam->rotation || !record || !holds(&record->note) || seam->notes == NOTES_MAX)
		return;
	seam->note = alloc_resize(seam->note, seam->notes + 1, sizeof(*seam->note));
	seam->note[seam->notes++] = (struct kept_note){ record->pid, alloc_copy(text, length) };
}

static void put_notes(struct recorder *recorder)
{
	struct seam *seam = &recorder->seam;
	size_t kept = 0;

	if (!recorder->session->options.sites)
		journal_put(recorder->journal, RECORD_NOTE, NOTE_NO_SITES, strlen(NOTE_NO_SITES));
	if (seam->lossy)
		journal_remark(recorder->journal, "damaged", 0,
			       "a log before this one has lost records: what this one begins with may be wrong");
	for (size_t i = 0; i < seam->notes; i++) {
		if (seam->note[i].pid && !processes_find(recorder->processes, seam->note[i].pid)) {
			free(seam->note[i].text);
			continue;
		}
		journal_put(recorder->journal, RECORD_NOTE, seam->note[i].text, strlen(seam->note[i].text));
		seam->note[kept++] = seam->note[i];
	}
	seam->notes = kept;
}

/* ---- begin and end ---- */

void seam_begin(struct recorder *recorder, const struct rotation *rotation, struct log_writer *writer)
{
	struct seam *seam = &recorder->seam;

	seam->rotation = rotation;
	seam->writer = writer;
	seam->part = 1;
	seam->limit = rotation->bytes;
	stacks_remember_sent(recorder->stacks);
}

void seam_free(struct seam *seam)
{
	for (size_t i = 0; i < seam->notes; i++)
		free(seam->note[i].text);
	free(seam->note);
}

/* ---- when ---- */

/*
 * The rest of a listing belongs into the log that has its beginning, the listing a call needs to that of the call, and so
 * does the look at pages whose calls cannot be put in order for certain.
 */
static bool is_telling(const struct recorder *recorder)
{
	const struct traced *traced;

	for (size_t i = 0; (traced = processes_open(recorder->processes, i)); i++)
		if (traced->part || awaited_any(&traced->awaited) || traced->doubt.count || traced->rules_doubt)
			return true;
	return false;
}

static bool is_due(const struct recorder *recorder)
{
	const struct seam *seam = &recorder->seam;
	uint64_t bytes = seam->rotation && !journal_error(recorder->journal) ? log_written(seam->writer) : 0;

	return bytes > seam->limit && (bytes / OVERDUE > seam->limit || !is_telling(recorder));
}

/* ---- the seam ---- */

static void stop_waiting(struct recorder *recorder)
{
	struct traced *traced;

	for (size_t i = 0; (traced = processes_open(recorder->processes, i)); i++) {
		if (traced->part || awaited_any(&traced->awaited) || traced->rules_doubt)
			looks_wanted(traced, 0, SPACE_END);
		traced->part = 0;
		memset(&traced->awaited, 0, sizeof(traced->awaited));
	}
}

static void put_restated(void *arg, enum record_type type, const char *event, const char *text, size_t length)
{
	struct recorder *recorder = arg;

	if (journal_prepare(recorder->journal, type, event, text, length, false))
		journal_commit(recorder->journal);
	else
		recorder->damaged++;
}

static void put_doubt(struct recorder *recorder, const struct traced *traced, const struct range *range)
{
	struct line *line = &recorder->line;
	uint64_t last = journal_seq(recorder->journal);

	line_clear(line);
	line_add(line, ",\"what\":\"race\",\"pid\":%" PRId32 ",\"seqs\":[1,%" PRIu64 "]", traced->pid, last);
	line_add(line, ",\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64 "\"", range->start, range->end);
	if (traced->rules_doubt)
		line_text(line, ",\"rules\":true");
	line_text(line, ",\"text\":\"in doubt where one log ends and the next begins: these pages are looked at\"");
	if (last > 1)
		journal_put(recorder->journal, RECORD_NOTE, line->at, line->length);
}

/*
 * A look that is due, or under way, tells of these pages behind the seam: what was found about them before it does not
 * hold, nor may anybody rely on them until then.
 */
static void put_doubts(struct recorder *recorder)
{
	const struct traced *traced;

	for (size_t i = 0; (traced = processes_open(recorder->processes, i)); i++)
		for (size_t j = 0; world_process(recorder->world, traced->pid) && j < traced->doubt.count; j++)
			put_doubt(recorder, traced, &traced->doubt.range[j]);
}

/* Return: the model as it was. */
static struct world *turn(struct recorder *recorder, struct log_writer *writer)
{
	struct world *before = recorder->world;

	recorder->world = world_new();
	journal_turn(recorder->journal, writer, recorder->world);
	audit_free(recorder->audit);
	recorder->audit = audit_new(recorder->world, NULL, NULL);
	journal_audit(recorder->journal, recorder->audit);
	stacks_forget(recorder->stacks);
	return before;
}

static void write_head(struct recorder *recorder, const struct world *before, const char *continues)
{
	const struct seam *seam = &recorder->seam;
	const struct journal_part part = { seam->part, continues };

	journal_header(recorder->journal, recorder->session->start_ns, recorder->session->realtime_ns, seam->argv, seam->cwd,
		       &part);
	put_notes(recorder);
	restate(before, recorder->processes, recorder->now_ns, put_restated, recorder);
	put_doubts(recorder);
	journal_flush(recorder->journal);
}

static void cross(struct recorder *recorder, struct log_writer *next, const char *name, const char *before_name)
{
	struct seam *seam = &recorder->seam;
	const struct journal_counts *counts = journal_counts(recorder->journal);
	struct log_writer *written = seam->writer;
	struct world *before;
	int rc;

	seam->lossy |= counts->losses > 0;
	recorder->unknown |= seam->lossy;
	stop_waiting(recorder);
	put_doubts(recorder);
	journal_trailer(recorder->journal, !recorder->unknown, name);
	before = turn(recorder, next);
	seam->writer = next;
	seam->part++;
	write_head(recorder, before, before_name);
	world_free(before);
	rc = seam->rotation->finish(seam->rotation->arg, written);
	if (rc)
		journal_fail(recorder->journal, rc);
	/* what is there to begin with may be more than the size of a log */
	seam->limit = max_u64(seam->rotation->bytes, 2 * log_written(next));
}

void seam_run(struct recorder *recorder)
{
	struct seam *seam = &recorder->seam;
	const char *name, *before;
	struct log_writer *next;

	if (!is_due(recorder))
		return;
	if (seam->rotation->begin(seam->rotation->arg, seam->part + 1, &next, &name, &before))
		seam->limit += seam->rotation->bytes;
	else
		cross(recorder, next, name, before);
}
