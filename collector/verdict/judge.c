#include "judge.h"

#include <stdlib.h>
#include <string.h>

#include "../report/findings.h"
#include "../util/alloc.h"
#include "fingerprint.h"

/* ---- items ---- */

static char *take_text(struct text *text)
{
	char *copy = alloc_copy(text_read(text), text->length);

	text_free(text);
	return copy;
}

static struct verdict_item *add_item(struct verdict *verdict, size_t *room)
{
	verdict->item = alloc_room(verdict->item, verdict->count, room, sizeof(*verdict->item));
	verdict->item[verdict->count] = (struct verdict_item){ .kind = VERDICT_FINDING };
	return &verdict->item[verdict->count++];
}

static enum severity wished(const struct policy *policy, const struct finding *finding)
{
	switch (policy->rule[finding->rule]) {
	case WISH_NOTE:
		return SEVERITY_NOTE;
	case WISH_WARNING:
		return SEVERITY_WARNING;
	case WISH_ERROR:
		return SEVERITY_ERROR;
	default:
		return finding->severity;
	}
}

static void fill_finding(struct verdict_item *item, const struct judge_input *input, const struct finding *finding)
{
	struct text message = { 0 };

	finding_message(&message, finding);
	*item = (struct verdict_item){
		.kind = VERDICT_FINDING, .severity = wished(input->policy, finding),
		.rule = rule_table[finding->rule].name, .title = rule_table[finding->rule].title,
		.message = take_text(&message), .finding = finding, .seq = finding->about.seq,
		.t_ns = finding->about.t_ns, .pid = finding->about.pid, .tid = finding->about.tid,
		.stack = finding->about.stack, .addr = finding->addr, .pages = finding->pages, .count = finding->count,
		.fingerprint = alloc_copy(fingerprint_finding(finding, input->symbols, NULL).hex, 16),
	};
}

static char *demand_name(const struct demand *demand)
{
	struct text name = { 0 };

	text_printf(&name, "%s/%s", demand->kind < DEMAND_FIRST_BUDGET ? "expect" : "budget", demand->id);
	return take_text(&name);
}

static void fill_demand(struct verdict_item *item, const struct demand *demand, const struct watch_result *result)
{
	struct text title = { 0 };
	char *name = demand_name(demand);

	demand_words(&title, demand);
	*item = (struct verdict_item){
		.kind = demand->kind < DEMAND_FIRST_BUDGET ? VERDICT_EXPECTATION : VERDICT_BUDGET,
		.state = result->broken ? VERDICT_FAILS : VERDICT_MET, .severity = SEVERITY_ERROR, .rule = name,
		.title = take_text(&title), .message = alloc_copy(result->message, strlen(result->message)),
		.seq = result->seq, .t_ns = result->t_ns, .pid = result->pid, .tid = result->tid,
		.stack = result->stack, .addr = result->addr, .pages = result->pages, .count = result->count,
		.fingerprint = alloc_copy(fingerprint_name(name).hex, 16),
	};
}

/* ---- states ---- */

static bool is_allowed(const struct allow *allow, const struct finding *finding, struct symbols *symbols)
{
	return allow->rule[finding->rule] && program_match(allow->program, finding->exe) &&
	       selector_match(&allow->where, symbols, finding->about.stack);
}

static const char *why_allowed(const struct judge_input *input, struct verdict *verdict, const struct finding *finding)
{
	for (size_t i = 0; i < input->policy->allows; i++) {
		if (!is_allowed(&input->policy->allow[i], finding, input->symbols))
			continue;
		verdict->allow_used[i]++;
		return input->policy->allow[i].reason;
	}
	return NULL;
}

static bool fails(const struct policy *policy, enum severity severity)
{
	return !policy->fails_never && severity <= policy->fail_on;
}

static void judge_finding(struct verdict *verdict, const struct judge_input *input, const struct finding *finding,
			  size_t *room)
{
	struct verdict_item *item;

	if (input->policy->rule[finding->rule] == WISH_OFF)
		return;
	item = add_item(verdict, room);
	fill_finding(item, input, finding);
	item->state = fails(input->policy, item->severity) ? VERDICT_FAILS : VERDICT_SHOWN;
	item->reason = why_allowed(input, verdict, finding);
	if (item->reason)
		item->state = VERDICT_ALLOWED;
}

/*
 * Several items can have one fingerprint: their counts are added up before any is compared.  Broken demands are known
 * or not, for what their counts count differs.
 */
static void compare_with_baseline(struct verdict *verdict, const struct judge_input *input)
{
	struct baseline_entry *entry;

	for (size_t i = 0; i < verdict->count; i++) {
		entry = baseline_find(input->baseline, verdict->item[i].fingerprint);
		if (entry && verdict->item[i].state <= VERDICT_SHOWN)
			entry->met += verdict->item[i].count + !verdict->item[i].count;
	}
	for (size_t i = 0; i < verdict->count; i++) {
		struct verdict_item *item = &verdict->item[i];

		entry = item->state <= VERDICT_SHOWN ? baseline_find(input->baseline, item->fingerprint) : NULL;
		if (!entry)
			continue;
		item->known_count = entry->count;
		if (item->finding && input->policy->counts && entry->met > entry->count)
			continue;
		item->state = VERDICT_KNOWN;
	}
}

/* ---- the whole ---- */

static int compare_items(const void *a, const void *b)
{
	const struct verdict_item *x = a, *y = b;

	if (x->state != y->state)
		return x->state < y->state ? -1 : 1;
	if (x->severity != y->severity)
		return x->severity < y->severity ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return strcmp(x->rule, y->rule);
}

static int compare_gone(const void *a, const void *b)
{
	const struct baseline_entry *x = *(const struct baseline_entry *const *)a;
	const struct baseline_entry *y = *(const struct baseline_entry *const *)b;
	int order = strcmp(x->rule, y->rule);

	return order ? order : strcmp(x->fingerprint, y->fingerprint);
}

static void find_gone(struct verdict *verdict, const struct baseline *baseline)
{
	const struct baseline_entry **gone = alloc_zero(baseline->count + 1, sizeof(*gone));
	size_t count = 0;

	for (size_t i = 0; i < baseline->count; i++)
		if (!baseline->entry[i].met)
			gone[count++] = &baseline->entry[i];
	if (count)
		qsort(gone, count, sizeof(*gone), compare_gone);
	verdict->gone_count = count;
	verdict->gone = alloc_zero(count + 1, sizeof(*verdict->gone));
	verdict->gone_rule = alloc_zero(count + 1, sizeof(*verdict->gone_rule));
	verdict->gone_place = alloc_zero(count + 1, sizeof(*verdict->gone_place));
	for (size_t i = 0; i < count; i++) {
		verdict->gone[i] = gone[i]->fingerprint;
		verdict->gone_rule[i] = gone[i]->rule;
		verdict->gone_place[i] = gone[i]->place;
	}
	free(gone);
}

void verdict_judge(struct verdict *verdict, const struct judge_input *input)
{
	const struct policy *policy = input->policy;
	size_t room = 0;

	verdict->fail_on = policy->fail_on;
	verdict->fails_never = policy->fails_never;
	for (unsigned i = 0; i < RULE_COUNT; i++)
		verdict->rule_off[i] = policy->rule[i] == WISH_OFF;
	verdict->allow_used = alloc_zero(policy->allows + 1, sizeof(*verdict->allow_used));
	verdict->allows = policy->allows;
	for (size_t i = 0; i < input->findings; i++)
		judge_finding(verdict, input, input->finding[i], &room);
	for (size_t i = 0; i < policy->demands; i++)
		fill_demand(add_item(verdict, &room), &policy->demand[i], &input->result[i]);
	if (input->baseline) {
		compare_with_baseline(verdict, input);
		find_gone(verdict, input->baseline);
	}
	if (verdict->count)
		qsort(verdict->item, verdict->count, sizeof(*verdict->item), compare_items);
	for (size_t i = 0; i < verdict->count; i++)
		verdict->by_state[verdict->item[i].state]++;
}

void verdict_free(struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->count; i++) {
		struct verdict_item *item = &verdict->item[i];

		free((char *)(uintptr_t)item->message);
		free((char *)(uintptr_t)item->fingerprint);
		if (item->finding)
			continue;
		free((char *)(uintptr_t)item->rule);
		free((char *)(uintptr_t)item->title);
	}
	free(verdict->item);
	free(verdict->gone);
	free(verdict->gone_rule);
	free(verdict->gone_place);
	free(verdict->allow_used);
	*verdict = (struct verdict){ 0 };
}

void verdict_baseline(const struct verdict *verdict, struct symbols *symbols, struct baseline *baseline)
{
	struct text place = { 0 };

	for (size_t i = 0; i < verdict->count; i++) {
		const struct verdict_item *item = &verdict->item[i];

		if (item->state == VERDICT_ALLOWED || item->state == VERDICT_MET)
			continue;
		text_clear(&place);
		if (item->finding)
			fingerprint_finding(item->finding, symbols, &place);
		baseline_add(baseline, item->fingerprint, item->rule, text_read(&place), item->count);
	}
	baseline_settle(baseline);
	text_free(&place);
}
