/* From return addresses to functions, files and lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../collector/sym/symbols.h"

static void add_frame(struct symbols *symbols, uint32_t id, uint32_t module, uint64_t offset)
{
	struct stack_frame frame = { module, offset };
	struct record record = { .type = RECORD_STACK };

	record.stack.id = id;
	record.stack.count = 1;
	record.stack.frame = &frame;
	symbols_add(symbols, &record);
}

static void add_module(struct symbols *symbols, uint32_t id, const char *path, const char *build_id)
{
	struct record record = { .type = RECORD_MODULE };

	record.module.id = id;
	record.module.path = path;
	record.module.build_id = build_id;
	symbols_add(symbols, &record);
}

static void vdso_has_no_names_and_no_problem(void **state)
{
	struct symbols *symbols = symbols_new();
	const struct symbol_frame *frame;
	size_t count;

	(void)state;
	add_module(symbols, 1, "linux-vdso.so.1", "abcd");
	add_frame(symbols, 7, 1, 0x500);
	frame = symbols_stack(symbols, 7, &count, NULL);
	assert_int_equal(count, 1);
	assert_null(frame->function);
	assert_string_equal(frame->module, "linux-vdso.so.1");
	assert_int_equal(frame->offset, 0x500);
	assert_null(symbols_problem(symbols, 0));
	symbols_free(symbols);
}

static void unknown_stack_has_no_frames(void **state)
{
	struct symbols *symbols = symbols_new();
	size_t count = 9;

	(void)state;
	assert_null(symbols_stack(symbols, 1, &count, NULL));
	assert_int_equal(count, 0);
	assert_null(symbols_caller(symbols, 1));
	symbols_free(symbols);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vdso_has_no_names_and_no_problem),
		cmocka_unit_test(unknown_stack_has_no_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
