/* cmd_stats.c - how often, how long, how many failed, how many were needless: by call and by place in the program. */
#include <errno.h>

#include "cmd.h"
#include "reader.h"
#include "report/statement.h"
#include "report/tally.h"
#include "vm/world.h"

static const struct verb_help help = {
	"stats LOG [OPTION...]",
	"Counts the calls, by call and by the place in the program that made them.\n"
	"PAGES are the pages the calls spoke of. NO-OP counts calls that worked but\n"
	"changed no page: a second lock on a locked page, a protection that was there.\n",
};

struct stats_words {
	const char *top;
};

static const struct option_row own[] = {
	{ "top", "N", "how many places to show (default: 10; 0: all)", offsetof(struct stats_words, top) },
	{ 0 },
};

static void note_change(void *arg, const struct delta *delta)
{
	struct tally_change *change = arg;

	tally_change_add(change, delta);
}

/* The whole log goes through the model, whatever the filter: what a call changed depends on all calls before it. */
static int count_all(struct reader *reader, struct tally *tally, struct err *err)
{
	struct world *world = world_new();
	struct record record;
	int code;

	while ((code = reader_next(reader, &record, err)) > 0) {
		struct tally_change change = { .page_bytes = reader->survey.page_bytes,
					       .replaced = survey_replaced(&reader->survey, &record) };

		world_apply(world, &record, note_change, &change);
		if (record.type == RECORD_CALL &&
		    filter_call(&reader->filter, &record, reader->survey.page_bytes, reader->symbols))
			tally_add(tally, &record, &change, symbols_caller(reader->symbols, record.call.stack));
	}
	world_free(world);
	return code;
}

static int parse_top(const char *text, uint64_t *top, struct err *err)
{
	*top = 10;
	return text && filter_number(text, top) ? err_set(err, -EINVAL, "--top wants a number, not '%s'", text) : 0;
}

int cmd_stats(int argc, char **argv)
{
	struct reader reader = { 0 };
	struct stats_words words = { 0 };
	struct tally *tally;
	const char *path;
	uint64_t top;
	struct err err;
	int status = reader_options(&reader, argc, argv, &help, own, &words, 1, &path);

	if (status >= 0)
		return status;
	if (parse_top(words.top, &top, &err) || reader_open(&reader, path, &err))
		return reader_fail(&reader, &err);
	tally = tally_new();
	if (count_all(&reader, tally, &err)) {
		tally_free(tally);
		return reader_fail(&reader, &err);
	}
	if (!reader.words.json)
		statement_print(&reader.view, &reader.survey.coverage, "");
	if (reader.words.json)
		tally_json(&reader.view, tally, top, &reader.survey.coverage);
	else
		tally_text(&reader.view, tally, top);
	tally_free(tally);
	return reader_close(&reader, EXIT_CLEAN);
}
