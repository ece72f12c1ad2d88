/* points.c - a list of sentences with their sources, and the words that sentences share. */
#include <stdlib.h>

#include "../util/alloc.h"
#include "frame.h"
#include "told.h"

struct text *points_add(struct points *points, const char *name, const char *source)
{
	points->point = alloc_room(points->point, points->count, &points->room, sizeof(*points->point));
	points->point[points->count] = (struct point){.name = name, .source = source, .sure = true};
	return &points->point[points->count++].text;
}

void points_free(struct points *points)
{
	for (size_t i = 0; i < points->count; i++)
		text_free(&points->point[i].text);
	free(points->point);
	*points = (struct points){ 0 };
}

void say_pages(struct text *text, uint64_t pages)
{
	text_count(text, pages);
	text_put(text, pages == 1 ? " page" : " pages");
}

void say_pages_that(struct text *text, uint64_t pages, const char *one, const char *many)
{
	say_pages(text, pages);
	text_printf(text, " %s", pages == 1 ? one : many);
}

void say_address(struct text *text, uint64_t address)
{
	text_printf(text, "0x%llx", (unsigned long long)address);
}

void say_prot(struct text *text, unsigned prot)
{
	text_printf(text, "%c%c%c", prot & PROT_BIT_READ ? 'r' : '-', prot & PROT_BIT_WRITE ? 'w' : '-',
		    prot & PROT_BIT_EXEC ? 'x' : '-');
}

void say_request(struct text *text, const struct told *told, const struct lock_request *request)
{
	text_printf(text, "#%llu ", (unsigned long long)request->seq);
	text_put(text, request->call < CALL_COUNT ? call_table[request->call].name : "a snapshot");
	if (request->bytes != UINT64_MAX) {
		text_put(text, " of ");
		text_count(text, request->bytes);
		text_put(text, " bytes at ");
		say_address(text, request->addr);
	}
	if (request->stack) {
		text_put(text, " (");
		frame_brief(text, symbols_caller(told->symbols, request->stack));
		text_put(text, ")");
	}
}

void say_requests(struct text *text, const struct told *told)
{
	const size_t most = 4, shown = told->requests < most ? told->requests : most;

	for (size_t i = 0; i < shown; i++) {
		text_put(text, !i ? "" : i + 1 < told->requests ? ", " : " and ");
		say_request(text, told, &told->request[i]);
	}
	if (told->requests > shown)
		text_printf(text, " and %zu more", told->requests - shown);
}

uint64_t told_pages(const struct told *told)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < told->spans; i++)
		bytes += told->span[i].end - told->span[i].start;
	return bytes / told->page_bytes;
}

uint64_t told_before(const struct told *told, uint64_t address)
{
	const struct span *span = &told->span[0];

	return told->spans && address > span->start ? (address - span->start) / told->page_bytes : 0;
}
