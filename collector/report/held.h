/*
 * held.h - the locks that hold pages of a mapping besides its own: those of other mappings of the same memory, and the
 * lock of a System V segment.
 */
#ifndef PAGETRAIL_HELD_H
#define PAGETRAIL_HELD_H

#include "../vm/sharing.h"
#include "jout.h"
#include "view.h"
#include "who.h"

/* Starts as { 0 }. */
struct held {
	struct holding *run;			/* ascending by .here */
	size_t count, room;
	const struct segment_lock *segment;	/* SHM_LOCK, NULL: none */
};

/*
 * held_find - what holds the pages of @vma
 * @sharing: made of @world as it is now, with @process asked
 */
void held_find(struct held *held, const struct world *world, const struct sharing *sharing,
	       const struct process *process, const struct vma *vma);

/*
 * held_any - is there a lock at all
 */
bool held_any(const struct held *held);

/*
 * held_origins - name the records that set these locks
 */
void held_origins(const struct held *held, struct who *who);

/*
 * held_lines - a line for each: "still locked through process 4300 at 0x7f1000000000  #8 mlock  main child.c:17"
 * @process, @vma: as for held_find(); a run that is only a part of @vma is named
 * @margin: begins each line
 */
void held_lines(const struct view *view, const struct held *held, const struct process *process,
		const struct vma *vma, struct who *who, const char *margin);

/*
 * held_words - for use within a sentence: "through process 4300 at 0x7f1000000000 (#8) and 2 other mappings"
 * @held: with held_any()
 */
void held_words(struct text *text, const struct held *held, const struct process *process);

/*
 * held_json - "held_by": [...] and "segment_lock": {...}, each where there is one
 */
void held_json(struct jout *json, const struct held *held, struct who *who);

void held_free(struct held *held);

#endif
