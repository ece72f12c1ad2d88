/*
 * account.h - one record of a log explained: what it asked, what it covered, what it changed page by page, and why.
 */
#ifndef PAGETRAIL_ACCOUNT_H
#define PAGETRAIL_ACCOUNT_H

#include "survey.h"
#include "view.h"

struct account;
struct symbols;

struct account_asked {
	const struct view *view;
	const struct survey *survey;
	struct symbols *symbols;
	uint64_t seq;			/* the record to explain */
	bool json;
};

/*
 * account_new - begin
 * @asked: copied; what it points to must outlive the account
 */
struct account *account_new(const struct account_asked *asked);

/*
 * account_add - the next record of the log: applied, and explained if it is the one
 *
 * Return: whether the account goes on: false when it is done.
 */
bool account_add(struct account *account, const struct record *record);

void account_free(struct account *account);

#endif
