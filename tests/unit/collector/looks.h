/*
 * looks.h - for the tests of symbols: a program compiled in some way, and lookups in it.
 *
 * The program is look/returns.c; it tells itself where its calls return to.
 */
#ifndef LOOKS_H
#define LOOKS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../collector/sym/symbols.h"

static char dir[] = "/tmp/t_symbols.XXXXXX";

/* Compiled in many ways: look/returns.c, by way of a link: the tree may lie where a shell reads more than a name. */
static char source[sizeof(dir) + sizeof(".look/returns.c")];

enum { OUTER_FIRST, OUTER_SECOND, IN_HIDDEN, IN_CXX, IN_MAIN, CALLS };

struct program {
	char path[128];
	uint64_t call[CALLS];	/* return addresses, as offsets */
};

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void run(const char *format, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	if (system(command))
		fail_msg("failed: %s", command);
}

static inline bool have(const char *program)
{
	char command[128];

	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", program);
	return !system(command);
}

static inline void write_text(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void ask_for_offsets(struct program *program)
{
	FILE *out = popen(program->path, "r");

	assert_non_null(out);
	for (int i = 0; i < CALLS; i++)
		assert_int_equal(fscanf(out, "%" SCNx64, &program->call[i]), 1);
	pclose(out);
}

static inline struct program compile(const char *name, const char *compiler, const char *options)
{
	struct program program;

	snprintf(program.path, sizeof(program.path), "%s/%s", dir, name);
	run("cd %s && %s -O2 -fno-optimize-sibling-calls %s -Wl,--build-id -o %s %s", dir, compiler, options,
	    program.path, source);
	ask_for_offsets(&program);
	return program;
}

static void add_module(struct symbols *symbols, uint32_t id, const char *path, const char *build_id)
{
	struct record record = { .type = RECORD_MODULE };

	record.module.id = id;
	record.module.path = path;
	record.module.build_id = build_id;
	symbols_add(symbols, &record);
}

static void add_stack(struct symbols *symbols, uint32_t id, const struct stack_frame *frames, size_t count)
{
	struct record record = { .type = RECORD_STACK };

	record.stack.id = id;
	record.stack.count = count;
	record.stack.frame = frames;
	symbols_add(symbols, &record);
}

/* One lookup in a fresh set of symbols; the caller frees that. */
static const struct symbol_frame *look_up(struct symbols **symbols, const char *path, const char *build_id,
					  uint64_t offset, size_t *count)
{
	struct stack_frame frame = { 1, offset };

	*symbols = symbols_new();
	add_module(*symbols, 1, path, build_id);
	add_stack(*symbols, 1, &frame, 1);
	return symbols_stack(*symbols, 1, count, NULL);
}

static void expect_text(const char *have_text, const char *want)
{
	if (want)
		assert_string_equal(have_text, want);
	else
		assert_null(have_text);
}

/* The function and nothing else is known. */
static inline void expect_only(const char *path, const char *build_id, uint64_t offset, const char *function)
{
	struct symbols *symbols;
	size_t count;
	const struct symbol_frame *frame = look_up(&symbols, path, build_id, offset, &count);

	assert_int_equal(count, 1);
	expect_text(frame->function, function);
	assert_null(frame->file);
	assert_int_equal(frame->line, 0);
	assert_string_equal(frame->module, path);
	assert_int_equal(frame->offset, offset);
	symbols_free(symbols);
}

static int make_dir(void **state)
{
	char link[sizeof(source)], look[PATH_MAX], absolute[PATH_MAX];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(look, sizeof(look), "%.*s/look", (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__);
	snprintf(link, sizeof(link), "%s.look", dir);
	snprintf(source, sizeof(source), "%s.look/returns.c", dir);
	return realpath(look, absolute) ? symlink(absolute, link) : -1;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s %s.look", dir, dir);
	return system(command);
}

#define looks_run(tests) cmocka_run_group_tests(tests, make_dir, remove_dir)

#endif
