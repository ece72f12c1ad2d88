#include "where.h"

#include <stdlib.h>
#include <string.h>

#include "uri.h"

static void take_repo(struct where *where, int line, const char *function)
{
	where->in_repo = true;
	where->line = line;
	where->function = function;
	text_clear(&where->uri);
	uri_path(&where->uri, text_read(&where->path));
}

/* @dir: what @file is relative to; NULL: unknown. */
static bool take_file(const struct repo *repo, struct where *where, const char *dir, const char *file)
{
	struct text whole = { 0 };
	bool known;

	where->in_repo = false;
	where->line = 0;
	where->function = NULL;
	text_clear(&where->uri);
	if (repo_path(repo, dir, file, &where->path)) {
		take_repo(where, 0, NULL);
		return true;
	}
	text_clear(&where->path);
	known = repo_clean(&whole, dir, file) && whole.length;
	if (known)
		uri_file(&where->uri, text_read(&whole));
	text_free(&whole);
	return known;
}

bool where_frame(const struct repo *repo, const struct symbol_frame *frame, struct where *where)
{
	if (!frame->file || !take_file(repo, where, frame->dir, frame->file))
		return false;
	where->line = frame->line;
	where->function = frame->function;
	return true;
}

bool where_stack(const struct verdict_report *report, uint32_t stack, struct where *where)
{
	size_t count = 0;
	const struct symbol_frame *frame = stack ? symbols_stack(report->symbols, stack, &count, NULL) : NULL, *own;

	own = repo_frame(report->repo, frame, count, &where->path);
	if (own) {
		take_repo(where, own->line, own->function);
		return true;
	}
	own = count ? symbols_caller(report->symbols, stack) : NULL;
	if (!own)
		return false;
	if (where_frame(report->repo, own, where))
		return true;
	if (!own->module || !take_file(report->repo, where, NULL, own->module))
		return false;
	where->function = own->function;
	return true;
}

/* A file named on the command line; one that is not there keeps the name it was given. */
static void take_argument(const struct repo *repo, struct where *where, const char *name)
{
	char *real = realpath(name, NULL);

	if (!take_file(repo, where, NULL, real ? real : name)) {
		text_clear(&where->uri);
		uri_path(&where->uri, name);
	}
	free(real);
}

static bool is_there(const char *path)
{
	char *real = path ? realpath(path, NULL) : NULL;
	bool there = real;

	free(real);
	return there;
}

void where_item(const struct verdict_report *report, const struct verdict_item *item, struct where *where)
{
	const struct verdict *verdict = report->verdict;
	const char *exe = item->finding ? item->finding->exe : NULL;

	if (where_stack(report, item->stack, where))
		return;
	if (exe && take_file(report->repo, where, NULL, exe))
		return;
	if (item->kind != VERDICT_FINDING && is_there(verdict->policy))
		take_argument(report->repo, where, verdict->policy);
	else
		take_argument(report->repo, where, verdict->log);
}

void where_free(struct where *where)
{
	text_free(&where->uri);
	text_free(&where->path);
}
