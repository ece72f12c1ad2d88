/*
 * biography_state.h - a story being told (biography.h), and what its parts do for each other.  Private to biography*.c.
 *
 *	biography.c		follows the page through the records
 *	biography_effect.c	what one record did to it, in words
 *	biography_print.c	the heading and the entries, for a person and as JSON
 */
#ifndef PAGETRAIL_BIOGRAPHY_STATE_H
#define PAGETRAIL_BIOGRAPHY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm/world.h"
#include "biography.h"
#include "elsewhere.h"
#include "held.h"
#include "jout.h"
#include "text.h"

/* What one record did to the page: the state before its first and after its last delta there. */
struct hit {
	bool any;
	bool was_mapped, is_mapped;
	struct vma was, is;
};

struct biography {
	struct biography_asked asked;
	uint64_t page, page_bytes;
	struct world *world;
	const struct survey_process **line;	/* the process and its ancestors by fork, eldest first */
	size_t ancestors;
	struct hit hit;				/* of the record being applied */
	struct elsewhere elsewhere;		/* the same */
	uint64_t *lock;				/* the lock requests that held when the page was last locked */
	size_t locks;
	uint64_t seq;				/* of the last record that has one */
	uint64_t doubt;				/* the last call that spoke of the page and never returned */
	uint64_t told;
	struct held held;			/* what holds the page at the end */
	struct who who;
	struct jout json;
};

/*
 * biography_holder - whose address space the story is about when record @seq is applied
 */
const struct survey_process *biography_holder(const struct biography *story, uint64_t seq);

/*
 * biography_page - the page's mapping in the process @pid as it is now, NULL: none
 */
const struct vma *biography_page(const struct biography *story, int32_t pid);

/*
 * biography_held - what else holds the page of @vma, a mapping of @process
 * @shown: as for sharing_new()
 */
struct held biography_held(const struct biography *story, const struct process *process, const struct process *shown,
			   const struct vma *vma);

/*
 * biography_effect - what a call or an event that has been applied did to the page, added to @effect
 * @changed: whether the page is another than before
 *
 * Return: whether it concerned the page.
 */
bool biography_effect(struct biography *story, const struct record *record, struct text *effect, bool *changed);

/*
 * biography_sample - the same of a sample of what is in memory
 */
bool biography_sample(const struct biography *story, const struct record *record, struct text *effect);

/*
 * biography_heading, biography_entry - print them
 */
void biography_heading(struct biography *story);
void biography_entry(struct biography *story, const struct record *record, const struct text *effect, bool changed);

#endif
