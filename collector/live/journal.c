#include "journal_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../log/parse.h"
#include "../util/alloc.h"

static void sum_up(struct journal_sums *sums, const struct process *process)
{
	const struct space_totals totals = space_totals(process->space);

	sums->revealed += process->revealed;
	sums->locked += totals.locked;
	sums->wx += totals.wx;
}

static void keep_left(void *arg, const struct process *process)
{
	struct journal *journal = arg;
	char hex[DIGEST_HEX];

	digest_process(process, hex);
	digest_add(&journal->left, hex);
	sum_up(&journal->sums, process);
}

struct journal *journal_new(struct log_writer *writer, struct world *world)
{
	struct journal *journal = alloc_zero(1, sizeof(*journal));

	journal->writer = writer;
	journal->world = world;
	journal->parser = parser_new();
	journal->beside = parser_new();
	journal->seq = 1;
	world_let_leave(world, keep_left, journal);
	return journal;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	parser_free(journal->parser);
	parser_free(journal->beside);
	coverage_free(&journal->coverage);
	line_free(&journal->line);
	line_free(&journal->renamed);
	line_free(&journal->module);
	free(journal);
}

void journal_turn(struct journal *journal, struct log_writer *writer, struct world *world)
{
	journal->writer = writer;
	journal->world = world;
	journal->audit = NULL;
	journal->before += journal->seq - 1;
	journal->seq = 1;
	journal->lines = 0;
	journal->counts = (struct journal_counts){ .calls = 0 };
	journal->left = (struct digest){ 0 };
	journal->sums = (struct journal_sums){ 0 };
	world_let_leave(world, keep_left, journal);
	coverage_free(&journal->coverage);
	journal->coverage = (struct coverage){ .processes = 0 };
}

uint64_t journal_before(const struct journal *journal)
{
	return journal->before;
}

uint64_t journal_seq(const struct journal *journal)
{
	return journal->seq - 1;
}

void journal_fail(struct journal *journal, int error)
{
	if (!journal->error)
		journal->error = error;
}

int journal_error(const struct journal *journal)
{
	return journal->error;
}

const struct journal_counts *journal_counts(const struct journal *journal)
{
	return &journal->counts;
}

void journal_write(struct journal *journal, struct line *line)
{
	line_bytes(line, "\n", 1);
	journal->lines++;
	if (!journal->error)
		journal->error = log_write(journal->writer, line->at, line->length);
}

void journal_flush(struct journal *journal)
{
	if (!journal->error)
		journal->error = log_flush(journal->writer);
}

/* ---- records in the order ---- */

static const char *type_name(enum record_type type)
{
	switch (type) {
	case RECORD_PROCESS:
		return "process";
	case RECORD_SNAPSHOT:
		return "snapshot";
	case RECORD_MARK:
		return "mark";
	case RECORD_MODULE:
		return "module";
	case RECORD_NOTE:
		return "note";
	case RECORD_CHECK:
		return "check";
	case RECORD_RESIDENCY:
		return "residency";
	default:
		return "call";
	}
}

static const struct record *parse(struct journal *journal, enum record_type type, const char *text, size_t length)
{
	struct err err;

	/* a line break may stand between the tokens of JSON, but not in a line of the log */
	if (length == 0 || text[0] != ',' || memchr(text, '\n', length))
		return NULL;
	if (parse_line(journal->parser, journal->line.at, journal->line.length, &journal->record, &err))
		return NULL;
	return journal->record.type == type ? &journal->record : NULL;
}

static void assemble(struct journal *journal, enum record_type type, const char *event, const char *text, size_t length,
		     bool unfinished)
{
	struct line *line = &journal->line;

	line_clear(&journal->renamed);
	line_clear(line);
	line_text(line, "{\"type\":\"");
	line_text(line, type_name(type));
	line_text(line, "\",\"seq\":");
	line_number(line, journal->seq);
	if (event)
		line_add(line, ",\"event\":\"%s\"", event);
	line_bytes(line, text, length);
	line_text(line, unfinished ? ",\"unfinished\":true}" : "}");
}

const struct record *journal_prepare(struct journal *journal, enum record_type type, const char *event,
				     const char *text, size_t length, bool unfinished)
{
	const struct record *record;

	assemble(journal, type, event, text, length, unfinished);
	record = parse(journal, type, text, length);
	/* a text that names its own "seq" or "type", or no process, is not the shim's */
	return record && record->seq == journal->seq && record->pid > 0 ? record : NULL;
}

bool journal_keep(const struct record *record, struct record *kept)
{
	const struct record_call *call = &record->call;

	if (record->type != RECORD_CALL || call->path || call->iov_count || call->run_count)
		return false;
	*kept = *record;
	return true;
}

const struct record *journal_take_up(struct journal *journal, const struct record *kept, const char *text, size_t length)
{
	assemble(journal, RECORD_CALL, NULL, text, length, false);
	journal->record = *kept;
	journal->record.seq = journal->seq;
	return &journal->record;
}

static void count_record(struct journal *journal, const struct record *record)
{
	struct journal_counts *counts = &journal->counts;

	switch (record->type) {
	case RECORD_CALL:
		counts->calls++;
		/* exit never returns, and an execve that works neither: that is no sign of anything */
		counts->unfinished +=
			!(record->call.has & HAS_RET) && call_table[record->call.call].result != CLASS_NONE;
		break;
	case RECORD_PROCESS:
		counts->processes += record->process.event == PROCESS_START || record->process.event == PROCESS_FORK;
		break;
	case RECORD_SNAPSHOT:
		counts->snapshots++;
		break;
	default:
		counts->marks++;
	}
}

void journal_watch(struct journal *journal, journal_changed *fn, void *arg)
{
	journal->changed = fn;
	journal->changed_arg = arg;
}

void journal_audit(struct journal *journal, struct audit *audit)
{
	journal->audit = audit;
}

static void pass_on(void *arg, const struct delta *delta)
{
	struct journal *journal = arg;

	if (journal->audit)
		audit_change(journal->audit, delta);
	if (journal->changed)
		journal->changed(journal->changed_arg, journal->record.pid, delta);
}

static enum apply_result apply(struct journal *journal)
{
	bool listens = journal->audit || journal->changed;
	enum apply_result result;

	if (journal->audit)
		audit_before(journal->audit, &journal->record);
	result = world_apply(journal->world, &journal->record, listens ? pass_on : NULL, journal);
	if (journal->audit)
		audit_after(journal->audit, &journal->record, result);
	return result;
}

/* The record still points into the line that was parsed, so that stays; a quote inside a string would have a backslash. */
void journal_stack_is(struct journal *journal, uint32_t id)
{
	static const char key[] = ",\"stack\":";
	const struct line *line = &journal->line;
	char *at = memmem(line->at, line->length, key, sizeof(key) - 1), *end;

	if (journal->record.type == RECORD_MARK)
		journal->record.mark.stack = id;
	else
		journal->record.call.stack = id;
	if (!at)
		return;
	for (end = at + sizeof(key) - 1; *end >= '0' && *end <= '9'; end++)
		;
	line_bytes(&journal->renamed, line->at, (size_t)(at - line->at));
	if (id)
		line_add(&journal->renamed, "%s%" PRIu32, key, id);
	line_bytes(&journal->renamed, end, (size_t)(line->at + line->length - end));
}

enum apply_result journal_commit(struct journal *journal)
{
	enum apply_result result = apply(journal);

	count_record(journal, &journal->record);
	coverage_add(&journal->coverage, &journal->record);
	journal_write(journal, journal->renamed.length ? &journal->renamed : &journal->line);
	line_clear(&journal->renamed);
	journal->seq++;
	return result;
}

/* ---- records beside the order ---- */

/* Rare ones: read as a reader of the log will read them. */
static void cover(struct journal *journal)
{
	struct err err;

	if (parse_line(journal->parser, journal->line.at, journal->line.length, &journal->record, &err))
		return;
	coverage_add(&journal->coverage, &journal->record);
	if (journal->audit)
		audit_apply(journal->audit, &journal->record);
}

static void judge_beside(struct journal *journal, const struct line *line)
{
	struct record record;
	struct err err;

	if (journal->audit && !parse_line(journal->beside, line->at, line->length, &record, &err))
		audit_apply(journal->audit, &record);
}

const struct coverage *journal_coverage(const struct journal *journal)
{
	return &journal->coverage;
}

const struct record *journal_check(struct journal *journal, enum record_type type, const char *text, size_t length)
{
	line_clear(&journal->line);
	line_add(&journal->line, "{\"type\":\"%s\"%s", type_name(type), type == RECORD_MODULE ? ",\"id\":1" : "");
	line_bytes(&journal->line, text, length);
	line_bytes(&journal->line, "}", 1);
	return parse(journal, type, text, length);
}

void journal_module(struct journal *journal, uint32_t id, const char *text, size_t length)
{
	struct line *line = &journal->module;

	line_clear(line);
	line_add(line, "{\"type\":\"module\",\"id\":%" PRIu32, id);
	line_bytes(line, text, length);
	line_bytes(line, "}", 1);
	journal->counts.modules++;
	judge_beside(journal, line);
	journal_write(journal, line);
}

void journal_put(struct journal *journal, enum record_type type, const char *text, size_t length)
{
	line_clear(&journal->line);
	line_add(&journal->line, "{\"type\":\"%s\"", type_name(type));
	line_bytes(&journal->line, text, length);
	line_bytes(&journal->line, "}", 1);
	cover(journal);
	journal_write(journal, &journal->line);
}

void journal_stack(struct journal *journal, const struct line *line)
{
	int error = journal->error;

	journal->counts.stacks++;
	journal->lines++;
	judge_beside(journal, line);
	if (!error)
		error = log_write(journal->writer, line->at, line->length);
	journal->error = error ? error : log_write(journal->writer, "\n", 1);
}

void journal_remark(struct journal *journal, const char *what, int32_t pid, const char *text)
{
	struct line line = { 0 };

	line_add(&line, ",\"what\":\"%s\",\"text\":", what);
	line_quoted(&line, text);
	if (pid)
		line_add(&line, ",\"pid\":%" PRId32, pid);
	journal_put(journal, RECORD_NOTE, line.at, line.length);
	line_free(&line);
}

void journal_loss(struct journal *journal, uint64_t count, const char *why)
{
	line_clear(&journal->line);
	line_add(&journal->line, "{\"type\":\"loss\",\"count\":%" PRIu64 ",\"why\":\"%s\"}", count, why);
	journal->counts.losses += count;
	cover(journal);
	journal_write(journal, &journal->line);
}

/* ---- what it all came to ---- */

void journal_verified(struct journal *journal, uint64_t checks, uint64_t pages, uint64_t differing)
{
	struct journal_counts *counts = &journal->counts;

	counts->verify = true;
	counts->checks = checks;
	counts->checked_pages = pages;
	counts->differing_pages = differing;
}

struct journal_sums journal_sums(const struct journal *journal)
{
	struct journal_sums sums = journal->sums;
	const struct process *process;

	for (size_t i = 0; (process = world_each(journal->world, i)); i++)
		sum_up(&sums, process);
	return sums;
}
