/*
 * cmd_explain.c - the biography of a page: what changed it, what asked something of it, and what it is now; and the
 * account of one record: why it failed, or what it really did.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "reader.h"
#include "report/account.h"
#include "report/biography.h"

static const struct verb_help help = {
	"explain LOG ADDR|#SEQ [OPTION...]",
	"Tells the story of the page that holds ADDR: every call that changed it and\n"
	"every call that spoke of it and changed nothing, with what it did to this page\n"
	"and from where it came; at the end what the page is now. A forked child's story\n"
	"begins with its parent's. ADDR is hex, or decimal where it can be that.\n\n"
	"#SEQ explains the record of that number: what the call asked, which pages that\n"
	"covered and what became of them, and why it failed, with the kernel's sums.\n",
};

struct explain_words {
	const char *at;
	bool stacks;
};

static const struct option_row own[] = {
	{ "at", "WHEN", "the moment up to which to tell (default: exit)", offsetof(struct explain_words, at) },
	{ "stacks", NULL, "whole stacks, not only the nearest frames", offsetof(struct explain_words, stacks) },
	{ 0 },
};

/* As map prints it, as a debugger prints it, or in decimal. */
static int parse_address(const char *text, uint64_t *addr, struct err *err)
{
	char *end;

	if (!filter_number(text, addr))
		return 0;
	errno = 0;
	*addr = strtoull(text, &end, 16);
	if (!errno && *text && !*end && strspn(text, "0123456789abcdefABCDEF") == strlen(text))
		return 0;
	return err_set(err, -EINVAL, "'%s' is no address: hex or decimal", text);
}

static int tell(struct reader *reader, struct biography *story, struct err *err)
{
	struct record record;
	int code;

	while ((code = reader_next(reader, &record, err)) > 0 && record.seq <= reader->when[0].seq)
		biography_add(story, &record);
	return code < 0 ? code : 0;
}

/* "#377": a record, not an address. */
static int explain_record(struct reader *reader, const char *const operand[2], struct err *err)
{
	struct account *account;
	struct record record;
	uint64_t seq;
	int code;

	if (filter_number(operand[1] + 1, &seq))
		return err_set(err, -EINVAL, "'%s' is no number of a record: #377", operand[1]);
	if (reader_open(reader, operand[0], err))
		return -1;
	if (!seq || seq > reader->survey.last_seq)
		return err_set(err, -ENOENT, "no record %s: they go from #1 to #%llu", operand[1],
			       (unsigned long long)reader->survey.last_seq);
	account = account_new(&(struct account_asked){ .view = &reader->view, .survey = &reader->survey,
						       .symbols = reader->symbols, .seq = seq,
						       .json = reader->words.json });
	while ((code = reader_next(reader, &record, err)) > 0 && account_add(account, &record))
		;
	account_free(account);
	return code < 0 ? code : 0;
}

static int run(struct reader *reader, const struct explain_words *words, const char *const operand[2], struct err *err)
{
	const struct survey_process *process;
	struct biography *story;
	struct who *wanted;
	uint64_t addr;
	int code;

	if (operand[1][0] == '#')
		return explain_record(reader, operand, err);
	if (parse_address(operand[1], &addr, err) || reader_when(reader, words->at, err) ||
	    reader_open(reader, operand[0], err))
		return -1;
	process = reader_process(reader, &reader->when[0], err);
	if (!process)
		return -1;
	reader->filter.pid = 0;		/* chosen by its address space; what its ancestors did is part of its story */
	story = biography_new(&(struct biography_asked){
		.view = &reader->view, .survey = &reader->survey, .symbols = reader->symbols, .filter = &reader->filter,
		.process = process, .when = &reader->when[0], .addr = addr, .json = reader->words.json,
		.all_frames = words->stacks });
	code = tell(reader, story, err);
	wanted = code ? NULL : biography_close(story);
	if (wanted)
		code = reader_look_up(reader, wanted, err);
	if (!code)
		biography_end(story);
	biography_free(story);
	return code;
}

int cmd_explain(int argc, char **argv)
{
	struct reader reader = { 0 };
	struct explain_words words = { 0 };
	const char *operand[2];
	struct err err;
	int status = reader_options(&reader, argc, argv, &help, own, &words, 2, operand);

	if (status >= 0)
		return status;
	if (run(&reader, &words, operand, &err))
		return reader_fail(&reader, &err);
	return reader_close(&reader, EXIT_CLEAN);
}
