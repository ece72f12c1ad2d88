/*
 * rows.h - an address space as the rows of a report: which VMAs look the same, and which belong together.
 */
#ifndef PAGETRAIL_ROWS_H
#define PAGETRAIL_ROWS_H

#include "../vm/space.h"
#include "held.h"
#include "jout.h"
#include "view.h"
#include "who.h"

struct row {
	struct vma vma;
	const char *path;	/* NULL: none; belongs to the world */
	struct held held;	/* after rows_hold(), until rows_cut() */
	bool is_held;		/* after rows_cut(): another lock holds all of it */
};

/* Starts as { 0 }. */
struct rows {
	struct row *row;
	size_t count, room;
};

struct rows_wanted {
	uint64_t start, end;	/* bytes: VMAs that intersect [start, end), clipped to its pages; 0, 0: all */
	bool locked;		/* only locked ones */
};

/*
 * rows_collect - every VMA of an address space that is wanted, in address order
 */
void rows_collect(struct rows *rows, const struct space *space, const struct rows_wanted *wanted, uint64_t page_bytes);

/*
 * rows_hold - find out which locks of other mappings hold the pages of each row
 * @process: the one the rows are of, of @world as it is now
 *
 * Comes after everything that takes rows away or joins them.
 * Return: whether there are any such locks.
 */
bool rows_hold(struct rows *rows, const struct world *world, const struct process *process);

/*
 * rows_cut - part rows where what other locks hold of their pages begins and ends, and say of each whether it is held
 */
void rows_cut(struct rows *rows);

/*
 * rows_origins - name the records that rows and strips will show: rows_set_by(), what mapped it, what else holds it
 */
void rows_origins(const struct rows *rows, struct who *who);

/*
 * rows_keep - drop the rows that were not set by a call that passed the filter
 */
void rows_keep(struct rows *rows, struct who *who);

/*
 * rows_merge - make one row of neighbours of one mapping that look the same in every column of rows_text()
 */
void rows_merge(struct rows *rows);

/*
 * rows_set_by - the record that says most about a row: what locked it, or else protected it, or else mapped it
 */
uint64_t rows_set_by(const struct vma *vma);

/*
 * rows_same_mapping - does @b go on where @a ends, in memory and in the mapping: made by one call, or mappings of one
 * file side by side, as the loader leaves them
 */
bool rows_same_mapping(const struct vma *a, const struct vma *b);

/* The columns that depend on the rows and on the terminal. */
struct rows_columns {
	bool narrow;	/* a terminal without room: no end address, and the path only where there is one */
	size_t range, size, lock, advice, kind, path;	/* advice: 0 leaves the column out */
};

/*
 * rows_columns - how wide the columns must be
 */
struct rows_columns rows_columns(const struct view *view, const struct rows *rows);

/*
 * rows_head - the names of the columns
 */
void rows_head(const struct view *view, const struct rows_columns *columns, const char *margin);

/*
 * rows_text - one row, without set-by
 */
void rows_text(const struct view *view, struct text *text, const struct rows_columns *columns, const struct row *row);

/*
 * rows_json - "ranges": [...], the page-exact state
 */
void rows_json(struct jout *json, const struct rows *rows, struct who *who);

/*
 * rows_vma_json - the fields of one range, without the object around them
 */
void rows_vma_json(struct jout *json, const struct vma *vma, const char *path);

void rows_free(struct rows *rows);

#endif
