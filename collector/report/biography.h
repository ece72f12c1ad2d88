/*
 * biography.h - the story of one page of one process, told while the records go through the model.
 */
#ifndef PAGETRAIL_BIOGRAPHY_H
#define PAGETRAIL_BIOGRAPHY_H

#include "filter.h"
#include "view.h"
#include "who.h"

struct biography;

struct biography_asked {
	const struct view *view;
	const struct survey *survey;
	struct symbols *symbols;
	const struct filter *filter;		/* which records to show; its pid is not looked at */
	const struct survey_process *process;
	const struct when *when;		/* settled: where the story ends */
	uint64_t addr;
	bool json;
	bool all_frames;
};

/*
 * biography_new - begin, and print the heading
 * @asked: copied; what it points to must outlive the story
 */
struct biography *biography_new(const struct biography_asked *asked);

/*
 * biography_add - apply the next record; print it if it concerned the page
 */
void biography_add(struct biography *story, const struct record *record);

/*
 * biography_close - no more records come: find out what holds the page besides its own lock
 *
 * Return: records to look up before biography_end(), NULL: none are.
 */
struct who *biography_close(struct biography *story);

/*
 * biography_end - print what the page is now, or what is near where nothing is
 */
void biography_end(struct biography *story);

void biography_free(struct biography *story);

#endif
