#include "filter.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/nearest.h"
#include "../vm/touch.h"
#include "frame.h"

#define ERRNO_MAX 4095	/* the kernel's MAX_ERRNO */

static int parse_number(const char *text, char **end, uint64_t *value)
{
	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, end, text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10);
	return errno ? -EINVAL : 0;
}

int filter_number(const char *text, uint64_t *value)
{
	char *end;

	return parse_number(text, &end, value) || *end ? -EINVAL : 0;
}

static int parse_id(const char *option, const char *text, int32_t *id, struct err *err)
{
	uint64_t value;

	if (!text)
		return 0;
	if (filter_number(text, &value) || !value || value > INT32_MAX)
		return err_set(err, -EINVAL, "--%s wants a number above 0, not '%s'", option, text);
	*id = (int32_t)value;
	return 0;
}

static int unknown_call(const char *name, size_t length, struct err *err)
{
	const char *names[CALL_COUNT + 1] = { NULL };
	char typed[32];

	for (int i = 0; i < CALL_COUNT; i++)
		names[i] = call_table[i].name;
	snprintf(typed, sizeof(typed), "%.*s", (int)length, name);
	if (nearest_name(typed, names))
		return err_set(err, -EINVAL, "--call: no call '%s'; did you mean '%s'?", typed,
			       nearest_name(typed, names));
	return err_set(err, -EINVAL, "--call: no call '%s'; `pagetrail help events` lists them", typed);
}

static int parse_call(const char *name, size_t length, struct filter *filter, struct err *err)
{
	for (int i = 0; i < CALL_COUNT; i++) {
		if (strncmp(call_table[i].name, name, length) || call_table[i].name[length])
			continue;
		filter->call[i] = true;
		return 0;
	}
	return unknown_call(name, length, err);
}

static int parse_calls(const char *text, struct filter *filter, struct err *err)
{
	if (!text)
		return 0;
	filter->by_call = true;
	for (;;) {
		size_t length = strcspn(text, ",");

		if (parse_call(text, length, filter, err))
			return -EINVAL;
		if (!text[length])
			return 0;
		text += length + 1;
	}
}

static int parse_addr(const char *text, struct filter *filter, struct err *err)
{
	char *end = NULL;
	bool good;

	if (!text)
		return 0;
	filter->by_addr = true;
	good = !parse_number(text, &end, &filter->start) && (!*end || *end == '-');
	if (good && *end)
		good = !filter_number(end + 1, &filter->end);
	else if (good)
		filter->end = filter->start + 1;
	if (!good || filter->start >= filter->end)
		return err_set(err, -EINVAL, "--addr wants an address or a range A-B with A < B, not '%s'", text);
	return 0;
}

static int parse_result(const char *text, struct filter *filter, struct err *err)
{
	if (!text)
		return 0;
	filter->result = !strcmp(text, "ok") ? RESULT_OK : !strcmp(text, "fail") ? RESULT_FAIL : RESULT_ERRNO;
	if (filter->result != RESULT_ERRNO)
		return 0;
	for (int i = 1; i <= ERRNO_MAX; i++) {
		const char *name = strerrorname_np(i);

		if (!name || strcmp(name, text))
			continue;
		filter->err = i;
		return 0;
	}
	return err_set(err, -EINVAL, "--result is ok, fail or an error like ENOMEM, not '%s'", text);
}

int filter_parse(const struct filter_words *words, struct filter *filter, struct err *err)
{
	*filter = (struct filter){ .module = words->module, .func = words->func, .by_since = words->since,
				   .by_until = words->until };
	if (parse_id("pid", words->pid, &filter->pid, err) || parse_id("tid", words->tid, &filter->tid, err) ||
	    parse_calls(words->call, filter, err) || parse_addr(words->addr, filter, err) ||
	    parse_result(words->result, filter, err) || when_parse(words->since, &filter->since, err) ||
	    when_parse(words->until, &filter->until, err))
		return -EINVAL;
	return 0;
}

void filter_see(struct filter *filter, const struct record *record)
{
	when_see(&filter->since, record);
	when_see(&filter->until, record);
}

int filter_settle(struct filter *filter, const struct survey *survey, struct err *err)
{
	const struct survey_process *process = survey_find(survey, filter->pid);
	int code = when_settle(&filter->since, survey, process, err);

	return code ? code : when_settle(&filter->until, survey, process, err);
}

static bool in_time(const struct filter *filter, const struct record *record)
{
	const struct when *since = &filter->since, *until = &filter->until;

	if (filter->by_since && (since->kind == WHEN_TIME ? record->t_ns < since->t_ns : record->seq < since->seq))
		return false;
	return !filter->by_until ||
	       (until->kind == WHEN_TIME ? record->t_ns <= until->t_ns : record->seq <= until->seq);
}

static bool in_process(const struct filter *filter, const struct record *record)
{
	return (!filter->pid || record->pid == filter->pid) && (!filter->tid || record->tid == filter->tid);
}

static bool has_result(const struct filter *filter, const struct record_call *call)
{
	switch (filter->result) {
	case RESULT_ANY:
		return true;
	case RESULT_OK:
		return call->has & HAS_RET && !call->err;
	case RESULT_FAIL:
		return call->has & HAS_RET && call->err;
	case RESULT_ERRNO:
		return call->has & HAS_RET && call->err == filter->err;
	}
	return false;
}

/* "libgcrypt" is meant to find libgcrypt.so.20.4.1; "libc" must not find libcrypt. */
static bool is_module(const char *wanted, const char *path)
{
	const char *base = frame_base(path);
	size_t length = strlen(wanted);

	if (!base)
		return false;
	if (!fnmatch(wanted, base, 0) || !fnmatch(wanted, path, 0))
		return true;
	return !strncmp(base, wanted, length) && (base[length] == '.' || base[length] == '-');
}

/* A demangled name carries its arguments; a user writes it without. */
static bool is_function(const char *wanted, const char *name)
{
	size_t length = strlen(wanted);

	return name && (!fnmatch(wanted, name, 0) || (!strncmp(name, wanted, length) && name[length] == '('));
}

static bool in_stack(const struct filter *filter, uint32_t stack, struct symbols *symbols)
{
	size_t count = 0;
	const struct symbol_frame *frame = symbols_stack(symbols, stack, &count, NULL);
	bool module = !filter->module, func = !filter->func;

	for (size_t i = 0; i < count && !(module && func); i++) {
		module = module || is_module(filter->module, frame[i].module);
		func = func || is_function(filter->func, frame[i].function);
	}
	return module && func;
}

bool filter_call(const struct filter *filter, const struct record *record, uint64_t page_bytes, struct symbols *symbols)
{
	if (!in_process(filter, record) || !in_time(filter, record) || !has_result(filter, &record->call))
		return false;
	if (filter->by_call && !filter->call[record->call.call])
		return false;
	if (filter->by_addr && !touch_hits(record, page_bytes, filter->start, filter->end))
		return false;
	return (!filter->module && !filter->func) || in_stack(filter, record->call.stack, symbols);
}

bool filter_event(const struct filter *filter, const struct record *record)
{
	if (filter->by_call || filter->by_addr || filter->result != RESULT_ANY || filter->module || filter->func)
		return false;
	/* Losses and some notes belong to no process and have no place in the order: they concern everybody. */
	if (!record->seq)
		return !record->pid || !filter->pid || record->pid == filter->pid;
	return in_process(filter, record) && in_time(filter, record);
}

bool filter_is_set(const struct filter *filter)
{
	return filter->tid || filter->by_call || filter->by_addr || filter->result != RESULT_ANY || filter->module ||
	       filter->func || filter->by_since || filter->by_until;
}
