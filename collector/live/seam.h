/*
 * seam.h - where one log ends and the next begins: a recording that goes over several logs, each of which can be read
 * alone.
 *
 * At its head the next log tells from the model what there is (restate.h).  The model is then made anew from these
 * lines, as any reader will make it, so that the log's replay is what the recording had.  What set a state before the
 * seam is not told any more: all of it was set by those lines.
 */
#ifndef PAGETRAIL_LIVE_SEAM_H
#define PAGETRAIL_LIVE_SEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../log/log.h"
#include "../vm/record.h"

struct recorder;

/* How the logs are made. */
struct rotation {
	uint64_t bytes;		/* a log that is longer is finished */
	/* Begin log number @part; its name and that of the one before, without directory. Return: 0 or -errno. */
	int (*begin)(void *arg, uint32_t part, struct log_writer **writer, const char **name, const char **before);
	/* Finish the one before, whose last line is written. Return: 0 or -errno. */
	int (*finish)(void *arg, struct log_writer *before);
	void *arg;
};

/* A note that holds for later logs too. */
struct kept_note {
	int32_t pid;	/* of a process: as long as it is there; 0: always */
	char *text;
};

/* Private to the recorder. */
struct seam {
	const struct rotation *rotation;	/* NULL: one log */
	struct log_writer *writer;
	char *const *argv;
	const char *cwd;
	uint32_t part;
	uint64_t limit;		/* bytes at which this log is long enough */
	bool lossy;		/* a log before this one lost something */
	struct kept_note *note;
	size_t notes;
};

#define NOTE_NO_SITES ",\"what\":\"sites\",\"off\":true"

void seam_begin(struct recorder *recorder, const struct rotation *rotation, struct log_writer *writer);
void seam_free(struct seam *seam);

/*
 * seam_keep_note - a note that is about to be written: does it hold for the next log too
 * @record: NULL: it is none
 */
void seam_keep_note(struct seam *seam, const struct record *record, const char *text, size_t length);

/*
 * seam_run - between two passes: if the log is long enough, go on in the next one
 *
 * Not while a process is in the middle of telling what it has: then later, but not for ever.
 */
void seam_run(struct recorder *recorder);

#endif
