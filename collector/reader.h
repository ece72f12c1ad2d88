/*
 * reader.h - what every verb that reads a log has in common: the options, the first pass, the messages.
 */
#ifndef PAGETRAIL_READER_H
#define PAGETRAIL_READER_H

#include <stdbool.h>

#include "log/log.h"
#include "lookup.h"
#include "options.h"
#include "report/filter.h"
#include "report/view.h"
#include "report/who.h"

struct reader_words {
	bool json;
	const char *color;
	struct filter_words filter;
	struct lookup_words lookup;
};

#define READER_WHENS 2

struct reader {
	struct reader_words words;	/* filled by options_parse() through reader_output and reader_filters */
	struct log_reader *log;
	char *path;			/* as the user wrote it; standard input has a name too */
	char kept[32];			/* the unnamed file standard input was put into, "" for none */
	char *tear;			/* why the log ends early, NULL: it does not */
	char *miscount;			/* lines are missing, or there are too many; NULL: not that the trailer says so */
	struct survey survey;
	struct search *search;		/* where files are looked for */
	struct symbols *symbols;	/* knows all stacks and modules after reader_open() */
	struct view view;
	struct filter filter;
	struct when when[READER_WHENS];	/* moments the verb asks for, settled by reader_open() */
	size_t whens;
	bool once;			/* the walk under way is the first: reader_open_once(), reader_open_lazily() */
};

/* Rows for option_group.into = &reader->words. */
extern const struct option_row reader_output[];
extern const struct option_row reader_filters[];

/*
 * reader_options - parse a verb's command line: its own options, the common ones, and exactly @operands other arguments
 * @own: the verb's own rows, may be NULL; @into: the struct they fill
 * @operand: receives the other arguments
 *
 * Return: -1 to go on, otherwise the exit status to return at once (help was printed, or a message).
 */
int reader_options(struct reader *reader, int argc, char **argv, const struct verb_help *help,
		   const struct option_row *own, void *into, int operands, const char **operand);

/*
 * reader_when - ask for a moment; call before reader_open(), read reader->when[] after it
 */
int reader_when(struct reader *reader, const char *text, struct err *err);

/*
 * reader_open - open the log and walk it once
 * @path: "-" is standard input, which is kept in an unnamed file for the second pass
 *
 * Return: 0 and the log at its beginning again, or -errno with a message.
 */
int reader_open(struct reader *reader, const char *path, struct err *err);

/*
 * reader_open_once - open the log for verbs that need nothing of what is further on: the only walk is the verb's own
 *
 * It takes in what that of reader_open() would; reader_settle() at its end settles moments and the filter, which must not
 * be asked before. Symbols may be asked about what has come by.
 */
int reader_open_once(struct reader *reader, const char *path, struct err *err);
int reader_settle(struct reader *reader, struct err *err);

/*
 * reader_open_lazily - the same where nothing that is asked for is further on: without filter and moments
 *
 * With one, reader_open(). Either way reader_settle() stands at the end of the verb's walk, and the log can be walked
 * again after it.
 */
int reader_open_lazily(struct reader *reader, const char *path, struct err *err);

/*
 * reader_filter - which records were asked for
 *
 * Return: to be called with the reader; NULL: all were.
 */
typedef bool reader_wanted(void *reader, const struct record *record);
reader_wanted *reader_filter(const struct reader *reader);

/*
 * reader_next - log_next(): 1 and *record, 0 at the end, -errno on error
 */
int reader_next(struct reader *reader, struct record *record, struct err *err);

/*
 * reader_rewind - walk it once more
 */
int reader_rewind(struct reader *reader, struct err *err);

/*
 * reader_look_up - one more walk, to find the records that @who names
 */
int reader_look_up(struct reader *reader, struct who *who, struct err *err);

/*
 * reader_process - the process a report is about, by --pid, and alive or dead at a moment
 * @when: settled
 *
 * Return: NULL with a message that lists the processes.
 */
const struct survey_process *reader_process(const struct reader *reader, const struct when *when, struct err *err);

/*
 * reader_incomplete - why there can be no verdict on the log, NULL: it is complete
 */
const char *reader_incomplete(const struct reader *reader);

/*
 * reader_close - say on stderr what the log lacks, and give everything back
 * @status: what the verb would return
 *
 * Return: @status, or EXIT_UNUSABLE where stdout could not be written.
 */
int reader_close(struct reader *reader, int status);

/*
 * complain_of_names - say on stderr which files were wanted for names and could not be used, the first of them by name
 */
void complain_of_names(const struct symbols *symbols);

/*
 * reader_give_back - the same without a word, whatever has been opened
 */
void reader_give_back(struct reader *reader);

/*
 * reader_fail - print an error and give everything back
 *
 * Return: EXIT_UNUSABLE.
 */
int reader_fail(struct reader *reader, const struct err *err);

#endif
