/*
 * summary.h - the few lines on stderr with which a recording ends.
 */
#ifndef PAGETRAIL_LIVE_SUMMARY_H
#define PAGETRAIL_LIVE_SUMMARY_H

#include <stdio.h>

#include "processes.h"
#include "recorder.h"

/*
 * summary_print - what was recorded, what is locked, what is missing, and what to type next
 * @log: the log's path as given
 */
void summary_print(FILE *out, const struct recorder_totals *totals, const struct processes *processes, const char *log);

#endif
