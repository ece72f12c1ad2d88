#include "residency.h"

#include "peek.h"

#define PAGE_SHIFT 12

/* Where the run that begins at @from ends. */
static uint64_t run_end(const unsigned char *vector, uint64_t from, uint64_t pages)
{
	uint64_t at = from;

	while (at < pages && (vector[at] & 1) == (vector[from] & 1))
		at++;
	return at;
}

/* The first run is one of absent pages, even if there are none. Return: the first page that is not told. */
static uint64_t write_runs(struct line *line, const unsigned char *vector, uint64_t pages)
{
	uint64_t at = 0, next;
	int runs = 0;

	line_key(line, "resident_runs");
	line_raw(line, "[");
	if (vector[0] & 1) {
		line_raw(line, "0");
		runs++;
	}
	for (; at < pages && runs < RESIDENCY_RUNS; at = next, runs++) {
		next = run_end(vector, at, pages);
		line_raw(line, runs ? "," : "");
		line_unsigned(line, next - at);
	}
	line_raw(line, "]");
	return at;
}

static uint64_t count_resident(const unsigned char *vector, uint64_t pages)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < pages; i++)
		count += vector[i] & 1;
	return count;
}

void residency_write(struct line *line, const uint64_t *words)
{
	const unsigned char *vector = (const unsigned char *)words[2];
	uint64_t pages = (words[1] + (1u << PAGE_SHIFT) - 1) >> PAGE_SHIFT;
	uint64_t looked = pages < RESIDENCY_PAGES ? pages : RESIDENCY_PAGES;
	struct peek peek = { 0 };

	if (!looked || !peek_can(&peek, vector, looked))
		return;
	if (looked == pages) {
		line_key(line, "resident");
		line_unsigned(line, count_resident(vector, pages));
	}
	if (write_runs(line, vector, looked) == pages)
		return;
	line_key(line, "resident_cut");
	line_bool(line, true);
}
