/* Which files are used for names and which are not; stacks and their callers. */
#include "looks.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

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

/* Needs the C library's debug file, which lies in a place of the system's. */
static void a_debug_file_stands_in_for_a_missing_file(void **state)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	char *function = dlsym(libc, "strtok"), build_id[64], path[128];
	const struct symbol_frame *frame;
	struct symbols *symbols;
	size_t count;
	Dl_info info;

	(void)state;
	dlclose(libc);
	assert_true(dladdr(function, &info));
	read_build_id(info.dli_fname, build_id);
	snprintf(path, sizeof(path), "/usr/lib/debug/.build-id/%.2s/%s.debug", build_id, build_id + 2);
	if (access(path, R_OK))
		skip();
	frame = look_up(&symbols, "/nonexistent/libc.so.6", build_id,
			(uint64_t)(function + 1 - (char *)info.dli_fbase), &count);
	assert_string_equal(frame[count - 1].function, "strtok");
	assert_non_null(frame[count - 1].file);
	assert_null(symbols_problem(symbols, 0));
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
	static const char *const texts[] = { "", ("\x7f" "ELF"), "hello" };
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_with_another_build_id_is_not_used),
		cmocka_unit_test(a_debug_file_stands_in_for_a_missing_file),
		cmocka_unit_test(a_file_is_complained_about_once),
		cmocka_unit_test(what_is_no_elf_file_has_no_names),
		cmocka_unit_test(a_cut_elf_file_does_no_harm),
		cmocka_unit_test(vdso_and_generated_code_have_no_names_and_no_problem),
		cmocka_unit_test(edges_of_the_address_space_are_no_function),
		cmocka_unit_test(a_stack_is_resolved_once_and_knows_if_it_is_cut),
		cmocka_unit_test(the_caller_is_the_first_frame_that_is_not_the_systems),
		cmocka_unit_test(debuginfod_is_never_asked),
	};

	return looks_run(tests);
}
