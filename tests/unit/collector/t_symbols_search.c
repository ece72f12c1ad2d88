/* Where files are looked for when the user says so: debug directories, another root, servers only when asked. */
#include "looks.h"

#include <errno.h>

#include "../../../collector/lookup.h"

static char build_id[64];

/* Its file goes to @to, below the test's directory. */
static void move(const struct program *program, const char *to)
{
	char command[512];
	FILE *pipe;

	snprintf(command, sizeof(command), "readelf -n %s | sed -n 's/.*Build ID: //p'", program->path);
	pipe = popen(command, "r");
	assert_int_equal(fscanf(pipe, "%63s", build_id), 1);
	pclose(pipe);
	run("mkdir -p \"$(dirname %s/%s)\" && mv %s %s/%s", dir, to, program->path, dir, to);
}

/* A program with DWARF. */
static struct program make_and_move(const char *name, const char *to)
{
	struct program program = compile(name, "cc", "-g");

	move(&program, to);
	return program;
}

static const char *in_dir(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* The functions at a call in "outer", the inlined one first; NULL: no name was found. */
static const char *name_of(const struct lookup_words *words, const char *path, const char *id, uint64_t offset)
{
	static char name[256];
	struct stack_frame frame = { 1, offset };
	struct symbols *symbols = symbols_new();
	const struct symbol_frame *found;
	struct search *search;
	struct err err;
	size_t count;
	bool known;

	assert_int_equal(lookup_search(words, &search, &err), 0);
	symbols_search(symbols, search);
	add_module(symbols, 1, path, id);
	add_stack(symbols, 1, &frame, 1);
	found = symbols_stack(symbols, 1, &count, NULL);
	known = found[count - 1].function && found[count - 1].file;
	name[0] = '\0';
	for (size_t i = 0; known && i < count; i++)
		snprintf(name + strlen(name), sizeof(name) - strlen(name), "%s%s", i ? " in " : "",
			 found[i].function ? found[i].function : "?");
	symbols_free(symbols);
	search_free(search);
	return known ? name : NULL;
}

static void a_debug_dir_has_files_by_build_id(void **state)
{
	struct program program = make_and_move("byid", "byid.moved");
	struct lookup_words words = { .debug_dir = { 1, { in_dir("dbg") } } };

	(void)state;
	run("mkdir -p %s/dbg/.build-id/%.2s && objcopy --only-keep-debug %s/byid.moved %s/dbg/.build-id/%.2s/%s.debug", dir,
	    build_id, dir, dir, build_id, build_id + 2);
	assert_null(name_of(&(struct lookup_words){ 0 }, program.path, build_id, program.call[OUTER_FIRST]));
	assert_string_equal(name_of(&words, program.path, build_id, program.call[OUTER_FIRST]), "leaf in middle in outer");
	run("strip -o %s %s/byid.moved", program.path, dir);
	assert_null(name_of(&(struct lookup_words){ 0 }, program.path, build_id, program.call[OUTER_FIRST]));
	assert_string_equal(name_of(&words, program.path, build_id, program.call[OUTER_FIRST]), "leaf in middle in outer");
	run("rm %s", program.path);
}

static void a_debug_dir_has_files_by_path(void **state)
{
	struct program program = make_and_move("bypath", "tree/tmp/x");
	struct lookup_words words = { .debug_dir = { 0 } };
	char both[PATH_MAX];

	(void)state;
	snprintf(both, sizeof(both), "%s:%s/tree", dir, dir);
	words.debug_dir = (struct option_list){ 1, { both } };
	run("mkdir -p %s/tree%s && mv %s/tree/tmp/x %s/tree%s.debug", dir, dir, dir, dir, program.path);
	assert_string_equal(name_of(&words, program.path, build_id, program.call[OUTER_FIRST]), "leaf in middle in outer");
	run("mv %s/tree%s.debug %s/tree%s", dir, program.path, dir, program.path);
	assert_string_equal(name_of(&words, program.path, build_id, program.call[OUTER_FIRST]), "leaf in middle in outer");
	/* without a build-id, or with another, nothing says that it is the file */
	assert_null(name_of(&words, program.path, NULL, program.call[OUTER_FIRST]));
	build_id[0] = build_id[0] == '0' ? '1' : '0';
	assert_null(name_of(&words, program.path, build_id, program.call[OUTER_FIRST]));
}

static void below_another_root_paths_begin_there(void **state)
{
	struct program program = make_and_move("inroot", "root/opt/inroot");
	struct lookup_words words = { .sysroot = in_dir("root") };

	(void)state;
	assert_string_equal(name_of(&words, "/opt/inroot", build_id, program.call[OUTER_FIRST]), "leaf in middle in outer");
	assert_string_equal(name_of(&words, "/opt/inroot", NULL, program.call[OUTER_FIRST]), "leaf in middle in outer");
	assert_null(name_of(&words, "/opt/other", build_id, program.call[OUTER_FIRST]));
	/* an absolute link means the root it stands in */
	run("ln -s /opt/inroot %s/root/link", dir);
	assert_string_equal(name_of(&words, "/link", build_id, program.call[OUTER_FIRST]), "leaf in middle in outer");
}

static void nothing_leads_out_of_another_root(void **state)
{
	struct program program = make_and_move("outside", "outside.moved");
	struct lookup_words words = { .sysroot = in_dir("cage") };
	char climb[PATH_MAX];

	(void)state;
	run("mkdir -p %s/cage/sub && ln -s %s/outside.moved %s/cage/absolute && ln -s ../../outside.moved %s/cage/sub/up",
	    dir, dir, dir, dir);
	snprintf(climb, sizeof(climb), "/sub/../../%s", "outside.moved");
	assert_null(name_of(&words, "/absolute", NULL, program.call[OUTER_FIRST]));
	assert_null(name_of(&words, "/sub/up", NULL, program.call[OUTER_FIRST]));
	assert_null(name_of(&words, climb, NULL, program.call[OUTER_FIRST]));
	assert_null(name_of(&words, climb, build_id, program.call[OUTER_FIRST]));
	/* the file does have names: without a cage they are found */
	assert_string_equal(name_of(&(struct lookup_words){ 0 }, in_dir("outside.moved"), build_id,
				    program.call[OUTER_FIRST]), "leaf in middle in outer");
}

static void another_root_has_debug_files_of_its_own(void **state)
{
	struct program program = make_and_move("stripped", "other/usr/bin/stripped");
	struct lookup_words words = { .sysroot = in_dir("other") };

	(void)state;
	run("mkdir -p %s/other/usr/lib/debug/.build-id/%.2s && cd %s/other && objcopy --only-keep-debug usr/bin/stripped "
	    "usr/lib/debug/.build-id/%.2s/%s.debug && strip usr/bin/stripped", dir, build_id, dir, build_id, build_id + 2);
	assert_string_equal(name_of(&words, "/usr/bin/stripped", build_id, program.call[OUTER_FIRST]),
			    "leaf in middle in outer");
}

/* dwz(1) moves what debug files have in common into another, here names: without it there is "outer" only. */
static void what_debug_files_share_is_found_below_another_root(void **state)
{
	static const char *const links[] = { "/srv/shared", "../srv/shared" };
	struct lookup_words words = { .sysroot = in_dir("dwz") };

	(void)state;
	run("mkdir -p %s/dwz/srv", dir);
	for (int i = 0; i < 2; i++) {
		struct program program = compile("one", "cc", "-g");

		run("cd %s && cp one two && dwz -m dwz/srv/shared -M %s one two", dir, links[i]);
		move(&program, "dwz/opt/one");
		assert_string_equal(name_of(&words, "/opt/one", build_id, program.call[OUTER_FIRST]),
				    "leaf in middle in outer");
	}
}

static void places_that_do_not_exist_are_refused(void **state)
{
	struct search *search;
	struct err err;

	(void)state;
	assert_int_equal(lookup_search(&(struct lookup_words){ .sysroot = "/nonexistent" }, &search, &err), -ENOENT);
	assert_string_equal(err.text, "/nonexistent: No such file or directory");
	assert_int_equal(lookup_search(&(struct lookup_words){ .debug_dir = { 1, { "/:/etc/passwd" } } }, &search, &err),
			 -ENOTDIR);
	assert_string_equal(err.text, "/etc/passwd: not a directory");
}

static void servers_have_to_be_named(void **state)
{
	const struct lookup_words words = { .debuginfod = true };
	struct search *search;
	struct err err;

	(void)state;
	unsetenv("DEBUGINFOD_URLS");
	assert_int_equal(lookup_search(&words, &search, &err), -ENOENT);
	assert_string_equal(err.text, "--debuginfod: no server to ask: $DEBUGINFOD_URLS is not set");
	setenv("DEBUGINFOD_URLS", " ", 1);
	assert_int_equal(lookup_search(&words, &search, &err), -ENOENT);
	assert_string_equal(err.text, "--debuginfod: no server to ask: $DEBUGINFOD_URLS is empty");
	unsetenv("DEBUGINFOD_URLS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_debug_dir_has_files_by_build_id),
		cmocka_unit_test(a_debug_dir_has_files_by_path),
		cmocka_unit_test(below_another_root_paths_begin_there),
		cmocka_unit_test(nothing_leads_out_of_another_root),
		cmocka_unit_test(another_root_has_debug_files_of_its_own),
		cmocka_unit_test(what_debug_files_share_is_found_below_another_root),
		cmocka_unit_test(places_that_do_not_exist_are_refused),
		cmocka_unit_test(servers_have_to_be_named),
	};

	return looks_run(tests);
}
