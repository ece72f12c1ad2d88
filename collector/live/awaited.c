#include "awaited.h"

#include <stddef.h>

static int32_t *place_of(struct awaited *awaited, int32_t tid)
{
	for (int i = 0; i < AWAITED_MAX; i++)
		if (awaited->tid[i] == tid)
			return &awaited->tid[i];
	return NULL;
}

void awaited_call(struct awaited *awaited, int32_t tid, bool looked)
{
	int32_t *place;

	if (!looked && !awaited->count)
		return;
	place = place_of(awaited, tid);
	if (!place && looked)
		place = place_of(awaited, 0);
	if (!place)
		return;
	awaited->count += looked && tid && !*place;
	awaited->count -= !looked && *place;
	*place = looked ? tid : 0;
}

void awaited_came(struct awaited *awaited, int32_t tid)
{
	awaited_call(awaited, tid, false);
}

bool awaited_any(const struct awaited *awaited)
{
	return awaited->count;
}
