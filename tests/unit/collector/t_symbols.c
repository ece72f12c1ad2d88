/* From return addresses to functions, files and lines. The oracle is addr2line. */
#include "looks.h"

#include <dlfcn.h>

/* addr2line's answer, one line per frame: "function file:line". */
static size_t ask_addr2line(const struct program *program, uint64_t offset, char answer[8][256])
{
	char command[512], function[128], place[256];
	size_t count = 0;
	FILE *out;

	snprintf(command, sizeof(command), "addr2line -i -f -C -e %s %" PRIx64, program->path, offset - 1);
	out = popen(command, "r");
	while (count < 8 && fscanf(out, " %127[^\n] %255[^\n]", function, place) == 2) {
		place[strcspn(place, " ")] = '\0'; /* (discriminator 1) */
		snprintf(answer[count++], 256, "%.100s %.150s", function, place);
	}
	pclose(out);
	return count;
}

static bool have_demangler(void)
{
	void *library = dlopen("libstdc++.so.6", RTLD_LAZY);

	if (library)
		dlclose(library);
	return library != NULL;
}

static void agrees_with_addr2line(const struct program *program)
{
	for (int i = 0; i < CALLS; i++) {
		char answer[8][256], mine[256];
		struct symbols *symbols;
		size_t count, want = ask_addr2line(program, program->call[i], answer);
		const struct symbol_frame *frame = look_up(&symbols, program->path, NULL, program->call[i], &count);

		assert_int_equal(count, want);
		for (size_t k = 0; k < count; k++) {
			snprintf(mine, sizeof(mine), "%s %s:%d", frame[k].function, frame[k].file, frame[k].line);
			if (i != IN_CXX || have_demangler())
				assert_string_equal(mine, answer[k]);
			assert_int_equal(frame[k].inlined, k + 1 < count);
		}
		symbols_free(symbols);
	}
}

static void inlined_functions_come_first_with_their_lines(void **state)
{
	struct program program = compile("whole", "cc", "-g");
	struct symbols *symbols;
	size_t count;
	const struct symbol_frame *frame = look_up(&symbols, program.path, NULL, program.call[OUTER_SECOND], &count);

	(void)state;
	assert_int_equal(count, 3);
	assert_string_equal(frame[0].function, "leaf");
	assert_non_null(strstr(frame[0].file, "returns.h"));
	assert_int_equal(frame[0].line, 6);
	assert_true(frame[0].inlined);
	assert_int_equal(frame[0].in_function, 0);
	assert_string_equal(frame[1].function, "middle");
	assert_int_equal(frame[1].line, 11);
	assert_true(frame[1].inlined);
	assert_string_equal(frame[2].function, "outer");
	assert_non_null(strstr(frame[2].file, "returns.c"));
	assert_int_equal(frame[2].line, 32);
	assert_false(frame[2].inlined);
	assert_string_equal(frame[0].module, program.path);
	assert_int_equal(frame[0].offset, program.call[OUTER_SECOND]);
	symbols_free(symbols);
}

/* What a file may be relative to; compile() runs the compiler there. */
static void frames_say_where_they_were_compiled(void **state)
{
	static const char *const options[] = { "-g", "-gdwarf-4", "-g -gsplit-dwarf" };

	(void)state;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct program program = compile("placed", "cc", options[i]);
		struct symbols *symbols;
		size_t count;
		const struct symbol_frame *frame =
			look_up(&symbols, program.path, NULL, program.call[OUTER_FIRST], &count);

		assert_int_equal(count, 3);
		for (size_t k = 0; k < count; k++)
			assert_string_equal(frame[k].dir, dir);
		symbols_free(symbols);
	}
}

static void every_way_to_link_agrees_with_addr2line(void **state)
{
	static const char *const options[] = {
		"-g -fPIE -pie", "-g -fno-pie -no-pie", "-gdwarf-4 -fPIE -pie", "-g -gz -fPIE -pie", "-g1 -fPIE -pie",
	};
	static const char *const compilers[] = { "gcc", "clang" };

	(void)state;
	for (size_t c = 0; c < 2; c++) {
		for (size_t i = 0; have(compilers[c]) && i < sizeof(options) / sizeof(options[0]); i++) {
			struct program program = compile("any", compilers[c], options[i]);

			agrees_with_addr2line(&program);
		}
	}
}

/* addr2line of Debian 12 does not follow .dwo files: the same program without the option says what is right. */
static void dwarf_in_dwo_files_is_followed(void **state)
{
	struct program program = compile("split", "cc", "-g -gsplit-dwarf");
	struct symbols *symbols;
	size_t count;
	const struct symbol_frame *frame = look_up(&symbols, program.path, NULL, program.call[OUTER_FIRST], &count);

	(void)state;
	assert_int_equal(count, 3);
	assert_string_equal(frame[0].function, "leaf");
	assert_string_equal(frame[1].function, "middle");
	assert_int_equal(frame[1].line, 11);
	assert_string_equal(frame[2].function, "outer");
	assert_int_equal(frame[2].line, 31);
	symbols_free(symbols);
}

static void a_shared_library_is_looked_up_like_a_program(void **state)
{
	char path[128];
	struct symbols *symbols;
	size_t count;
	const struct symbol_frame *frame;
	int (*outer)(int);
	Dl_info info;
	void *library;

	(void)state;
	snprintf(path, sizeof(path), "%s/lib.so", dir);
	run("cc -O2 -g -fPIC -shared -o %s %s", path, source);
	library = dlopen(path, RTLD_NOW);
	assert_non_null(library);
	outer = (int (*)(int))dlsym(library, "outer");
	assert_true(dladdr((void *)outer, &info));
	/* the first instruction behind the function's start is in the function */
	frame = look_up(&symbols, path, NULL, (uint64_t)((char *)outer - (char *)info.dli_fbase) + 2, &count);
	assert_string_equal(frame[count - 1].function, "outer");
	assert_int_equal(frame[count - 1].in_function, 2);
	symbols_free(symbols);
	dlclose(library);
}

static void a_separate_debug_file_is_found_by_its_link(void **state)
{
	struct program program = compile("parted", "cc", "-g");
	struct symbols *symbols;
	size_t count;

	(void)state;
	run("cd %s && objcopy --only-keep-debug parted parted.debug && objcopy --strip-all "
	    "--add-gnu-debuglink=parted.debug "
	    "parted",
	    dir);
	look_up(&symbols, program.path, NULL, program.call[OUTER_FIRST], &count);
	assert_int_equal(count, 3);
	symbols_free(symbols);
	run("rm %s/parted.debug", dir);
	expect_only(program.path, NULL, program.call[OUTER_FIRST], NULL);
}

static void without_debug_information_symbols_name_the_function(void **state)
{
	struct program program = compile("named", "cc", "");

	(void)state;
	expect_only(program.path, NULL, program.call[OUTER_FIRST], "outer");
	expect_only(program.path, NULL, program.call[IN_HIDDEN], "hidden");
	expect_only(program.path, NULL, program.call[IN_MAIN], "main");
}

/* hidden() is static: the dynamic symbols do not have it, and its neighbours must not lend their names. */
static void a_stripped_file_names_only_what_a_symbol_covers(void **state)
{
	struct program program = compile("stripped", "cc", "-rdynamic -s");

	(void)state;
	expect_only(program.path, NULL, program.call[OUTER_FIRST], "outer");
	expect_only(program.path, NULL, program.call[OUTER_SECOND], "outer");
	expect_only(program.path, NULL, program.call[IN_HIDDEN], NULL);
}

/* A copy of the C library that nothing leads from to its debug file. */
static void functions_of_a_stripped_libc_are_named(void **state)
{
	static const char *const names[] = { "bsearch", "strtok", "ecvt_r", "setlocale" };
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	char path[128];
	Dl_info info;

	(void)state;
	assert_non_null(libc);
	assert_true(dladdr(dlsym(libc, "bsearch"), &info));
	snprintf(path, sizeof(path), "%s/libc.copy", dir);
	run("objcopy -R .note.gnu.build-id -R .gnu_debuglink %s %s", info.dli_fname, path);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *function = dlsym(libc, names[i]);

		expect_only(path, NULL, (uint64_t)(function + 1 - (char *)info.dli_fbase), names[i]);
	}
	dlclose(libc);
}

static void bytes_into_the_function_count_to_the_return_address(void **state)
{
	struct program program = compile("bytes", "cc", "-g");
	struct symbols *symbols;
	size_t count;
	const struct symbol_frame *frame = look_up(&symbols, program.path, NULL, program.call[IN_MAIN], &count);
	char command[256];
	uint64_t start;
	FILE *out;

	(void)state;
	snprintf(command, sizeof(command), "nm %s | sed -n 's/ T main//p'", program.path);
	out = popen(command, "r");
	assert_int_equal(fscanf(out, "%" SCNx64, &start), 1);
	pclose(out);
	assert_int_equal(frame[count - 1].in_function, program.call[IN_MAIN] - start);
	symbols_free(symbols);
}

static void cxx_names_are_readable_where_libstdcxx_is(void **state)
{
	struct program program = compile("cxx", "cc", "-rdynamic -s");

	(void)state;
	expect_only(program.path, NULL, program.call[IN_CXX], have_demangler() ? "foo::bar(int)" : "_ZN3foo3barEi");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inlined_functions_come_first_with_their_lines),
		cmocka_unit_test(frames_say_where_they_were_compiled),
		cmocka_unit_test(every_way_to_link_agrees_with_addr2line),
		cmocka_unit_test(dwarf_in_dwo_files_is_followed),
		cmocka_unit_test(a_shared_library_is_looked_up_like_a_program),
		cmocka_unit_test(a_separate_debug_file_is_found_by_its_link),
		cmocka_unit_test(without_debug_information_symbols_name_the_function),
		cmocka_unit_test(a_stripped_file_names_only_what_a_symbol_covers),
		cmocka_unit_test(functions_of_a_stripped_libc_are_named),
		cmocka_unit_test(bytes_into_the_function_count_to_the_return_address),
		cmocka_unit_test(cxx_names_are_readable_where_libstdcxx_is),
	};

	return looks_run(tests);
}
