#include "when.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static int refuse(const char *text, struct err *err)
{
	return err_set(err, -EINVAL, "'%s' is no moment: start, exit, a time like 1.25s or 300ms, #SEQ or mark:LABEL",
		       text);
}

static uint64_t unit_ns(const char *unit)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i].name))
			return units[i].ns;
	return 0;
}

/* In whole numbers: 1.000000001s is not a multiple of what a double can tell apart an hour later. */
static int parse_time(const char *text, uint64_t *ns)
{
	char *end;
	uint64_t whole, part = 0, unit, scale;
	const char *digits;

	if (!isdigit((unsigned char)text[0]))
		return -1;
	errno = 0;
	whole = strtoull(text, &end, 10);
	digits = *end == '.' ? end + 1 : "";
	end += *end == '.' ? 1 + strspn(end + 1, "0123456789") : 0;
	unit = unit_ns(end);
	if (errno || !unit || __builtin_mul_overflow(whole, unit, &whole))
		return -1;
	for (scale = unit / 10; isdigit((unsigned char)*digits); scale /= 10)
		part += scale * (uint64_t)(*digits++ - '0');
	*ns = whole + part;
	return 0;
}

static int parse_seq(const char *text, uint64_t *seq)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -1;
	errno = 0;
	*seq = strtoull(text, &end, 10);
	return errno || *end ? -1 : 0;
}

int when_parse(const char *text, struct when *when, struct err *err)
{
	*when = (struct when){ .kind = WHEN_EXIT, .text = text ? text : "exit" };
	if (!text || !strcmp(text, "exit"))
		return 0;
	if (!strcmp(text, "start")) {
		when->kind = WHEN_START;
		return 0;
	}
	if (text[0] == '#') {
		when->kind = WHEN_SEQ;
		return parse_seq(text + 1, &when->seq) ? refuse(text, err) : 0;
	}
	if (!strncmp(text, "mark:", 5)) {
		when->kind = WHEN_MARK;
		return text[5] ? 0 : refuse(text, err);
	}
	when->kind = WHEN_TIME;
	return parse_time(text, &when->t_ns) ? refuse(text, err) : 0;
}

static void see_mark(struct when *when, const struct record *record)
{
	bool own = when->pid && record->pid == when->pid;

	if (record->type != RECORD_MARK || strcmp(record->mark.label ? record->mark.label : "", when->text + 5))
		return;
	if (!when->seq || (own && !when->own))
		when->seq = record->seq;
	when->own |= own;
}

void when_see(struct when *when, const struct record *record)
{
	if (when->kind == WHEN_TIME && record->seq && record_end_ns(record) <= when->t_ns)
		when->seq = record->seq;
	if (when->kind == WHEN_MARK)
		see_mark(when, record);
}

/* "#1 ready, #9 done": as many as a message holds. */
static int no_mark(const struct when *when, const struct survey *survey, struct err *err)
{
	struct text list = { 0 };
	size_t shown = survey->marks < 10 ? survey->marks : 10;
	int code;

	for (size_t i = 0; i < shown; i++) {
		text_put(&list, i ? ", " : "");
		text_safe(&list, survey->mark[i].label);
		text_printf(&list, " (#%llu)", (unsigned long long)survey->mark[i].seq);
	}
	if (shown < survey->marks)
		text_printf(&list, " and %zu more", survey->marks - shown);
	code = err_set(err, -ENOENT, "no %s in this log; %s%s", when->text, shown ? "its marks: " : "it has no marks",
		       text_read(&list));
	text_free(&list);
	return code;
}

int when_settle(struct when *when, const struct survey *survey, const struct survey_process *process, struct err *err)
{
	switch (when->kind) {
	case WHEN_EXIT:
		when->seq = survey->last_seq;
		return 0;
	case WHEN_START:
		when->seq = process && process->first_call ? process->first_call - 1 : survey->last_seq;
		return 0;
	case WHEN_MARK:
		return when->seq ? 0 : no_mark(when, survey, err);
	case WHEN_SEQ:
		if (when->seq < 1 || when->seq > survey->last_seq)
			return err_set(err, -ENOENT, "no #%llu in this log; it has #1 to #%llu",
				       (unsigned long long)when->seq, (unsigned long long)survey->last_seq);
		return 0;
	case WHEN_TIME:
		return 0;
	}
	return 0;
}
