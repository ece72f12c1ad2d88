#include "baseline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../report/jout.h"
#include "../report/text.h"
#include "../util/alloc.h"
#include "doc.h"

#define BASELINE_VERSION 1
#define DIGITS 16
#define PLACE_MAX 64	/* lines of one entry */

/* ---- entries ---- */

static void free_entry(struct baseline_entry *entry)
{
	free(entry->fingerprint);
	free(entry->rule);
	free(entry->place);
}

void baseline_add(struct baseline *baseline, const char *fingerprint, const char *rule, const char *place,
		  uint64_t count)
{
	baseline->entry = alloc_room(baseline->entry, baseline->count, &baseline->room, sizeof(*baseline->entry));
	baseline->entry[baseline->count++] = (struct baseline_entry){
		.fingerprint = alloc_copy(fingerprint, DIGITS), .rule = alloc_copy(rule, strlen(rule)),
		.place = alloc_copy(place, strlen(place)), .count = count };
}

static int by_fingerprint(const void *a, const void *b)
{
	return strcmp(((const struct baseline_entry *)a)->fingerprint, ((const struct baseline_entry *)b)->fingerprint);
}

/* Sorted and not hashed: whoever writes a baseline chooses its fingerprints. */
void baseline_settle(struct baseline *baseline)
{
	struct baseline_entry *last = NULL;
	size_t kept = 0;

	if (baseline->count)
		qsort(baseline->entry, baseline->count, sizeof(*baseline->entry), by_fingerprint);
	for (size_t i = 0; i < baseline->count; i++) {
		struct baseline_entry *entry = &baseline->entry[i];

		if (last && !by_fingerprint(last, entry)) {
			last->count = entry->count > INT64_MAX - last->count ? INT64_MAX : last->count + entry->count;
			free_entry(entry);
			continue;
		}
		last = &baseline->entry[kept++];
		*last = *entry;
	}
	baseline->count = kept;
}

struct baseline_entry *baseline_find(const struct baseline *baseline, const char *fingerprint)
{
	const struct baseline_entry key = { .fingerprint = (char *)(uintptr_t)fingerprint };

	return baseline->count ? bsearch(&key, baseline->entry, baseline->count, sizeof(key), by_fingerprint) : NULL;
}

void baseline_free(struct baseline *baseline)
{
	for (size_t i = 0; i < baseline->count; i++)
		free_entry(&baseline->entry[i]);
	free(baseline->entry);
	*baseline = (struct baseline){ 0 };
}

/* ---- reading ---- */

/* An entry as it is being read. */
struct draft {
	struct baseline *baseline;
	char *fingerprint, *rule;
	struct text place;
	uint64_t count;
};

static int read_version(struct doc *doc, json_t *value, void *into)
{
	(void)into;
	return json_is_integer(value) && json_integer_value(value) == BASELINE_VERSION ? 0 :
		doc_fail(doc, value, "expected 1, the version of the format");
}

static int read_fingerprint(struct doc *doc, json_t *value, void *into)
{
	const char *digits = json_string_value(value);

	if (!digits || strlen(digits) != DIGITS || strspn(digits, "0123456789abcdef") != DIGITS)
		return doc_fail(doc, value, "expected 16 hex digits");
	((struct draft *)into)->fingerprint = alloc_copy(digits, DIGITS);
	return 0;
}

static int read_rule(struct doc *doc, json_t *value, void *into)
{
	return doc_text(doc, value, "a rule's name", &((struct draft *)into)->rule);
}

static int read_count(struct doc *doc, json_t *value, void *into)
{
	return doc_number(doc, value, "a whole number from 0 on", &((struct draft *)into)->count);
}

static int read_line(struct doc *doc, json_t *value, void *into)
{
	struct draft *draft = into;

	if (!json_is_string(value))
		return doc_fail(doc, value, "expected a string");
	text_put(&draft->place, draft->place.length ? "\n" : "");
	text_safe(&draft->place, json_string_value(value));
	return 0;
}

static int read_place(struct doc *doc, json_t *value, void *into)
{
	return doc_array(doc, value, PLACE_MAX, "the lines of a place", read_line, into);
}

static int read_entry(struct doc *doc, json_t *value, void *into)
{
	static const struct doc_member members[] = {
		{ "fingerprint", read_fingerprint, true },
		{ "rule", read_rule, true },
		{ "count", read_count, true },
		{ "place", read_place, true },
		{ 0 },
	};
	struct draft draft = { .baseline = into };
	int code = doc_object(doc, value, members, "a finding", &draft);

	if (!code)
		baseline_add(into, draft.fingerprint, draft.rule, text_read(&draft.place), draft.count);
	free(draft.fingerprint);
	free(draft.rule);
	text_free(&draft.place);
	return code;
}

static int read_entries(struct doc *doc, json_t *value, void *into)
{
	return doc_array(doc, value, BASELINE_ENTRIES_MAX, "findings", read_entry, into);
}

int baseline_parse(const char *bytes, size_t length, const char *name, struct baseline *baseline, struct err *err)
{
	static const struct doc_member members[] = {
		{ "baseline", read_version, true },
		{ "findings", read_entries, true },
		{ 0 },
	};
	struct doc doc;
	int code = doc_open(&doc, bytes, length, BASELINE_BYTES_MAX, name, err);

	if (!code)
		code = doc_object(&doc, doc.root, members, "a baseline", baseline);
	baseline_settle(baseline);
	doc_close(&doc);
	return code;
}

/* ---- writing ---- */

static int compare(const void *a, const void *b)
{
	const struct baseline_entry *x = a, *y = b;
	int order = strcmp(x->rule, y->rule);

	if (!order)
		order = strcmp(x->place, y->place);
	return order ? order : strcmp(x->fingerprint, y->fingerprint);
}

static void write_place(struct jout *json, char *place)
{
	char *rest = NULL;

	jout_array(json, "place");
	for (char *line = strtok_r(place, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		jout_string(json, NULL, line);
	jout_end(json);
}

int baseline_write(struct baseline *baseline, FILE *out)
{
	struct jout json = { .out = out };

	if (baseline->count)
		qsort(baseline->entry, baseline->count, sizeof(*baseline->entry), compare);
	jout_object(&json, NULL);
	jout_number(&json, "baseline", BASELINE_VERSION);
	jout_array(&json, "findings");
	for (size_t i = 0; i < baseline->count; i++) {
		char *place = alloc_copy(baseline->entry[i].place, strlen(baseline->entry[i].place));

		jout_line(&json);
		jout_object(&json, NULL);
		jout_string(&json, "rule", baseline->entry[i].rule);
		jout_string(&json, "fingerprint", baseline->entry[i].fingerprint);
		jout_number(&json, "count", baseline->entry[i].count);
		write_place(&json, place);
		jout_end(&json);
		free(place);
	}
	jout_line(&json);
	jout_end(&json);
	jout_end(&json);
	jout_line(&json);
	return fflush(out) || ferror(out) ? -errno : 0;
}
