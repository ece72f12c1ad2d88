/*
 * t_tracer.c - what of an address space is the tracer's own.
 */
#include "calls.h"

static int begin(void **state)
{
	static struct script script;

	script_begin(&script);
	*state = &script;
	return 0;
}

static int end(void **state)
{
	script_end(*state);
	return 0;
}

static unsigned kind_called(const char *path)
{
	const struct snapshot_range range = {.start = PAGE(0), .end = PAGE(1), .perms = "rw-p", .path = path};

	return vma_listed(&range).kind;
}

static void list_page_0(struct script *script, const char *path, const char *vmflags)
{
	struct snapshot_range range = {
		.start = PAGE(0), .end = PAGE(1), .perms = "rw-p", .path = path, .vmflags = vmflags};
	struct record record = {.type = RECORD_SNAPSHOT, .seq = ++script->seq, .pid = script->pid};

	record.snapshot =
		(struct record_snapshot){.last = true, .from = PAGE(0), .to = PAGE(1), .count = 1, .range = &range};
	script_apply(script, &record);
}

static void the_tracers_files_are_its_own(void **state)
{
	(void)state;
	assert_int_equal(kind_called("/usr/local/lib/pagetrail/libpagetrail.so"), KIND_TRACER);
	assert_int_equal(kind_called("/dev/shm/pagetrail-abcdefgh/abcdefghij234567abcd (deleted)"), KIND_TRACER);
	assert_int_equal(kind_called("[pagetrail]"), KIND_TRACER);
}

static void a_program_in_a_directory_of_that_name_is_none_of_them(void **state)
{
	(void)state;
	assert_int_equal(kind_called("/home/me/pagetrail-0.1/build/prog/p_marks"), KIND_FILE);
	assert_int_equal(kind_called("/home/me/pagetrail-sources/build/prog/p_marks"), KIND_FILE);
	assert_int_equal(kind_called("/srv/libpagetrail.so.d/libc.so.6"), KIND_FILE);
}

/* The shim names its anonymous pages in its own snapshots; smaps does not. */
static void a_listing_without_names_takes_no_page_from_the_tracer(void **state)
{
	struct script *s = *state;

	list_page_0(s, "[pagetrail]", "rd wr mr mw me ac");
	list_page_0(s, NULL, "rd wr mr mw me ac");
	assert_int_equal(space_find(script_space(s), PAGE(0))->kind, KIND_TRACER);
	assert_int_equal(space_find(script_space(s), PAGE(0))->by.map, 2);
}

static void a_page_the_program_maps_there_is_its_own(void **state)
{
	struct script *s = *state;

	list_page_0(s, "[pagetrail]", "rd wr mr mw me ac");
	do_map(s, 0, 1, RW, PAF);
	list_page_0(s, NULL, "rd wr mr mw me ac");
	assert_int_equal(space_find(script_space(s), PAGE(0))->kind, KIND_ANON);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tracers_files_are_its_own),
		cmocka_unit_test(a_program_in_a_directory_of_that_name_is_none_of_them),
		cmocka_unit_test_setup_teardown(a_listing_without_names_takes_no_page_from_the_tracer, begin, end),
		cmocka_unit_test_setup_teardown(a_page_the_program_maps_there_is_its_own, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
