/* t_verdict_repo.c - which files are in the repository, and what they are called in a URI. */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../collector/verdict/repo.h"
#include "../../../collector/verdict/uri.h"

static struct text t;

/* A tree of our own: top/.git, top/src/key.c, top/link -> src, out/other.c. */
static char top[4096], out[4096];

static void write_file(const char *dir, const char *name)
{
	char path[8192];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
}

static int make_tree(void **state)
{
	char base[] = "/tmp/t_verdict_repo.XXXXXX", path[8192];

	(void)state;
	assert_non_null(mkdtemp(base));
	snprintf(top, sizeof(top), "%s/top", base);
	snprintf(out, sizeof(out), "%s/out", base);
	assert_int_equal(mkdir(top, 0700) | mkdir(out, 0700), 0);
	for (const char *const *dir = (const char *const[]){ ".git", "src", "src/deep", NULL }; *dir; dir++) {
		snprintf(path, sizeof(path), "%s/%s", top, *dir);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	write_file(top, "src/key.c");
	write_file(out, "other.c");
	snprintf(path, sizeof(path), "%s/link", top);
	assert_int_equal(symlink("src", path), 0);
	snprintf(path, sizeof(path), "%s/top", out);
	assert_int_equal(symlink(top, path), 0);
	return 0;
}

static int remove_tree(void **state)
{
	char command[8192];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%.*s'", (int)(strlen(top) - strlen("/top")), top);
	return system(command);
}

static void assert_uri(const char *path, const char *want)
{
	uri_path(&t, path);
	assert_text(&t, want);
}

static void what_a_uri_may_not_hold_is_escaped(void **state)
{
	(void)state;
	assert_uri("src/key.c", "src/key.c");
	assert_uri("a b#c?d%e/f.c", "a%20b%23c%3Fd%25e/f.c");
	assert_uri("c:/x.c", "c%3A/x.c");
	assert_uri("na\xc3\xafve.c", "na%C3%AFve.c");
	assert_uri("\xff\x01\n[1]~-_.c", "%FF%01%0A%5B1%5D~-_.c");
	uri_file(&t, "/usr/lib/c++/x.so");
	assert_text(&t, "file:///usr/lib/c%2B%2B/x.so");
}

static void assert_clean(const char *dir, const char *file, const char *want)
{
	assert_true(repo_clean(&t, dir, file));
	assert_text(&t, want);
}

static void paths_become_absolute_without_detours(void **state)
{
	(void)state;
	assert_clean("/home/me", "src/key.c", "/home/me/src/key.c");
	assert_clean("/home/me/build", "../src/./deep//../key.c", "/home/me/src/key.c");
	assert_clean(NULL, "/a/../../b", "/b");
	assert_clean("/ignored", "/a/b/", "/a/b");
	assert_clean("/a", "../..", "");
	assert_false(repo_clean(&t, NULL, "src/key.c"));
	assert_false(repo_clean(&t, "build", "src/key.c"));
}

static const char *within(const char *source_root, const char *dir, const char *file)
{
	struct repo repo;
	struct err err;
	bool below;

	assert_int_equal(repo_find(&repo, source_root, &err), 0);
	below = repo_path(&repo, dir, file, &t);
	repo_free(&repo);
	return below ? text_read(&t) : NULL;
}

static void files_below_the_top_are_in_the_repository(void **state)
{
	(void)state;
	assert_string_equal(within(top, top, "src/key.c"), "src/key.c");
	assert_string_equal(within(top, "/", text_read(&t)), "src/key.c");	/* it has that file, too */
	assert_string_equal(within("/opt/none", "/opt/none/build", "../src/x.c"), "src/x.c");
	assert_string_equal(within("/opt/none/", NULL, "/opt/none/x.c"), "x.c");
	assert_null(within("/opt/none", NULL, "/opt/none"));
	assert_null(within("/opt/none", NULL, "/opt/nonesuch/x.c"));
	assert_null(within("/opt/none", "/opt/none", "../x.c"));
	assert_string_equal(within("/", NULL, "/opt/x.c"), "opt/x.c");
}

static void links_are_resolved(void **state)
{
	(void)state;
	assert_string_equal(within(top, top, "link/key.c"), "src/key.c");
	assert_string_equal(within(top, out, "top/src/key.c"), "src/key.c");
}

static void a_program_built_in_another_copy_has_the_same_files(void **state)
{
	(void)state;
	assert_string_equal(within(top, "/builds/elsewhere", "src/key.c"), "src/key.c");
	assert_string_equal(within(top, NULL, "./src/key.c"), "src/key.c");
	assert_null(within(top, "/builds/elsewhere", "src/none.c"));
	assert_null(within(top, "/builds/elsewhere", "src"));	/* no file */
	assert_null(within(top, "/builds/elsewhere", "../out/other.c"));
	assert_null(within(top, "/builds/elsewhere", "/builds/elsewhere/src/key.c"));
}

static void the_innermost_frame_with_such_a_file_is_the_one(void **state)
{
	const struct symbol_frame frame[] = {
		{ .function = "mlock" }, { .function = "shared", .file = "../x.c", .dir = "/build/lib" },
		{ .function = "key", .file = "key.c", .dir = "/opt/none/src", .line = 7 },
		{ .function = "main", .file = "main.c", .dir = "/opt/none/src" },
	};
	struct repo repo;
	struct err err;

	(void)state;
	assert_int_equal(repo_find(&repo, "/opt/none", &err), 0);
	assert_ptr_equal(repo_frame(&repo, frame, 4, &t), &frame[2]);
	assert_text(&t, "src/key.c");
	assert_null(repo_frame(&repo, frame, 2, &t));
	repo_free(&repo);
}

static void the_top_is_where_git_is(void **state)
{
	char *before = getcwd(NULL, 0), path[8192];
	struct repo repo;
	struct err err;

	(void)state;
	snprintf(path, sizeof(path), "%s/src/deep", top);
	assert_int_equal(chdir(path), 0);
	assert_int_equal(repo_find(&repo, NULL, &err), 0);
	assert_string_equal(repo.path, top);
	repo_free(&repo);
	assert_int_equal(chdir(out), 0);
	assert_int_equal(repo_find(&repo, NULL, &err), 0);
	assert_string_equal(repo.path, out);
	repo_free(&repo);
	assert_true(repo_find(&repo, "nowhere", &err) < 0);
	assert_string_equal(err.text, "--source-root nowhere: No such file or directory");
	assert_int_equal(chdir(before), 0);
	free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_uri_may_not_hold_is_escaped),
		cmocka_unit_test(paths_become_absolute_without_detours),
		cmocka_unit_test(files_below_the_top_are_in_the_repository),
		cmocka_unit_test(links_are_resolved),
		cmocka_unit_test(a_program_built_in_another_copy_has_the_same_files),
		cmocka_unit_test(the_innermost_frame_with_such_a_file_is_the_one),
		cmocka_unit_test(the_top_is_where_git_is),
	};
	int failed = cmocka_run_group_tests(tests, make_tree, remove_tree);

	text_free(&t);
	return failed;
}
