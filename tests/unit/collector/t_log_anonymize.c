/* What an anonymized log has instead of paths and labels, and which fields it keeps. */
#include "logs.h"

#include <jansson.h>

#include "../../../collector/log/anonymize.h"
#include "../../../collector/log/pseudonyms.h"

/* ---- paths ---- */

static void expect(struct pseudonyms *names, const char *path, const char *want)
{
	char *have = pseudonyms_path(names, path);

	assert_string_equal(have, want);
	free(have);
}

static void a_path_keeps_its_depth_and_is_the_same_everywhere(void **state)
{
	struct pseudonyms *names = pseudonyms_new();

	(void)state;
	expect(names, "/home/ada/work/app", "/dir1/dir2/dir3/file1");
	expect(names, "/home/ada/lib/libkey.so.1", "/dir1/dir2/dir4/lib2.so");
	expect(names, "/home/ada/work/app", "/dir1/dir2/dir3/file1");
	expect(names, "/home/eve/work/app (deleted)", "/dir1/dir5/dir3/file1 (deleted)");
	expect(names, "./app", "./file1");
	expect(names, "../ada/app", "../dir2/file1");
	expect(names, "app", "file1");
	expect(names, "/app", "/file1");
	expect(names, "//home//x/", "//dir1//dir6/");
	expect(names, "/", "/");
	expect(names, "", "");
	pseudonyms_free(names);
}

static void what_the_kernel_says_stays(void **state)
{
	static const char *const same[] = {
		"[heap]", "[stack]", "[vdso]", "[vvar]", "[vvar_vclock]", "[vsyscall]", "[pagetrail]", "/dev/zero",
		"/dev/zero (deleted)", "/secretmem (deleted)", "/anon_hugepage (deleted)", "/SYSV0000002a (deleted)",
		"linux-vdso.so.1", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2",
		"/usr/lib/x86_64-linux-gnu/libgcrypt.so.20.4.1",
	};
	struct pseudonyms *names = pseudonyms_new();

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		expect(names, same[i], same[i]);
	pseudonyms_free(names);
}

/* Each has to remain of its kind for the model: kind_of(), vm/snapshot.c; is_device(), vm/identity.c. */
static void what_the_model_judges_by_stays(void **state)
{
	struct pseudonyms *names = pseudonyms_new();

	(void)state;
	expect(names, "[anon:ada's keys]", "[anon:name1]");
	expect(names, "[anon_shmem:ada's keys]", "[anon_shmem:name1]");
	expect(names, "/memfd:ada's keys (deleted)", "/memfd:name1 (deleted)");
	expect(names, "/memfd: (deleted)", "/memfd: (deleted)");
	expect(names, "[anon:cut", "[anon:name2");
	expect(names, "[uprobes of ada]", "[name3]");
	expect(names, "socket:[4711]", "socket:name4");
	expect(names, "anon_inode:[x]", "anon_inode:name5");
	expect(names, "/dev/kvm-ada", "/dev/file1");
	expect(names, "/dev/shm/ada/x", "/dev/shm/dir1/file2");
	expect(names, "/dev/hugepages/ada", "/dev/hugepages/file3");
	expect(names, "/home/ada/build/libpagetrail.so", "/dir2/dir1/dir3/libpagetrail.so");
	expect(names, "/dev/shm/pagetrail-abcdefgh/abcdefghijklmnopqrst", "/dir4/dir5/pagetrail-abcdefgh/abcdefghijklmnopqrst");
	expect(names, "/SYSV0000002a/ada", "/dir6/file3");
	expect(names, "/dev/null/../ada", "/dev/dir7/../file3");
	pseudonyms_free(names);
}

static void names_that_only_look_like_the_systems_do_not_stay(void **state)
{
	struct pseudonyms *names = pseudonyms_new();

	(void)state;
	expect(names, "/usr/lib/ada/libz.so.1", "/dir1/dir2/dir3/lib1.so");
	expect(names, "/usr/lib/../../home/libz.so.1", "/dir1/dir2/../../dir4/lib1.so");
	expect(names, "/usr/lib/ada.so", "/dir1/dir2/file2");
	expect(names, "/usr/lib/libada", "/dir1/dir2/file3");
	expect(names, "/usr/lib/libada.socket", "/dir1/dir2/file4");
	pseudonyms_free(names);
}

/* A call of theirs is told as their caller's: symbols_caller(). */
static void the_c_library_is_known_by_name_anywhere(void **state)
{
	struct pseudonyms *names = pseudonyms_new();

	(void)state;
	expect(names, "/home/ada/libc.so.6", "/dir1/dir2/libc.so.6");
	expect(names, "/nix/store/x/lib/ld-linux-x86-64.so.2", "/dir3/dir4/dir5/dir6/ld-linux-x86-64.so.2");
	expect(names, "/x/libpthread-2.31.so", "/dir5/libpthread-2.31.so");
	expect(names, "/x/libc.so.ada", "/dir5/lib1.so");
	expect(names, "/x/libc-2.ada", "/dir5/file2");
	pseudonyms_free(names);
}

static void a_shown_name_stays_wherever_its_path_occurs(void **state)
{
	struct pseudonyms *names = pseudonyms_new();

	(void)state;
	pseudonyms_show(names, "/home/ada/app");
	expect(names, "/home/ada/app", "/dir1/dir2/app");
	expect(names, "/home/ada/app (deleted)", "/dir1/dir2/app (deleted)");
	expect(names, "/home/eve/app", "/dir1/dir3/file1");
	expect(names, "/home/eve/app", "/dir1/dir3/file1");
	pseudonyms_free(names);
}

/* Two files must not become one: the model compares paths. */
static void no_two_paths_become_one(void **state)
{
	struct pseudonyms *names = pseudonyms_new();
	char *have[1000], path[64];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "/d%d/%s%d%s", i % 7, i % 3 ? "file" : "lib", i / 7, i % 3 ? "" : ".so");
		have[i] = pseudonyms_path(names, path);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(have[i], have[j]);
	}
	for (int i = 0; i < 1000; i++)
		free(have[i]);
	pseudonyms_free(names);
}

/* ---- records ---- */

/* Rewrites the file; what came out is in @out. */
static void anonymize(const char *from, unsigned keep, char *out, size_t room)
{
	struct anonymizer *anonymizer = anonymizer_new(keep);
	struct log_reader *reader;
	struct log_writer *writer;
	char to[96];
	size_t length;

	snprintf(to, sizeof(to), "%s/to", dir);
	assert_int_equal(log_open(from, &reader, &err), 0);
	assert_int_equal(log_create(to, true, &writer, &err), 0);
	assert_int_equal(rewrite_log(reader, writer, anonymizer_rewrite, anonymizer, &err), 0);
	assert_int_equal(log_finish(writer, &err), 0);
	length = read_bytes(to, out, room - 1);
	assert_true(length < room - 1);
	out[length] = '\0';
	log_close(reader);
	anonymizer_free(anonymizer);
}

static void expect_record(unsigned keep, const char *record, const char *want)
{
	char text[2048], out[2048];

	snprintf(text, sizeof(text), HEADER "\n%s\n", record);
	write_text(scratch, text);
	anonymize(scratch, keep, out, sizeof(out));
	snprintf(text, sizeof(text), HEADER "\n%s%s", want, want[0] ? "\n" : "");
	assert_string_equal(out, text);
}

static void fields_that_are_not_known_are_left_out(void **state)
{
	(void)state;
	expect_record(0, "{\"type\":\"mark\",\"seq\":1,\"pid\":1,\"secret\":\"x\",\"tid\":1,\"t\":1,\"label\":\"key of ada\",\"more\":[1]}",
		      "{\"type\":\"mark\",\"seq\":1,\"pid\":1,\"tid\":1,\"t\":1,\"label\":\"mark1\"}");
	expect_record(0, "{\"type\":\"moon\",\"seq\":1}", "");
	expect_record(0, "{\"type\":\"call\",\"seq\":1,\"pid\":1,\"tid\":1,\"t\":1,\"call\":\"moon\",\"path\":\"/ada\"}", "");
	expect_record(0, "{\"type\":\"call\",\"seq\":1,\"pid\":1,\"tid\":1,\"t\":1,\"call\":\"mlock\",\"addr\":\"0x1000\",\"len\":"
		      "18446744073709551615,\"prot\":3,\"ret\":0}",
		      "{\"type\":\"call\",\"seq\":1,\"pid\":1,\"tid\":1,\"t\":1,\"call\":\"mlock\",\"addr\":\"0x1000\",\"len\":"
		      "18446744073709551615,\"ret\":0}");
}

/* A known field that holds something else than the tracer writes there. */
static void words_in_the_place_of_numbers_are_left_out(void **state)
{
	(void)state;
	expect_record(0, "{\"type\":\"loss\",\"count\":1,\"why\":\"/home/ada\",\"pid\":\"ada\"}", "{\"type\":\"loss\",\"count\":1}");
	expect_record(0, "{\"type\":\"stack\",\"id\":1,\"frames\":[[1,\"0x10\"]],\"pid\":1}",
		      "{\"type\":\"stack\",\"id\":1,\"frames\":[[1,\"0x10\"]],\"pid\":1}");
	expect_record(0, "{\"type\":\"note\",\"what\":\"x\",\"text\":\"at /home/ada\",\"seqs\":[1,2],\"start\":\"0x1\",\"end\":\"0x2\"}",
		      "{\"type\":\"note\",\"what\":\"x\",\"seqs\":[1,2],\"start\":\"0x1\",\"end\":\"0x2\"}");
}

#define STACK "{\"type\":\"stack\",\"id\":1,\"frames\":[[1,\"0x10\"],[1,\"0x20\"]]"

static void what_is_asked_for_stays(void **state)
{
	static const char mark[] = "{\"type\":\"mark\",\"seq\":1,\"pid\":1,\"tid\":1,\"t\":1,\"label\":\"ready\"}";

	(void)state;
	expect_record(ANONYMIZE_MARKS, mark, mark);
	expect_record(0, STACK ",\"names\":[[{\"function\":\"main\"}],null]}", STACK "}");
	expect_record(ANONYMIZE_NAMES,
		      STACK ",\"names\":[[{\"function\":\"main\",\"in\":3,\"file\":\"/home/ada/a.c\",\"dir\":\"/home\",\"line\":1}],null]}",
		      STACK ",\"names\":[[{\"function\":\"main\",\"in\":3,\"file\":\"a.c\",\"line\":1}],null]}");
}

/* Every field of the sample lines stays, but for these.  Whoever adds a field says in anonymize.c what becomes of it. */
static bool may_go(const char *field)
{
	static const char *const gone[] = {
		"argv", "cwd", "realtime_ns", "names", "continues", "continued",
		"state", "state_form", /* a digest of names, too */
	};

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		if (!strcmp(field, gone[i]))
			return true;
	return false;
}

static void compare_fields(const char *from, const char *to)
{
	json_t *old = json_loads(from, JSON_DECODE_INT_AS_REAL, NULL), *new = json_loads(to, JSON_DECODE_INT_AS_REAL, NULL);
	json_t *value;
	const char *key;

	assert_non_null(old);
	json_object_foreach(old, key, value)
		if (!may_go(key) && !json_object_get(new, key))
			fail_msg("anonymize drops \"%s\" of: %s", key, json_dumps(old, JSON_COMPACT));
	json_decref(old);
	json_decref(new);
}

/* Of a type or a call that nobody knows. */
static bool is_foreign(const char *line)
{
	return strstr(line, "of_a_later_version") || strstr(line, "\"type\":\"moon\"");
}

static void every_field_of_the_samples_has_its_rule(void **state)
{
	static char from[65536], out[65536];
	char path[512], *old, *new, *rest = NULL, *more = NULL;
	size_t length;
	int count = 0;

	(void)state;
	snprintf(path, sizeof(path), "%.*s/../../schema/good.jsonl", (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__);
	length = read_bytes(path, from, sizeof(from) - 1);
	assert_true(length < sizeof(from) - 1);
	anonymize(path, ANONYMIZE_MARKS, out, sizeof(out));
	new = strtok_r(out, "\n", &more);
	for (old = strtok_r(from, "\n", &rest); old; old = strtok_r(NULL, "\n", &rest)) {
		if (is_foreign(old))
			continue;
		assert_non_null(new);
		compare_fields(old, new);
		new = strtok_r(NULL, "\n", &more);
		count++;
	}
	assert_null(new);
	assert_true(count > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_keeps_its_depth_and_is_the_same_everywhere),
		cmocka_unit_test(what_the_kernel_says_stays),
		cmocka_unit_test(what_the_model_judges_by_stays),
		cmocka_unit_test(names_that_only_look_like_the_systems_do_not_stay),
		cmocka_unit_test(the_c_library_is_known_by_name_anywhere),
		cmocka_unit_test(a_shown_name_stays_wherever_its_path_occurs),
		cmocka_unit_test(no_two_paths_become_one),
		cmocka_unit_test(fields_that_are_not_known_are_left_out),
		cmocka_unit_test(words_in_the_place_of_numbers_are_left_out),
		cmocka_unit_test(what_is_asked_for_stays),
		cmocka_unit_test(every_field_of_the_samples_has_its_rule),
	};

	return logs_run(tests);
}
