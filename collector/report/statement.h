/*
 * statement.h - the statement of coverage before every report, for people and for programs.
 */
#ifndef PAGETRAIL_STATEMENT_H
#define PAGETRAIL_STATEMENT_H

#include "../vm/coverage.h"
#include "jout.h"
#include "view.h"

/*
 * statement_print - the statement, one line (on a terminal folded); what is missing is named
 * @head: what stands before it
 */
void statement_print(const struct view *view, const struct coverage *coverage, const char *head);

/*
 * statement_json - the same as an object
 */
void statement_json(struct jout *json, const struct coverage *coverage);

#endif
