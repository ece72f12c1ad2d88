/*
 * resident.h - what a record says about which pages are in memory.
 *
 * mincore(2) tells of the page cache for files and of the page tables for private memory, at the moment it was called.
 */
#ifndef PAGETRAIL_RESIDENT_H
#define PAGETRAIL_RESIDENT_H

#include "../vm/record.h"
#include "../vm/residency.h"
#include "jout.h"
#include "text.h"

enum resident { RESIDENT_UNKNOWN, RESIDENT_NO, RESIDENT_YES, RESIDENT_SWAPPED };

/*
 * resident_page - was the page at @address in memory, as a record of mincore or a sample tells; of what is not mapped a
 * sample says no
 */
enum resident resident_page(const struct record *record, uint64_t page_bytes, uint64_t address);

/*
 * resident_text - "3 of 16 pages are resident"; nothing where it is not told
 */
void resident_text(struct text *text, const struct record_call *call);

/*
 * resident_json - "resident" and "resident_runs", as in the log
 */
void resident_json(struct jout *json, const struct record_call *call);

#endif
