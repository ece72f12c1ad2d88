/* sarif_result.c - one item as a SARIF result: where, through which calls, known or allowed. */
#include "sarif.h"

#include <stdlib.h>
#include <string.h>

#include "../report/frame.h"
#include "detail.h"
#include "where.h"

/* ---- places ---- */

static void put_physical(struct jout *json, const struct where *where)
{
	jout_object(json, "physicalLocation");
	jout_object(json, "artifactLocation");
	jout_string(json, "uri", text_read(&where->uri));
	if (where->in_repo)
		jout_string(json, "uriBaseId", "%SRCROOT%");
	jout_end(json);
	if (where->line > 0) {
		jout_object(json, "region");
		jout_signed(json, "startLine", where->line);
		jout_end(json);
	}
	jout_end(json);
}

static void put_logical(struct jout *json, const char *function)
{
	if (!function)
		return;
	jout_array(json, "logicalLocations");
	jout_object(json, NULL);
	jout_string(json, "fullyQualifiedName", function);
	jout_string(json, "kind", "function");
	jout_end(json);
	jout_end(json);
}

/* @id: 0: nothing refers to it; @text: NULL: none. */
static void put_location(struct jout *json, const char *key, const struct where *where, size_t id, const char *text)
{
	jout_object(json, key);
	if (id)
		jout_number(json, "id", id);
	put_physical(json, where);
	put_logical(json, where->function);
	if (text)
		sarif_message(json, "message", text);
	jout_end(json);
}

static void put_locations(struct sarif *sarif, const struct verdict_item *item)
{
	struct where where = { 0 };

	where_item(sarif->report, item, &where);
	jout_array(&sarif->json, "locations");
	put_location(&sarif->json, NULL, &where, 0, NULL);
	jout_end(&sarif->json);
	where_free(&where);
}

/* ---- stacks ---- */

static void put_frame(struct sarif *sarif, const struct symbol_frame *frame, int32_t tid)
{
	struct jout *json = &sarif->json;
	struct where where = { 0 };

	jout_object(json, NULL);
	if (where_frame(sarif->report->repo, frame, &where)) {
		put_location(json, "location", &where, 0, NULL);
	} else if (frame->function) {
		jout_object(json, "location");
		put_logical(json, frame->function);
		jout_end(json);
	}
	if (frame->module)
		jout_string(json, "module", frame_base(frame->module));
	jout_signed(json, "threadId", tid);
	jout_object(json, "properties");
	jout_hex(json, "offset", frame->offset);
	if (frame->build_id)
		jout_string(json, "buildId", frame->build_id);
	if (frame->inlined)
		jout_bool(json, "inlined", true);
	jout_end(json);
	jout_end(json);
	where_free(&where);
}

/* "#4 mlock(0x7f1000000000, 64) = 0" */
static void put_call(struct text *text, const struct evidence_record *record)
{
	text_printf(text, "#%llu %s", (unsigned long long)record->seq, record->text ? record->text : "");
}

static void put_stack(struct sarif *sarif, uint64_t seq)
{
	const struct evidence_record *record = evidence_find(sarif->report->evidence, seq);
	const struct symbol_frame *frame;
	struct text text = { 0 };
	size_t count;

	if (!record || !record->stack)
		return;
	frame = symbols_stack(sarif->report->symbols, record->stack, &count, NULL);
	put_call(&text, record);
	jout_line(&sarif->json);
	jout_object(&sarif->json, NULL);
	sarif_message(&sarif->json, "message", text_read(&text));
	jout_array(&sarif->json, "frames");
	for (size_t i = 0; i < count; i++)
		put_frame(sarif, &frame[i], record->tid);
	jout_end(&sarif->json);
	jout_end(&sarif->json);
	text_free(&text);
}

/* The calls in the order in which they were made. */
static void put_stacks(struct sarif *sarif, const struct verdict_item *item)
{
	const struct finding *finding = item->finding;
	size_t i = 0, relateds = finding ? finding->relateds : 0;

	jout_array(&sarif->json, "stacks");
	for (; i < relateds && finding->related[i] < item->seq; i++)
		put_stack(sarif, finding->related[i]);
	put_stack(sarif, item->seq);
	for (; i < relateds; i++)
		put_stack(sarif, finding->related[i]);
	jout_end(&sarif->json);
}

/* ---- related calls ---- */

/* Where a related call was made; its id in the result is its number among them, from 1. */
static bool find_related(struct sarif *sarif, uint64_t seq, struct where *where)
{
	const struct evidence_record *record = evidence_find(sarif->report->evidence, seq);

	return record && where_stack(sarif->report, record->stack, where);
}

static void put_related(struct sarif *sarif, const struct finding *finding)
{
	jout_array(&sarif->json, "relatedLocations");
	for (size_t i = 0; i < finding->relateds; i++) {
		struct text text = { 0 };
		struct where where = { 0 };

		if (find_related(sarif, finding->related[i], &where)) {
			put_call(&text, evidence_find(sarif->report->evidence, finding->related[i]));
			put_location(&sarif->json, NULL, &where, i + 1, text_read(&text));
		}
		text_free(&text);
		where_free(&where);
	}
	jout_end(&sarif->json);
}

static size_t id_of(struct sarif *sarif, const struct finding *finding, uint64_t seq)
{
	struct where where = { 0 };
	size_t id = 0;

	for (size_t i = 0; i < finding->relateds && !id; i++)
		if (finding->related[i] == seq && find_related(sarif, seq, &where))
			id = i + 1;
	where_free(&where);
	return id;
}

/* "the lock of #4" becomes "the lock of [#4](1)", a link to the related location with that id; 3.11.6. */
static void add_links(struct text *text, struct sarif *sarif, const struct verdict_item *item)
{
	const char *at = item->message;

	while (*at) {
		size_t plain = strcspn(at, "#"), digits = at[plain] ? strspn(at + plain + 1, "0123456789") : 0;
		size_t id = digits ? id_of(sarif, item->finding, strtoull(at + plain + 1, NULL, 10)) : 0;

		text_printf(text, "%.*s", (int)plain, at);
		at += plain;
		if (id)
			text_printf(text, "[%.*s](%zu)", (int)digits + 1, at, id);
		else
			text_printf(text, "%.*s", (int)digits + (*at == '#'), at);
		at += digits + (*at == '#');
	}
}

static void put_message(struct sarif *sarif, const struct verdict_item *item)
{
	struct text text = { 0 };

	if (item->finding)
		add_links(&text, sarif, item);
	else
		detail_message(&text, item);
	sarif_message(&sarif->json, "message", text_read(&text));
	text_free(&text);
}

/* ---- the result ---- */

static void put_fingerprint(struct jout *json, const char *fingerprint)
{
	jout_object(json, "partialFingerprints");
	jout_string(json, "pagetrailStack/v1", fingerprint);
	jout_end(json);
}

static void put_suppression(struct jout *json, const char *reason)
{
	jout_array(json, "suppressions");
	jout_object(json, NULL);
	jout_string(json, "kind", "external");
	jout_string(json, "justification", reason ? reason : "");
	jout_end(json);
	jout_end(json);
}

static void put_properties(struct jout *json, const struct verdict_item *item)
{
	jout_object(json, "properties");
	jout_string(json, "state", verdict_state_name(item->state));
	if (item->pid)
		jout_signed(json, "pid", item->pid);
	if (item->tid)
		jout_signed(json, "tid", item->tid);
	if (item->seq)
		jout_number(json, "seq", item->seq);
	if (item->addr)
		jout_hex(json, "addr", item->addr);
	if (item->pages)
		jout_number(json, "pages", item->pages);
	jout_end(json);
}

void sarif_result(struct sarif *sarif, const struct verdict_item *item)
{
	struct jout *json = &sarif->json;

	jout_line(json);
	jout_object(json, NULL);
	jout_string(json, "ruleId", item->rule);
	jout_number(json, "ruleIndex", sarif_rule_index(sarif, item));
	jout_string(json, "level", severity_name(item->severity));
	put_message(sarif, item);
	put_locations(sarif, item);
	put_stacks(sarif, item);
	if (item->finding)
		put_related(sarif, item->finding);
	put_fingerprint(json, item->fingerprint);
	if (item->count)
		jout_number(json, "occurrenceCount", item->count);
	if (item->state == VERDICT_ALLOWED)
		put_suppression(json, item->reason);
	if (sarif->report->verdict->baseline)
		jout_string(json, "baselineState", item->state == VERDICT_KNOWN ? "unchanged" : "new");
	put_properties(json, item);
	jout_end(json);
}

void sarif_absent(struct sarif *sarif, const char *rule, const char *fingerprint)
{
	const struct verdict_item nothing = { .kind = VERDICT_FINDING };
	enum rule_id id = rule_find(rule);
	struct jout *json = &sarif->json;

	jout_line(json);
	jout_object(json, NULL);
	jout_string(json, "ruleId", rule);
	if (id < RULE_COUNT)
		jout_number(json, "ruleIndex", id);
	jout_string(json, "level", "note");
	sarif_message(json, "message", "The baseline has this finding, the log no longer has.");
	put_locations(sarif, &nothing);
	put_fingerprint(json, fingerprint);
	jout_string(json, "baselineState", "absent");
	jout_end(json);
}
