/*
 * From return addresses to functions, files and lines.
 *
 * The oracle is addr2line; the program looked at is compiled here, and tells itself where its calls return to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../collector/sym/symbols.h"

static char dir[] = "/tmp/t_symbols.XXXXXX";

/* Compiled in many ways: look/returns.c. */
static char source[PATH_MAX];

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

static bool have(const char *program)
{
	char command[128];

	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", program);
	return !system(command);
}

static void write_text(const char *name, const char *text)
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

static struct program compile(const char *name, const char *compiler, const char *options)
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
static void expect_only(const char *path, const char *build_id, uint64_t offset, const char *function)
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
	run("cd %s && objcopy --only-keep-debug parted parted.debug && objcopy --strip-all --add-gnu-debuglink=parted.debug "
	    "parted", dir);
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

static void read_build_id(const char *path, char out[64])
{
	char command[256];
	FILE *pipe;

	snprintf(command, sizeof(command), "readelf -n %s | sed -n 's/.*Build ID: //p'", path);
	pipe = popen(command, "r");
	assert_int_equal(fscanf(pipe, "%63s", out), 1);
	pclose(pipe);
}

static void a_file_with_another_build_id_is_not_used(void **state)
{
	static const char other[] = "00112233445566778899aabbccddeeff00112233";
	struct program program = compile("id", "cc", "-rdynamic -s");
	char build_id[64], want[512];
	struct symbols *symbols;
	size_t count;

	(void)state;
	read_build_id(program.path, build_id);
	expect_only(program.path, build_id, program.call[OUTER_FIRST], "outer");
	expect_only(program.path, NULL, program.call[OUTER_FIRST], "outer");
	expect_only(program.path, other, program.call[OUTER_FIRST], NULL);
	look_up(&symbols, program.path, other, program.call[OUTER_FIRST], &count);
	snprintf(want, sizeof(want), "%s: its build-id is %s, the traced one's %s", program.path, build_id, other);
	assert_string_equal(symbols_problem(symbols, 0), want);
	assert_null(symbols_problem(symbols, 1));
	symbols_free(symbols);
}

static void a_file_is_complained_about_once(void **state)
{
	struct stack_frame frames[] = { { 1, 0x10 }, { 2, 0x20 }, { 3, 0x30 } };
	struct symbols *symbols = symbols_new();
	size_t count;

	(void)state;
	add_module(symbols, 1, "/nonexistent/a", "aa");
	add_module(symbols, 2, "/nonexistent/a", "aa");
	add_module(symbols, 3, "/nonexistent/b (deleted)", NULL);
	add_stack(symbols, 1, frames, 3);
	add_stack(symbols, 2, frames, 2);
	assert_null(symbols_problem(symbols, 0));
	symbols_stack(symbols, 1, &count, NULL);
	assert_int_equal(count, 3);
	symbols_stack(symbols, 2, &count, NULL);
	assert_string_equal(symbols_problem(symbols, 0), "/nonexistent/a: No such file or directory");
	assert_string_equal(symbols_problem(symbols, 1), "/nonexistent/b (deleted): No such file or directory");
	assert_null(symbols_problem(symbols, 2));
	symbols_free(symbols);
}

/* A log may name anything: a pipe must not be waited for. */
static void what_is_no_elf_file_has_no_names(void **state)
{
	static const char *const texts[] = { "", "\x7f" "ELF", "hello" };
	struct symbols *symbols;
	char path[128], want[256];
	size_t count;

	(void)state;
	snprintf(path, sizeof(path), "%s/pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	look_up(&symbols, path, NULL, 1, &count);
	snprintf(want, sizeof(want), "%s: not a regular file", path);
	assert_string_equal(symbols_problem(symbols, 0), want);
	symbols_free(symbols);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_text("text", texts[i]);
		snprintf(path, sizeof(path), "%s/text", dir);
		expect_only(path, NULL, 0x100, NULL);
	}
}

static void a_cut_elf_file_does_no_harm(void **state)
{
	struct program program = compile("cut", "cc", "-g");
	struct stat st;

	(void)state;
	assert_int_equal(stat(program.path, &st), 0);
	for (off_t cut = 0; cut < st.st_size; cut += 97) {
		struct symbols *symbols;
		char path[128];
		size_t count;

		snprintf(path, sizeof(path), "%s/piece", dir);
		run("head -c %ld %s >%s", (long)cut, program.path, path);
		look_up(&symbols, path, NULL, program.call[OUTER_FIRST], &count);
		assert_in_range(count, 1, 3);
		symbols_free(symbols);
	}
}

static void vdso_and_generated_code_have_no_names_and_no_problem(void **state)
{
	static const char *const paths[] = { "linux-vdso.so.1", "[vdso]", "" };
	struct stack_frame generated = { 0, 0x7f0000001234 }, lost = { 9, 0x20 };
	struct symbols *symbols;
	const struct symbol_frame *frame;
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		frame = look_up(&symbols, paths[i], "abcd", 0x500, &count);
		assert_int_equal(count, 1);
		assert_null(frame->function);
		assert_string_equal(frame->module, paths[i]);
		assert_string_equal(frame->build_id, "abcd");
		assert_int_equal(frame->offset, 0x500);
		assert_null(symbols_problem(symbols, 0));
		add_stack(symbols, 2, &generated, 1);
		frame = symbols_stack(symbols, 2, &count, NULL);
		assert_null(frame->module);
		assert_int_equal(frame->offset, 0x7f0000001234);
		add_stack(symbols, 3, &lost, 1);
		frame = symbols_stack(symbols, 3, &count, NULL);
		assert_null(frame->module);
		assert_int_equal(frame->offset, 0x20);
		symbols_free(symbols);
	}
}

static void edges_of_the_address_space_are_no_function(void **state)
{
	static const uint64_t offsets[] = { 0, 1, 1ull << 63, UINT64_MAX };
	struct program program = compile("edges", "cc", "-g");

	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		expect_only(program.path, NULL, offsets[i], NULL);
}

static void a_stack_is_resolved_once_and_knows_if_it_is_cut(void **state)
{
	struct stack_frame frame = { 0, 0x1 };
	struct record record = { .type = RECORD_STACK };
	struct symbols *symbols = symbols_new();
	const struct symbol_frame *first;
	bool truncated = false;
	size_t count = 9;

	(void)state;
	assert_null(symbols_stack(symbols, 1, &count, &truncated));
	assert_int_equal(count, 0);
	record.stack.id = 1;
	record.stack.count = 1;
	record.stack.frame = &frame;
	record.stack.truncated = true;
	symbols_add(symbols, &record);
	first = symbols_stack(symbols, 1, &count, &truncated);
	assert_true(truncated);
	assert_ptr_equal(symbols_stack(symbols, 1, &count, &truncated), first);
	record.stack.id = 2;
	record.stack.truncated = false;
	symbols_add(symbols, &record);
	symbols_stack(symbols, 2, &count, &truncated);
	assert_false(truncated);
	symbols_free(symbols);
}

static void the_caller_is_the_first_frame_that_is_not_the_systems(void **state)
{
	static const char *const paths[] = {
		"/usr/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2", "/opt/libpagetrail.so",
		"/lib/libpthread.so.0", "/usr/lib/libgcrypt.so.20",
	};
	struct stack_frame frames[] = { { 3, 0 }, { 1, 0 }, { 2, 0 }, { 4, 0 }, { 5, 0x77 }, { 1, 0 } };
	struct stack_frame system[] = { { 1, 0x5 }, { 2, 0 } }, generated[] = { { 1, 0 }, { 0, 0x99 } };
	struct symbols *symbols = symbols_new();

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		add_module(symbols, i + 1, paths[i], "00");
	add_stack(symbols, 1, frames, 6);
	add_stack(symbols, 2, system, 2);
	add_stack(symbols, 3, generated, 2);
	add_stack(symbols, 4, NULL, 0);
	assert_string_equal(symbols_caller(symbols, 1)->module, paths[4]);
	assert_int_equal(symbols_caller(symbols, 1)->offset, 0x77);
	assert_int_equal(symbols_caller(symbols, 2)->offset, 0x5);
	assert_int_equal(symbols_caller(symbols, 3)->offset, 0x99);
	assert_null(symbols_caller(symbols, 4));
	assert_null(symbols_caller(symbols, 5));
	symbols_free(symbols);
}

static void debuginfod_is_never_asked(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct program program = compile("lonely", "cc", "-rdynamic -s");
	socklen_t length = sizeof(address);
	char url[64], build_id[64];

	(void)state;
	assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server, 5), 0);
	assert_int_equal(getsockname(server, (struct sockaddr *)&address, &length), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(address.sin_port));
	setenv("DEBUGINFOD_URLS", url, 1);
	setenv("DEBUGINFOD_TIMEOUT", "1", 1);
	read_build_id(program.path, build_id);
	expect_only(program.path, build_id, program.call[OUTER_FIRST], "outer");
	expect_only(program.path, "00112233445566778899aabbccddeeff00112233", program.call[OUTER_FIRST], NULL);
	assert_int_equal(accept(server, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	assert_string_equal(getenv("DEBUGINFOD_URLS"), url);
	unsetenv("DEBUGINFOD_URLS");
	close(server);
}

static int make_dir(void **state)
{
	char absolute[PATH_MAX];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(source, sizeof(source), "%.*s/look/returns.c", (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__);
	return realpath(source, absolute) && snprintf(source, sizeof(source), "%s", absolute) > 0 ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inlined_functions_come_first_with_their_lines),
		cmocka_unit_test(every_way_to_link_agrees_with_addr2line),
		cmocka_unit_test(dwarf_in_dwo_files_is_followed),
		cmocka_unit_test(a_shared_library_is_looked_up_like_a_program),
		cmocka_unit_test(a_separate_debug_file_is_found_by_its_link),
		cmocka_unit_test(without_debug_information_symbols_name_the_function),
		cmocka_unit_test(a_stripped_file_names_only_what_a_symbol_covers),
		cmocka_unit_test(functions_of_a_stripped_libc_are_named),
		cmocka_unit_test(bytes_into_the_function_count_to_the_return_address),
		cmocka_unit_test(cxx_names_are_readable_where_libstdcxx_is),
		cmocka_unit_test(a_file_with_another_build_id_is_not_used),
		cmocka_unit_test(a_file_is_complained_about_once),
		cmocka_unit_test(what_is_no_elf_file_has_no_names),
		cmocka_unit_test(a_cut_elf_file_does_no_harm),
		cmocka_unit_test(vdso_and_generated_code_have_no_names_and_no_problem),
		cmocka_unit_test(edges_of_the_address_space_are_no_function),
		cmocka_unit_test(a_stack_is_resolved_once_and_knows_if_it_is_cut),
		cmocka_unit_test(the_caller_is_the_first_frame_that_is_not_the_systems),
		cmocka_unit_test(debuginfod_is_never_asked),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
