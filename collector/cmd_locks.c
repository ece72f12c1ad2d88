/* cmd_locks.c - who asked for which locks, what they hold, how they ended, and how near the limit it came. */
#include "cmd.h"
#include "reader.h"
#include "report/locks.h"

static const struct verb_help help = {
	"locks LOG [OPTION...]",
	"Prints the ledger of locks of each process: every run of locked pages with the\n"
	"requests that hold it; every request that ended, with who asked and what ended it,\n"
	"equal ones counted; what forked children did not inherit; the peak against\n"
	"RLIMIT_MEMLOCK; System V segments under SHM_LOCK; and every refused lock with the\n"
	"reason. Bytes are as asked, pages as really locked. Filters choose by the call\n"
	"that asked or the one that ended it.\n",
};

struct locks_words {
	const char *at;
};

static const struct option_row own[] = {
	{ "at", "WHEN", "the moment up to which to tell (default: exit)", offsetof(struct locks_words, at) },
	{ 0 },
};

static int gather(struct reader *reader, struct locks *locks, struct err *err)
{
	struct record record;
	int code;

	while ((code = reader_next(reader, &record, err)) > 0 && record.seq <= reader->when[0].seq)
		locks_add(locks, &record);
	return code < 0 ? code : 0;
}

static int run(struct reader *reader, const struct locks_words *words, const char *path, struct err *err)
{
	struct locks *locks;
	int code;

	if (reader_when(reader, words->at, err) || reader_open(reader, path, err))
		return -1;
	locks = locks_new(&(struct locks_asked){
		.view = &reader->view, .survey = &reader->survey, .symbols = reader->symbols, .filter = &reader->filter,
		.filtered = reader->filter.pid || filter_is_set(&reader->filter), .when = &reader->when[0] });
	code = gather(reader, locks, err);
	if (!code)
		(reader->words.json ? locks_json : locks_text)(locks);
	locks_free(locks);
	return code;
}

int cmd_locks(int argc, char **argv)
{
	struct reader reader = { 0 };
	struct locks_words words = { 0 };
	const char *path;
	struct err err;
	int status = reader_options(&reader, argc, argv, &help, own, &words, 1, &path);

	if (status >= 0)
		return status;
	if (run(&reader, &words, path, &err))
		return reader_fail(&reader, &err);
	return reader_close(&reader, EXIT_CLEAN);
}
