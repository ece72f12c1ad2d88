/* t_diff.c - two counts of places and findings beside each other. */
#include <string.h>

#include "calls.h"

#include "../../../collector/diff/diff.h"

static char load[] = "app!load", save[] = "app!save", scan[] = "app!scan";

static struct site site(enum call_id call, char *key, uint64_t calls, uint64_t locked)
{
	return (struct site){ .call = call, .key = key, .sums = { .calls = calls, .locked = locked } };
}

/* One line for each difference: its kind, call and key. */
static void assert_sites(struct site *old, size_t olds, struct site *new, size_t news, uint64_t tolerance,
			 const char *want)
{
	static const char *const kinds[] = { "+", "-", "~" };
	const struct side a = { .site = old, .sites = olds }, b = { .site = new, .sites = news };
	struct text text = { 0 };
	struct diff diff;

	diff_make(&diff, &a, &b, tolerance);
	for (size_t i = 0; i < diff.sites; i++) {
		const struct site_change *change = &diff.site[i];
		const struct site *one = change->new ? change->new : change->old;

		text_printf(&text, "%s%s %s;", kinds[change->kind], call_table[one->call].name, one->key);
	}
	assert_string_equal(text_read(&text), want);
	assert_int_equal(diff_is_empty(&diff), !*want);
	diff_free(&diff);
	text_free(&text);
}

static void places_are_matched_by_call_and_key(void **state)
{
	struct site old[] = { site(CALL_mlock, load, 1, 1), site(CALL_mmap, load, 2, 0), site(CALL_munmap, save, 1, 0) };
	struct site new[] = { site(CALL_mlock, load, 1, 1), site(CALL_mlock, scan, 1, 0), site(CALL_mmap, load, 3, 0) };

	(void)state;
	assert_sites(old, 3, new, 3, 0, "+mlock app!scan;-munmap app!save;~mmap app!load;");
	assert_sites(old, 3, old, 3, 0, "");
	assert_sites(NULL, 0, new, 1, 0, "+mlock app!load;");
	assert_sites(NULL, 0, NULL, 0, 0, "");
}

static void every_sum_counts(void **state)
{
	struct site old[] = { site(CALL_mlock, load, 1, 1) };

	(void)state;
	for (size_t at = 0; at < sizeof(struct site_sums); at += sizeof(uint64_t)) {
		struct site new[] = { old[0] };

		*(uint64_t *)((char *)&new[0].sums + at) += 1;
		assert_sites(old, 1, new, 1, 0, "~mlock app!load;");
	}
}

static void small_changes_are_tolerated_when_asked(void **state)
{
	struct site old[] = { site(CALL_mmap, load, 100, 0) }, more[] = { site(CALL_mmap, load, 110, 0) };
	struct site less[] = { site(CALL_mmap, load, 89, 0) }, locks[] = { site(CALL_mmap, load, 100, 1) };

	(void)state;
	assert_sites(old, 1, more, 1, 10, "");
	assert_sites(old, 1, more, 1, 9, "~mmap app!load;");
	assert_sites(old, 1, less, 1, 10, "~mmap app!load;");
	/* from nothing to something is never small */
	assert_sites(old, 1, locks, 1, 1000, "~mmap app!load;");
}

static void findings_are_matched_by_rule_and_fingerprint(void **state)
{
	struct side_finding old[] = { { .rule = 0, .fingerprint = "0000000000000001", .count = 2 } };
	struct side_finding new[] = { { .rule = 0, .fingerprint = "0000000000000001", .count = 2 },
				      { .rule = 0, .fingerprint = "0000000000000002", .count = 1 } };
	const struct side a = { .finding = old, .findings = 1 }, b = { .finding = new, .findings = 2 };
	struct diff diff;

	(void)state;
	diff_make(&diff, &a, &b, 0);
	assert_int_equal(diff.findings, 1);
	assert_int_equal(diff.same_findings, 1);
	assert_int_equal(diff.finding[0].kind, CHANGE_APPEARED);
	assert_string_equal(diff.finding[0].new->fingerprint, "0000000000000002");
	diff_free(&diff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_matched_by_call_and_key),
		cmocka_unit_test(every_sum_counts),
		cmocka_unit_test(small_changes_are_tolerated_when_asked),
		cmocka_unit_test(findings_are_matched_by_rule_and_fingerprint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
