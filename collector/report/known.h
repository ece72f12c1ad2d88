/*
 * known.h - what a log has told so far about which pages of an address space are in memory, and when it did.
 *
 * mincore's answers and the samples of record --residency.  The kernel brings pages in and takes them away without a word,
 * so every fact is as of the moment it was told; pages mapped anew are not known any more.
 */
#ifndef PAGETRAIL_KNOWN_H
#define PAGETRAIL_KNOWN_H

#include "../vm/pieces.h"
#include "../vm/space.h"
#include "jout.h"
#include "view.h"

enum known_state { KNOWN_ABSENT, KNOWN_RESIDENT, KNOWN_SWAPPED, KNOWN_STATES };

/* One telling, and what it can have told of a page: pieces point to one of its states. */
struct known_telling {
	struct known_fact {
		const struct known_telling *by;
		enum known_state state;
	} fact[KNOWN_STATES];
	uint64_t seq;		/* of the call, or of the record before the sample */
	char how[24];		/* "mincore", "sample at mark" */
	struct known_telling *older;
};

/* Starts as { 0 }. */
struct known {
	struct pieces pieces;
	struct known_telling *newest;
	uint64_t last_seq;	/* of the records seen */
};

/*
 * known_see - the next record of the log, whatever its type
 * @space: of the process that is asked about, after the record; NULL: the record is of another
 */
void known_see(struct known *known, const struct record *record, const struct space *space, uint64_t page_bytes);

/*
 * known_change - pages of that address space change: of what is mapped anew nothing is known
 */
void known_change(struct known *known, const struct delta *delta);

/*
 * known_clear - another program, of whose pages nothing is known; also gives all memory back
 */
void known_clear(struct known *known);

/*
 * known_page - what was told last of the page at @address, NULL: nothing
 */
const struct known_fact *known_page(const struct known *known, uint64_t address);

/*
 * known_line - "in memory: ?##.  2 of 3 known pages, as of #5 (mincore)"; a strip where that is short
 */
void known_line(const struct view *view, const struct known *known, uint64_t start, uint64_t end, uint64_t page_bytes,
		const char *margin);

/*
 * known_json - "resident": [{"start","end","state":"resident|absent|swapped","seq","how"}], as far as it is known
 */
void known_json(struct jout *json, const struct known *known, uint64_t start, uint64_t end);

#endif
