/* t_report_sitekey.c - names of places that survive another run, machine and build. */
#include "calls.h"

#include "../../../collector/report/sitekey.h"

static struct text t;

static void assert_module(const char *path, const char *want)
{
	sitekey_module(&t, path);
	assert_text(&t, want);
}

static void assert_function(const char *function, const char *want)
{
	sitekey_function(&t, function);
	assert_text(&t, want);
}

#define STACK(...) ((const struct symbol_frame[]){ __VA_ARGS__ })
#define assert_stack(want, ...) do { \
	sitekey_stack(&t, STACK(__VA_ARGS__), sizeof(STACK(__VA_ARGS__)) / sizeof(struct symbol_frame)); \
	assert_text(&t, want); \
} while (0)
#define APP(name) { .module = "/home/me/build/app", .function = name }
#define LIB(name) { .module = "/usr/lib/libkey.so.20.4.1", .function = name }
#define LIBC(name) { .module = "/lib/x86_64-linux-gnu/libc.so.6", .function = name }

static void versions_and_directories_of_modules_do_not_count(void **state)
{
	(void)state;
	assert_module("/usr/lib/x86_64-linux-gnu/libgcrypt.so.20.4.1", "libgcrypt.so");
	assert_module("/opt/lib/libgcrypt.so", "libgcrypt.so");
	assert_module("/lib/libc-2.31.so", "libc.so");
	assert_module("/lib64/ld-linux-x86-64.so.2", "ld-linux-x86-64.so");
	assert_module("/usr/lib/libpython3.11.so.1.0", "libpython3.11.so");
	assert_module("/usr/lib/libglib-2.0.so.0", "libglib.so");
	assert_module("/w/_ctypes.cpython-311-x86_64-linux-gnu.so", "_ctypes.cpython-311-x86_64-linux-gnu.so");
	assert_module("/tmp/x/app (deleted)", "app");
	assert_module("/tmp/libx.so.1 (deleted)", "libx.so");
	assert_module("linux-vdso.so.1", "linux-vdso.so");
	assert_module("/usr/bin/python3.11", "python3.11");
	assert_module("/x/app.so.debug", "app.so.debug");
	assert_module("/x/.so.1", ".so.1");
	assert_module("/x/-1.2.so", "-1.2.so");
	assert_module(NULL, "?");
	assert_module("", "?");
}

static void clones_of_a_function_are_the_function(void **state)
{
	(void)state;
	assert_function("key_load", "key_load");
	assert_function("key_load.part.0", "key_load");
	assert_function("key_load.constprop.0.isra.3", "key_load");
	assert_function("key_load.cold", "key_load");
	assert_function("ns::f(int) [clone .part.0]", "ns::f(int)");
	assert_function("app::main::h0123456789abcdef", "app::main");
	assert_function("h0123456789abcdef", "h0123456789abcdef");
	assert_function("main.main", "main.main");
	assert_function(".part.0", ".part.0");
	assert_function("foo._omp_fn.0", "foo._omp_fn.0");
	assert_function("f(a\nb)", "f(a\\012b)");
}

static void offsets_lines_and_addresses_do_not_count(void **state)
{
	struct symbol_frame old = { .module = "/a/libkey.so.1", .function = "load", .file = "a.c", .line = 4, .offset = 99 };
	struct symbol_frame new = { .module = "/b/libkey.so.1.1", .function = "load", .file = "/b/a.c", .line = 9 };

	(void)state;
	sitekey_frame(&t, &old);
	assert_text(&t, "libkey.so!load");
	sitekey_frame(&t, &new);
	assert_text(&t, "libkey.so!load");
	sitekey_frame(&t, &(struct symbol_frame){ .offset = 0x7f0000001234 });
	assert_text(&t, "?");
	sitekey_frame(&t, &(struct symbol_frame){ .module = "/a/libkey.so.1", .offset = 0x1234 });
	assert_text(&t, "libkey.so");
	sitekey_frame(&t, NULL);
	assert_text(&t, "?");
}

static void inlined_functions_are_frames(void **state)
{
	(void)state;
	assert_stack("libkey.so!grow\nlibkey.so!load\napp!main",
		     { .module = "/l/libkey.so.2", .function = "grow", .inlined = true }, LIB("load"), APP("main"));
	assert_stack("libkey.so!grow\nlibkey.so!load\napp!main", LIB("grow"), LIB("load"), APP("main"));
}

static void recursion_is_told_once(void **state)
{
	(void)state;
	assert_stack("app!walk\napp!main", APP("walk"), APP("walk"), APP("walk"), APP("main"));
	assert_stack("app!a\napp!b\napp!main", APP("a"), APP("b"), APP("a"), APP("b"), APP("a"), APP("b"), APP("main"));
	assert_stack("app!a\napp!b\napp!main", APP("a"), APP("a"), APP("b"), APP("a"), APP("b"), APP("b"), APP("main"));
	assert_stack("app!a\napp!b\napp!a\napp!main", APP("a"), APP("b"), APP("a"), APP("main"));
}

static void frames_that_start_things_are_left_out(void **state)
{
	(void)state;
	assert_stack("app!main", APP("main"), LIBC("__libc_start_call_main"), LIBC("__libc_start_main"), APP("_start"));
	assert_stack("app!main", APP("main"), LIBC(NULL), LIBC("__libc_start_main"), APP("_start"));
	assert_stack("app!worker", APP("worker"), LIBC("start_thread"), LIBC("clone3"));
	assert_stack("app!compare\nlibc.so!qsort\napp!main", APP("compare"), LIBC("qsort"), APP("main"), LIBC(NULL));
	assert_stack("libc.so!malloc\napp!main", LIBC("malloc"), APP("main"), LIBC(NULL), APP("_start"));
}

static void a_stack_of_the_c_library_alone_is_kept(void **state)
{
	(void)state;
	assert_stack("libc.so!malloc\nlibc.so!exit", LIBC("malloc"), LIBC("exit"), LIBC("__libc_start_main"), APP("_start"));
	assert_stack("libc.so", LIBC(NULL), LIBC(NULL));
	assert_stack("", LIBC("clone3"));
	sitekey_stack(&t, NULL, 0);
	assert_text(&t, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_and_directories_of_modules_do_not_count),
		cmocka_unit_test(clones_of_a_function_are_the_function),
		cmocka_unit_test(offsets_lines_and_addresses_do_not_count),
		cmocka_unit_test(inlined_functions_are_frames),
		cmocka_unit_test(recursion_is_told_once),
		cmocka_unit_test(frames_that_start_things_are_left_out),
		cmocka_unit_test(a_stack_of_the_c_library_alone_is_kept),
	};
	int bad = cmocka_run_group_tests(tests, NULL, NULL);

	text_free(&t);
	return bad;
}
