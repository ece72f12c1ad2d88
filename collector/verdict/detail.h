/*
 * detail.h - an item told whole, for formats that take a text: what it is, the message, the calls it rests on.
 */
#ifndef PAGETRAIL_DETAIL_H
#define PAGETRAIL_DETAIL_H

#include "out.h"

/*
 * detail_message - add an item's message; of expectations and budgets, what was expected comes first
 */
void detail_message(struct text *text, const struct verdict_item *item);

/*
 * detail_of - lines of text
 *
 * Return: to be freed.
 */
char *detail_of(const struct verdict_report *report, const struct verdict_item *item);

#endif
