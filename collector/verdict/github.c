/*
 * github.c - a verdict as annotations: workflow commands of GitHub Actions, printed by a step.
 *
 * "::error file=src/key.c,line=40,title=lock-refused::message"; "Workflow commands for GitHub Actions", GitHub Docs. It
 * shows ten of each kind and step, and files by their path from the top of the repository.
 */
#include "out.h"

#include <stdlib.h>
#include <string.h>

#include "chars.h"
#include "detail.h"
#include "where.h"

static const char *command_of(const struct verdict_item *item)
{
	static const char *const command[SEVERITY_COUNT] = { "error", "warning", "notice" };

	return item->state == VERDICT_FAILS ? "error" : command[item->severity];
}

/* "file=src/key.c,line=40,", nothing for what is not in the repository. */
static void add_place(struct text *line, const struct verdict_report *report, const struct verdict_item *item)
{
	struct where where = { 0 };

	where_item(report, item, &where);
	if (where.in_repo) {
		text_put(line, "file=");
		chars_command(line, text_read(&where.path), true);
		if (where.line > 0)
			text_printf(line, ",line=%d", where.line);
		text_put(line, ",");
	}
	where_free(&where);
}

static void put_item(const struct verdict_report *report, const struct verdict_item *item)
{
	char *detail = detail_of(report, item);
	struct text line = { 0 };

	text_printf(&line, "::%s ", command_of(item));
	add_place(&line, report, item);
	text_put(&line, "title=");
	chars_command(&line, item->rule, true);
	text_put(&line, "::");
	detail[strlen(detail) - 1] = '\0';	/* the last newline */
	chars_command(&line, detail, false);
	fprintf(report->view->out, "%s\n", text_read(&line));
	text_free(&line);
	free(detail);
}

void verdict_github(const struct verdict_report *report)
{
	const struct verdict *verdict = report->verdict;
	struct text line = { 0 };

	if (!verdict->complete) {
		text_put(&line, "::error title=no verdict::The log is not complete: ");
		chars_command(&line, verdict->incomplete_because, false);
		fprintf(report->view->out, "%s\n", text_read(&line));
		text_free(&line);
	}
	for (size_t i = 0; i < verdict->count; i++)
		if (verdict->item[i].state == VERDICT_FAILS || verdict->item[i].state == VERDICT_SHOWN)
			put_item(report, &verdict->item[i]);
}
