#include "moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/when.h"
#include "../util/alloc.h"

#define EXPECTED "expected a moment: start, exit, 1.25s, mark:LABEL or call:NAME"

enum call_id call_find(const char *name)
{
	unsigned call = 0;

	while (call < CALL_COUNT && strcmp(call_table[call].name, name))
		call++;
	return (enum call_id)call;
}

int no_such_call(struct doc *doc, const char *name)
{
	const char *names[CALL_COUNT + 1] = { NULL };

	for (unsigned i = 0; i < CALL_COUNT; i++)
		names[i] = call_table[i].name;
	return doc_no_name(doc, "call", name, names, "`pagetrail help events` lists them");
}

static int read_call(struct doc *doc, const char *name, struct moment *moment)
{
	moment->kind = MOMENT_CALL;
	moment->call = call_find(name);
	return moment->call < CALL_COUNT ? 0 : no_such_call(doc, name);
}

int moment_read(struct doc *doc, json_t *value, void *into)
{
	static const enum moment_kind kind_of[] = {
		[WHEN_EXIT] = MOMENT_EXIT, [WHEN_START] = MOMENT_START, [WHEN_TIME] = MOMENT_TIME,
		[WHEN_SEQ] = MOMENT_NONE, [WHEN_MARK] = MOMENT_MARK,
	};
	const char *text = json_string_value(value);
	struct moment *moment = into;
	struct when when;
	struct err err;

	if (!text)
		return doc_fail(doc, value, EXPECTED);
	moment->text = alloc_copy(text, strlen(text));
	if (!strncmp(text, "call:", 5))
		return read_call(doc, text + 5, moment);
	if (when_parse(text, &when, &err))
		return doc_fail(doc, value, EXPECTED);
	moment->kind = kind_of[when.kind];
	moment->t_ns = when.t_ns;
	if (moment->kind == MOMENT_NONE)
		return doc_fail(doc, value, "a policy is for more than one log; " EXPECTED);
	return 0;
}

void moment_free(struct moment *moment)
{
	free(moment->text);
	*moment = (struct moment){ 0 };
}

bool moment_is_record(const struct moment *moment, const struct record *record)
{
	if (moment->kind == MOMENT_MARK)
		return record->type == RECORD_MARK && record->mark.label && !strcmp(record->mark.label, moment->text + 5);
	return moment->kind == MOMENT_CALL && record->type == RECORD_CALL && record->call.call == moment->call &&
	       record->call.has & HAS_RET && !record->call.err;
}

struct moment_words moment_words(const struct moment *moment)
{
	struct moment_words words;

	if (moment->kind == MOMENT_CALL)
		snprintf(words.at, sizeof(words.at), "after %s", moment->text + 5);
	else if (moment->kind == MOMENT_TIME)
		snprintf(words.at, sizeof(words.at), "after %s", moment->text);
	else
		snprintf(words.at, sizeof(words.at), "at %s", moment->text ? moment->text : "exit");
	return words;
}
