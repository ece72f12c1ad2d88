/*
 * replayed.h - what a replay came to, as text and as JSON: the same bytes for the same log on every machine, which is why
 * nothing here looks at a file, a name server, a locale or a clock.
 */
#ifndef PAGETRAIL_REPLAYED_H
#define PAGETRAIL_REPLAYED_H

#include "../sym/symbols.h"
#include "../vm/digest.h"
#include "../vm/replay.h"
#include "filter.h"
#include "survey.h"
#include "view.h"

/* Is the state that was rebuilt the one the recording program had? */
enum same_state {
	STATE_UNTOLD,	/* the log does not say what it had */
	STATE_OTHER_FORM, /* it says so in a form that cannot be compared: digest.h */
	STATE_EQUAL,
	STATE_OTHER,	/* the replay, the log or the recording was wrong */
	STATE_OTHER_TOOL /* it differs, and another version recorded: it may have known other rules */
};

/* A process as it was in the end. */
struct replayed_process {
	int32_t pid, ppid;
	uint64_t first_seq;
	const char *exe;		/* of the world; NULL: unknown */
	uint64_t mapped, locked, locked_peak;	/* bytes */
	uint32_t mappings;
	bool exited;
	char digest[DIGEST_HEX];
};

struct replayed_processes {
	struct replayed_process *process;
	size_t count, room;
	struct digest sum;	/* of their digests */
};

/*
 * replayed_left - a process leaves the world: for replay_let_leave()
 * @arg: struct replayed_processes
 */
void replayed_left(void *arg, const struct process *process);

/*
 * replayed_end - take in those that are still there
 * @hex: receives the digest of all
 */
void replayed_end(struct replayed_processes *processes, const struct world *world, char hex[DIGEST_HEX]);

struct replayed {
	const struct view *view;
	const struct replayed_processes *processes;
	const struct survey *survey;
	struct symbols *symbols;	/* that opens no files */
	const struct replay_finding *finding;
	size_t findings;		/* of these, those asked for are shown */
	const bool *shown;		/* which */
	struct replay_counts counts;
	char digest[DIGEST_HEX];
	enum same_state same;
};

void replayed_text(const struct replayed *replayed);
void replayed_json(const struct replayed *replayed);

#endif
