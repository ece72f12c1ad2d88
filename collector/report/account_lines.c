/* account_lines.c - the pages of an explained record line by line, and what is said before its reasons. */
#include <string.h>

#include "account_print.h"
#include "change.h"
#include "decode.h"

/* Where a walk over the pages ended, if it is known: the pages behind were not looked at. */
static uint64_t stop_of(const struct told *told)
{
	const struct why_cause *cause = &told->why.cause[0];

	return told->why.causes == 1 && cause->stops ? cause->at : UINT64_MAX;
}

static void add_unchanged(struct text *text, const struct told *told, const struct run *run)
{
	uint64_t stop = stop_of(told);

	if (told->record->type == RECORD_CALL && !told->why.err) {
		change_none(text, told->record, run->was_mapped ? &run->was : NULL);
		return;
	}
	change_state(text, run->was_mapped ? &run->was : NULL);
	if (run->start >= stop)
		text_put(text, run->start == stop ? "  <- stopped here" : "  not reached");
	else if (stop != UINT64_MAX && touch_sets_state(told->record))
		text_put(text, "  was so already");
}

static void add_run(struct text *text, const struct told *told, const struct run *run)
{
	if (run->changed)
		change_text(text, run->was_mapped ? &run->was : NULL, run->is_mapped ? &run->is : NULL);
	else
		add_unchanged(text, told, run);
}

bool account_line(struct account_lines *lines, const struct told *told)
{
	const struct runs *runs = lines->runs;

	if (lines->at == runs->count)
		return false;
	lines->run = runs->run[lines->at++];
	text_clear(&lines->text);
	add_run(&lines->text, told, &lines->run);
	for (; lines->at < runs->count; lines->at++) {
		const struct run *run = &runs->run[lines->at];

		text_clear(&lines->next);
		add_run(&lines->next, told, run);
		if (run->start != lines->run.end || run->changed != lines->run.changed ||
		    strcmp(text_read(&lines->text), text_read(&lines->next)))
			break;
		lines->run.end = run->end;
	}
	return true;
}

void account_lines_end(struct account_lines *lines)
{
	text_free(&lines->text);
	text_free(&lines->next);
}

/* A failure without a single reason to show for it. */
static void add_unexplained(struct text *text, const struct told *told)
{
	const struct why_test *against = told->why.against;

	text_put(text, "The log does not tell. ");
	if (against)
		text_printf(
			text,
			"By the state it shows, the call should have failed with %s: a record is missing, or another "
			"thread changed these pages meanwhile.",
			decode_errno(against->err));
	else
		text_printf(text, "No test that is known to end %s with %s fits.",
			    call_table[told->record->call.call].name, decode_errno(told->why.err));
}

static bool never_returned(const struct account_asked *asked, const struct told *told)
{
	return told->record->type == RECORD_CALL && !(told->record->call.has & HAS_RET) &&
	       told->record->call.call != CALL_exit && !survey_replaced(asked->survey, told->record);
}

/* What has to be said before the reasons; nothing where there is one, and that is why. */
void account_preface(struct text *text, const struct account_asked *asked, const struct told *told)
{
	if (never_returned(asked, told))
		text_put(text, "The call began and never returned: what it did is not known.");
	else if (told->why.err && !told->why.causes)
		add_unexplained(text, told);
	else if (told->why.remote)
		text_put(text,
			 told->why.causes > 1
				 ? "Nothing in the log speaks for any of these, but nothing else is known to end so:"
				 : "Nothing in the log speaks for it, but nothing else is known to end so:");
	else if (told->why.causes > 1)
		text_put(text, "One of these; the log does not tell which:");
}
