/*
 * t_live_pagemap.c - which of our own pages are in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../collector/live/pagemap.h"

#define PAGES 16
#define PAGE  4096

/* Older headers lack it: include/uapi/asm-generic/mman-common.h. */
#define GUARD_INSTALL 102

static char *range;

/* A '#' for every page told. */
static bool draw(void *arg, const struct pagemap_run *run)
{
	char *picture = arg;

	for (uint64_t at = run->start; at < run->end; at += PAGE)
		picture[(at - (uintptr_t)range) / PAGE] = run->swapped ? 's' : '#';
	return true;
}

static void walk(bool reads, size_t pages, pagemap_fn *fn, char *picture)
{
	uint64_t start = (uintptr_t)range;
	struct pagemap pagemap;

	memset(picture, '.', pages);
	assert_int_equal(pagemap_open(&pagemap, getpid()), 0);
	pagemap.reads |= reads;
	assert_int_equal(pagemap_walk(&pagemap, start, start + pages * PAGE, fn, picture), 0);
	pagemap_close(&pagemap);
}

static void expect(bool reads, const char *want)
{
	char picture[PAGES + 1] = "";

	walk(reads, PAGES, draw, picture);
	assert_string_equal(picture, want);
}

static int map(void **state)
{
	(void)state;
	range = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (range == MAP_FAILED || madvise(range, PAGES * PAGE, MADV_NOHUGEPAGE))
		return -1;
	return 0;
}

static int unmap(void **state)
{
	(void)state;
	return munmap(range, PAGES * PAGE);
}

static void scanning_and_reading_see_the_pages_that_were_touched(void **state)
{
	(void)state;
	expect(false, "................");
	expect(true, "................");
	memset(range + PAGE, 1, 3 * PAGE);
	range[9 * PAGE] = range[15 * PAGE] = 1;
	expect(false, ".###.....#.....#");
	expect(true, ".###.....#.....#");
}

static void what_was_dropped_and_what_is_guarded_is_not_in_memory(void **state)
{
	(void)state;
	memset(range, 1, PAGES * PAGE);
	assert_int_equal(madvise(range + 2 * PAGE, 2 * PAGE, MADV_DONTNEED), 0);
	if (!madvise(range + 6 * PAGE, PAGE, GUARD_INSTALL)) {
		expect(false, "##..##.#########");
		expect(true, "##..##.#########");
	} else {
		expect(false, "##..############");
		expect(true, "##..############");
	}
}

static bool draw_first(void *arg, const struct pagemap_run *run)
{
	draw(arg, run);
	return false;
}

static void a_walk_ends_where_it_is_told_to(void **state)
{
	(void)state;
	range[PAGE] = range[5 * PAGE] = 1;
	for (int reads = 0; reads < 2; reads++) {
		char picture[PAGES + 1] = "";

		walk(reads, PAGES, draw_first, picture);
		assert_string_equal(picture, ".#..............");
	}
}

/* More than one buffer of regions. */
static void long_ranges_are_told_whole(void **state)
{
	enum { MANY = 20000 };
	char *base = mmap(NULL, MANY * (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static char picture[MANY + 1];
	char *before = range;

	(void)state;
	assert_true(base != MAP_FAILED);
	assert_int_equal(madvise(base, MANY * (size_t)PAGE, MADV_NOHUGEPAGE), 0);
	for (size_t i = 0; i < MANY; i += 7)
		base[i * PAGE] = 1;
	range = base;
	for (int reads = 0; reads < 2; reads++) {
		walk(reads, MANY, draw, picture);
		for (size_t i = 0; i < MANY; i++)
			assert_int_equal(picture[i], i % 7 ? '.' : '#');
	}
	range = before;
	munmap(base, MANY * (size_t)PAGE);
}

static void a_process_that_is_not_there_cannot_be_opened(void **state)
{
	struct pagemap pagemap;

	(void)state;
	assert_int_equal(pagemap_open(&pagemap, INT32_MAX), -ENOENT);
	pagemap_close(&pagemap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(scanning_and_reading_see_the_pages_that_were_touched, map, unmap),
		cmocka_unit_test_setup_teardown(what_was_dropped_and_what_is_guarded_is_not_in_memory, map, unmap),
		cmocka_unit_test_setup_teardown(a_walk_ends_where_it_is_told_to, map, unmap),
		cmocka_unit_test_setup_teardown(long_ranges_are_told_whole, map, unmap),
		cmocka_unit_test(a_process_that_is_not_there_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
