#include "detail.h"

#include <stdlib.h>

void detail_message(struct text *text, const struct verdict_item *item)
{
	if (!item->finding)
		text_printf(text, "Expected: %s. ", item->title);
	text_put(text, item->message);
}

static void print_call(const struct verdict_report *report, const struct view *view, uint64_t seq)
{
	const struct evidence_record *record = evidence_find(report->evidence, seq);

	if (record)
		evidence_print(view, record, report->symbols, 4, 0);
}

/* In the order in which they were made. */
static void print_calls(const struct verdict_report *report, const struct view *view, const struct verdict_item *item)
{
	const struct finding *finding = item->finding;
	size_t i = 0, relateds = finding ? finding->relateds : 0;

	for (; i < relateds && finding->related[i] < item->seq; i++)
		print_call(report, view, finding->related[i]);
	print_call(report, view, item->seq);
	for (; i < relateds; i++)
		print_call(report, view, finding->related[i]);
}

static void print_head(FILE *out, const struct verdict_item *item)
{
	struct text message = { 0 };

	detail_message(&message, item);
	fprintf(out, "%s %s", severity_name(item->severity), item->rule);
	if (item->count > 1)
		fprintf(out, ", %llu times", (unsigned long long)item->count);
	if (item->state == VERDICT_ALLOWED)
		fprintf(out, ", allowed%s%s", item->reason ? ": " : "", item->reason ? item->reason : "");
	if (item->state == VERDICT_KNOWN)
		fputs(", known: the baseline has it", out);
	fprintf(out, "\n    %s\n", text_read(&message));
	text_free(&message);
}

char *detail_of(const struct verdict_report *report, const struct verdict_item *item)
{
	char *text = NULL;
	size_t length;
	struct view view = { .out = open_memstream(&text, &length) };

	if (!view.out)
		abort();
	print_head(view.out, item);
	print_calls(report, &view, item);
	fclose(view.out);
	return text;
}
