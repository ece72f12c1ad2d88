#include "evidence.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "decode.h"
#include "frame.h"

void evidence_want(struct evidence *evidence, uint64_t seq)
{
	if (!seq)
		return;
	evidence->record = alloc_room(evidence->record, evidence->count, &evidence->room, sizeof(*evidence->record));
	evidence->record[evidence->count++] = (struct evidence_record){ .seq = seq };
}

static int compare(const void *a, const void *b)
{
	const struct evidence_record *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void evidence_begin(struct evidence *evidence)
{
	size_t kept = 0;

	if (evidence->count)
		qsort(evidence->record, evidence->count, sizeof(*evidence->record), compare);
	for (size_t i = 0; i < evidence->count; i++)
		if (!kept || evidence->record[kept - 1].seq != evidence->record[i].seq)
			evidence->record[kept++] = evidence->record[i];
	evidence->count = kept;
	evidence->at = 0;
}

static void take(struct evidence_record *entry, const struct record *record, const struct survey *survey)
{
	static const struct view plain;
	struct text text = { 0 };

	entry->seen = true;
	entry->t_ns = record->t_ns;
	entry->pid = record->pid;
	entry->tid = record->tid;
	if (record->type == RECORD_CALL) {
		entry->stack = record->call.stack;
		decode_call(&plain, &text, record, survey_replaced(survey, record));
	} else {
		entry->stack = record->type == RECORD_MARK ? record->mark.stack : 0;
		decode_event(&plain, &text, record);
	}
	entry->text = alloc_copy(text_read(&text), text.length);
	text_free(&text);
}

/* Seqs ascend in a log; one that does not is met when its turn has passed, and stays unseen. */
bool evidence_see(struct evidence *evidence, const struct record *record, const struct survey *survey)
{
	while (record->seq && evidence->at < evidence->count && evidence->record[evidence->at].seq < record->seq)
		evidence->at++;
	if (record->seq && evidence->at < evidence->count && evidence->record[evidence->at].seq == record->seq &&
	    !evidence->record[evidence->at].seen)
		take(&evidence->record[evidence->at++], record, survey);
	return evidence->at < evidence->count;
}

const struct evidence_record *evidence_find(const struct evidence *evidence, uint64_t seq)
{
	const struct evidence_record key = { .seq = seq }, *found = NULL;

	if (seq && evidence->count)
		found = bsearch(&key, evidence->record, evidence->count, sizeof(key), compare);
	return found && found->seen ? found : NULL;
}

void evidence_print(const struct view *view, const struct evidence_record *record, struct symbols *symbols,
		    size_t indent, size_t most)
{
	struct text line = { 0 };

	text_pad(&line, 0, indent);
	view_begin(view, &line, TONE_DIM);
	text_printf(&line, "#%llu  ", (unsigned long long)record->seq);
	text_seconds(&line, record->t_ns);
	text_printf(&line, record->tid ? "  %d/%d  " : "  %d  ", record->pid, record->tid);
	view_end(view, &line, TONE_DIM);
	text_put(&line, record->text);
	view_line(view, &line, indent + 8);
	frame_lines(view, symbols, record->stack, indent + 4, most);
	text_free(&line);
}

void evidence_free(struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->count; i++)
		free(evidence->record[i].text);
	free(evidence->record);
	*evidence = (struct evidence){ 0 };
}
