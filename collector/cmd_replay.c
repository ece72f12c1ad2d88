/* cmd_replay.c - rebuild everything from a log alone, check each result, print what the state is in the end. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "reader.h"
#include "report/replayed.h"
#include "util/alloc.h"
#include "vm/world.h"

static const struct verb_help help = {
	"replay LOG [OPTION...]",
	"Rebuilds every address space from the log alone and holds each result against what\n"
	"the kernel could have answered then: an address that was taken, a success it would\n"
	"have refused, an error it has no reason for. Where the log itself says that the\n"
	"state is not certain (races, losses) nothing is claimed. Prints a digest of the\n"
	"final state of each process and of all; the recording put its own into the log, so\n"
	"equal digests prove that the replay is what happened. The same log gives the same\n"
	"bytes, plain or .zst, on every machine: functions are named only as far as the log\n"
	"has their names. Filters choose which findings are shown, not what counts.\n"
	"Exit status: 0 nothing impossible and the digests agree, 1 findings, 2 not a log or\n"
	"not readable, 3 the log is not complete: no verdict.\n",
};

struct run {
	struct reader reader;
	struct world *world;
	struct replay *replay;
	struct replayed_processes processes;
	uint64_t state_form;	/* 0: not told */
	char *state, *tool;	/* of the recording; NULL: not told */
};

static char *copy_or_null(const char *text)
{
	return text ? alloc_copy(text, strlen(text)) : NULL;
}

static void keep(struct run *run, const struct record *record)
{
	if (record->type == RECORD_HEADER && !run->tool)
		run->tool = copy_or_null(record->header.tool);
	if (record->type != RECORD_TRAILER || run->state)
		return;
	run->state_form = record->trailer.state_form;
	run->state = copy_or_null(record->trailer.state);
}

static int replay_all(struct run *run, struct err *err)
{
	struct record record;
	int code;

	run->world = world_new();
	run->replay = replay_new(run->world);
	replay_let_leave(run->replay, replayed_left, &run->processes);
	while ((code = reader_next(&run->reader, &record, err)) > 0) {
		keep(run, &record);
		replay_apply(run->replay, &record);
	}
	replay_end(run->replay);
	return code ? code : reader_settle(&run->reader, err);
}

static enum same_state compare(const struct run *run, const char *digest)
{
	if (!run->state || !run->state_form)
		return STATE_UNTOLD;
	if (run->state_form != DIGEST_FORM)
		return STATE_OTHER_FORM;
	if (!strcmp(run->state, digest))
		return STATE_EQUAL;
	return run->tool && !strcmp(run->tool, "pagetrail " PAGETRAIL_VERSION) ? STATE_OTHER : STATE_OTHER_TOOL;
}

static int verdict(const struct run *run, const struct replayed *replayed)
{
	if (replayed->findings || replayed->counts.more || replayed->same == STATE_OTHER)
		return EXIT_FINDINGS;
	return !reader_incomplete(&run->reader) ? EXIT_CLEAN : EXIT_INCOMPLETE;
}

static int report(struct run *run)
{
	struct reader *reader = &run->reader;
	struct replayed replayed = { .view = &reader->view, .processes = &run->processes, .survey = &reader->survey,
				     .symbols = reader->symbols, .counts = replay_counts(run->replay) };
	bool *shown;

	replayed.finding = replay_found(run->replay, &replayed.findings);
	shown = alloc_zero(replayed.findings + 1, sizeof(*shown));
	for (size_t i = 0; i < replayed.findings; i++)
		shown[i] = filter_call(&reader->filter, &replayed.finding[i].record, reader->survey.page_bytes,
				       reader->symbols);
	replayed.shown = shown;
	replayed_end(&run->processes, run->world, replayed.digest);
	replayed.same = compare(run, replayed.digest);
	(reader->words.json ? replayed_json : replayed_text)(&replayed);
	free(shown);
	return verdict(run, &replayed);
}

static int replay_log(struct run *run, const char *path)
{
	struct err err;

	if (reader_open_once(&run->reader, path, &err))
		return reader_fail(&run->reader, &err);
	symbols_no_files(run->reader.symbols);
	if (replay_all(run, &err))
		return reader_fail(&run->reader, &err);
	return reader_close(&run->reader, report(run));
}

int cmd_replay(int argc, char **argv)
{
	struct run run = { 0 };
	const char *path;
	int status = reader_options(&run.reader, argc, argv, &help, NULL, NULL, 1, &path);

	if (status >= 0)
		return status;
	status = replay_log(&run, path);
	replay_free(run.replay);
	world_free(run.world);
	free(run.processes.process);
	free(run.state);
	free(run.tool);
	return status;
}
