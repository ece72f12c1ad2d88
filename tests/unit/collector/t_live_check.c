/*
 * t_live_check.c - model and listing, side by side: what is a difference, and what is none.
 */
#include "../vm/calls.h"

#include <stdlib.h>

#include "../../../collector/live/check.h"

struct sides {
	struct script script;
	struct check_listing listing;
	struct check_result result;
};

static int begin(void **state)
{
	static struct sides sides;

	memset(&sides, 0, sizeof(sides));
	script_begin(&sides.script);
	*state = &sides;
	return 0;
}

static int end(void **state)
{
	struct sides *sides = *state;

	script_end(&sides->script);
	check_listing_free(&sides->listing);
	check_result_free(&sides->result);
	return 0;
}

static void list(struct sides *sides, int page, int pages, const char *perms, const char *flags, const char *path)
{
	struct snapshot_range range = {.start = PAGE(page), .end = PAGE(page + pages), .path = path, .vmflags = flags};
	struct vma vma;

	memcpy(range.perms, perms, sizeof(range.perms));
	vma = vma_listed(&range);
	check_listing_add(&sides->listing, &vma);
}

/* The model learns what one line of a listing says. */
static void know(struct sides *sides, int page, int pages, const char *perms, const char *flags, const char *path)
{
	struct snapshot_range range = {.start = PAGE(page), .end = PAGE(page + pages), .path = path, .vmflags = flags};
	struct record record = {.type = RECORD_SNAPSHOT, .seq = ++sides->script.seq, .pid = sides->script.pid};

	memcpy(range.perms, perms, sizeof(range.perms));
	record.snapshot = (struct record_snapshot){
		.last = true, .from = range.start, .to = range.end, .count = 1, .range = &range};
	script_apply(&sides->script, &record);
}

/* The differences as text: "1-3 rw-p/unmapped; 5-6 rw-p locked/rw-p". */
static const char *compare(struct sides *sides)
{
	static struct line out;

	check_compare(&sides->result, script_space(&sides->script), &sides->listing);
	line_clear(&out);
	for (size_t i = 0; i < sides->result.count; i++) {
		const struct check_difference *d = &sides->result.difference[i];

		line_add(&out, "%s%d-%d ", i ? "; " : "", (int)((d->start - BASE) / PAGE_BYTES),
			 (int)((d->end - BASE) / PAGE_BYTES));
		check_state_text(&out, d->in_model ? &d->model : NULL);
		line_text(&out, "/");
		check_state_text(&out, d->in_kernel ? &d->kernel : NULL);
	}
	line_bytes(&out, "", 1);
	return out.at;
}

#define expect(sides, compared, text)                                                                                  \
	do {                                                                                                           \
		assert_string_equal(compare(sides), text);                                                             \
		assert_int_equal((sides)->result.pages, compared);                                                     \
	} while (0)

static void equal_pages_are_counted_and_no_difference(void **state)
{
	struct sides *s = *state;

	do_map(&s->script, 0, 4, RW, PAF);
	CALL_OF(&s->script, mlock, 0, PAGE(1), PAGES(1));
	CALL_OF(&s->script, madvise, 0, PAGE(3), PAGES(1), K_MADV_DONTDUMP);
	list(s, 0, 1, "rw-p", "rd wr mr mw me ac", NULL);
	list(s, 1, 1, "rw-p", "rd wr mr mw me lo ac sd", NULL);
	list(s, 2, 1, "rw-p", "rd wr mr mw me", NULL);
	list(s, 3, 1, "rw-p", "rd wr mr mw me ac dd", NULL);
	expect(s, 4, "");
	assert_int_equal(s->result.differing, 0);
	assert_int_equal(s->result.model_locked, PAGES(1));
	assert_int_equal(s->result.kernel_locked, PAGES(1));
}

static void where_neighbours_are_split_is_no_difference(void **state)
{
	struct sides *s = *state;

	do_map(&s->script, 0, 2, RW, PAF);
	do_map(&s->script, 2, 3, RW, PAF);
	list(s, 0, 1, "rw-p", "rd wr mr mw me", NULL);
	list(s, 1, 4, "rw-p", "rd wr mr mw me", NULL);
	expect(s, 5, "");
}

static void each_fact_that_differs_is_found_on_exactly_its_pages(void **state)
{
	struct sides *s = *state;

	do_map(&s->script, 0, 8, RW, PAF);
	list(s, 0, 1, "rw-p", "rd wr mr mw me", NULL);
	list(s, 1, 1, "r--p", "rd mr mw me", NULL);
	list(s, 2, 1, "rw-s", "rd wr sh mr mw me ms", NULL);
	list(s, 3, 1, "rw-p", "rd wr mr mw me lo", NULL);
	list(s, 4, 1, "rw-p", "rd wr mr mw me lo lf", NULL);
	list(s, 5, 1, "rw-p", "rd wr mr mw me dc", NULL);
	list(s, 6, 2, "rw-p", "rd wr mr mw me", NULL);
	expect(s, 8,
	       "1-2 rw-p/r--p; 2-3 rw-p/rw-s; 3-4 rw-p/rw-p locked; 4-5 rw-p/rw-p onfault; 5-6 rw-p/rw-p dontfork");
	assert_int_equal(s->result.differing, 5);
}

static void what_only_one_side_has_is_a_difference(void **state)
{
	struct sides *s = *state;

	do_map(&s->script, 2, 2, R, PAF);
	do_map(&s->script, 8, 2, RW, PAF);
	list(s, 0, 3, "r--p", "rd mr mw me", NULL);
	list(s, 12, 1, "rwxp", "rd wr ex mr mw me", NULL);
	expect(s, 7, "0-2 unmapped/r--p; 3-4 r--p/unmapped; 8-10 rw-p/unmapped; 12-13 unmapped/rwxp");
	assert_int_equal(s->result.differing, 6);
}

static void neighbours_that_differ_alike_are_one_range(void **state)
{
	struct sides *s = *state;

	do_map(&s->script, 0, 2, RW, PAF);
	do_map(&s->script, 2, 2, RW, PAF);
	list(s, 0, 1, "r--p", "rd mr mw me", NULL);
	list(s, 1, 3, "r--p", "rd mr mw me", "/a/file");
	expect(s, 4, "0-4 rw-p/r--p");
}

static void a_stack_that_grew_is_no_difference(void **state)
{
	struct sides *s = *state;

	know(s, 10, 4, "rw-p", "rd wr mr mw me lo gd", "[stack]");
	list(s, 6, 8, "rw-p", "rd wr mr mw me lo gd", "[stack]");
	expect(s, 4, "");
	assert_int_equal(s->result.kernel_apart, PAGES(4));
	assert_int_equal(s->result.kernel_locked - s->result.kernel_apart, s->result.model_locked);
}

static void a_mapping_below_a_stack_is_a_difference(void **state)
{
	struct sides *s = *state;

	know(s, 10, 4, "rw-p", "rd wr mr mw me gd", "[stack]");
	list(s, 6, 4, "rw-p", "rd wr mr mw me", NULL);
	list(s, 10, 4, "rw-p", "rd wr mr mw me gd", "[stack]");
	expect(s, 8, "6-10 unmapped/rw-p");
}

static void a_stack_that_is_smaller_than_the_model_has_it_is_a_difference(void **state)
{
	struct sides *s = *state;

	know(s, 8, 6, "rw-p", "rd wr mr mw me gd", "[stack]");
	list(s, 10, 4, "rw-p", "rd wr mr mw me gd", "[stack]");
	expect(s, 6, "8-10 rw-p/unmapped");
}

static void the_kernels_own_pages_are_not_compared(void **state)
{
	struct sides *s = *state;

	know(s, 0, 2, "r-xp", NULL, "[vdso]");
	list(s, 4, 2, "r--p", "rd mr pf io de dd", "[vvar]");
	list(s, 6, 1, "--xp", "ex", "[vsyscall]");
	expect(s, 0, "");
}

static void the_tracers_pages_are_not_compared_whoever_names_them(void **state)
{
	struct sides *s = *state;

	know(s, 0, 2, "rw-p", "rd wr mr mw me wf", "[pagetrail]");
	list(s, 0, 2, "r--p", "rd mr mw me lo", NULL);
	list(s, 4, 1, "r-xp", "rd ex mr mw me", "/usr/lib/libpagetrail.so");
	expect(s, 0, "");
	assert_int_equal(s->result.kernel_apart, PAGES(2));
}

static void pages_that_moved_meanwhile_are_not_judged(void **state)
{
	struct sides *s = *state;
	struct check_moved moved = {0};

	do_map(&s->script, 0, 12, RW, PAF);
	list(s, 0, 8, "r--p", "rd mr mw me", NULL);
	list(s, 8, 1, "rw-p", "rd wr mr mw me", NULL);
	list(s, 9, 3, "rw-p", "rd wr mr mw me lo", NULL);
	compare(s);
	check_moved_add(&moved, PAGE(10), PAGE(20));
	check_moved_add(&moved, PAGE(2), PAGE(3));
	check_moved_add(&moved, PAGE(1), PAGE(5));
	check_moved_add(&moved, PAGE(7), PAGE(8));
	check_settle(&s->result, &moved);
	assert_int_equal(s->result.count, 3);
	assert_int_equal(s->result.difference[0].start, PAGE(0));
	assert_int_equal(s->result.difference[0].end, PAGE(1));
	assert_int_equal(s->result.difference[1].start, PAGE(5));
	assert_int_equal(s->result.difference[1].end, PAGE(7));
	assert_int_equal(s->result.difference[2].start, PAGE(9));
	assert_int_equal(s->result.difference[2].end, PAGE(10));
	assert_int_equal(s->result.differing, 4);
	assert_int_equal(s->result.unsettled, 7);
	assert_int_equal(s->result.pages, 12 - 7);
	free(moved.range);
}

static void where_nothing_moved_every_difference_stands(void **state)
{
	struct sides *s = *state;
	struct check_moved moved = {0};

	do_map(&s->script, 0, 4, RW, PAF);
	list(s, 0, 3, "r--p", "rd mr mw me", NULL);
	compare(s);
	check_settle(&s->result, &moved);
	assert_int_equal(s->result.differing, 4);
	assert_int_equal(s->result.unsettled, 0);
}

static void smaps_text_is_a_listing(void **state)
{
	static const char text[] =
		"200000000000-200000002000 rw-p 00000000 00:00 0 \n"
		"Size:                  8 kB\nVmFlags: rd wr mr mw me lo \n"
		"200000001000-200000003000 rw-p 00000000 00:00 0 \nVmFlags: rd wr mr mw me \n"
		"no line of this kind\n"
		"200000004000-200000005000 r--s 00001000 fe:01 12         /tmp/a b\nVmFlags: rd mr me ms \n";
	struct sides *s = *state;
	struct line line = {0};

	line_bytes(&line, text, sizeof(text));
	check_listing_read(&s->listing, &line);
	assert_int_equal(s->listing.count, 3);
	assert_int_equal(s->listing.vma[0].lock, VMA_LOCKED);
	/* read in two pieces, a VMA that grew in between is listed twice */
	assert_int_equal(s->listing.vma[1].start, PAGE(2));
	assert_int_equal(s->listing.vma[1].lock, VMA_UNLOCKED);
	assert_int_equal(s->listing.vma[2].shared, 1);
	line_free(&line);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(equal_pages_are_counted_and_no_difference),
		TEST(where_neighbours_are_split_is_no_difference),
		TEST(each_fact_that_differs_is_found_on_exactly_its_pages),
		TEST(what_only_one_side_has_is_a_difference),
		TEST(neighbours_that_differ_alike_are_one_range),
		TEST(a_stack_that_grew_is_no_difference),
		TEST(a_mapping_below_a_stack_is_a_difference),
		TEST(a_stack_that_is_smaller_than_the_model_has_it_is_a_difference),
		TEST(the_kernels_own_pages_are_not_compared),
		TEST(the_tracers_pages_are_not_compared_whoever_names_them),
		TEST(pages_that_moved_meanwhile_are_not_judged),
		TEST(where_nothing_moved_every_difference_stands),
		TEST(smaps_text_is_a_listing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
