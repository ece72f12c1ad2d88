/*
 * residency.h - which pages a record proves to be in memory, or not.  Pure.
 *
 * mincore(2) tells of the page cache for files and of the page tables for private memory; a sample of record --residency of
 * the page tables of one process.  Each was true at its moment.
 */
#ifndef PAGETRAIL_RESIDENCY_H
#define PAGETRAIL_RESIDENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

/* A run of pages all of which were, or were not.  Starts as { 0 }. */
struct resident_run {
	uint64_t start, end;
	bool resident;
	size_t next;		/* the walk's own */
};

/*
 * resident_run - the next run of a mincore record
 *
 * Return: false after the last that is told.
 */
bool resident_run(const struct record *record, uint64_t page_bytes, struct resident_run *run);

/*
 * absent_each - every run of pages of [start, end) that the record says was not in memory, nor swapped out
 * @start, @end: mapped, or else a sample takes them for absent
 */
typedef void absent_fn(void *arg, uint64_t start, uint64_t end);
void absent_each(const struct record *record, uint64_t start, uint64_t end, absent_fn *fn, void *arg);

#endif
