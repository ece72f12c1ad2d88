/* Policies: what is taken, and what each fault is told as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../collector/verdict/policy.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static int parse(const char *text, struct policy *policy, struct err *err)
{
	return policy_parse(text, strlen(text), "p.json", policy, err);
}

/* Each stands in one line; the message is what follows the file's name. */
static const struct fault {
	const char *text, *message;
} faults[] = {
	/* not JSON */
	{ "", ":1:1: not JSON: '[' or '{' expected near end of file" },
	{ "{\"version\": 1,\n\"rules\": {}", ":2:11: not JSON: '}' expected near end of file" },
	{ "{\"version\":1,\"version\":1}", ":1:22: not JSON: duplicate object key near '\"version\"'" },
	{ "[1]", ":1:1: expected a policy, an object, found an array" },
	{ "{}", ":1:1: expected a policy to have \"version\"" },
	/* the top */
	{ "{\"version\": 2}", ":1:13: version: expected 1, the version of the format, found 2" },
	{ "{\"version\": \"1\"}", ":1:13: version: expected 1, the version of the format, found \"1\"" },
	{ "{\"version\":1,\n  \"rulse\": {}}", ":2:3: rulse: no key \"rulse\"; did you mean \"rules\"?" },
	{ "{\"version\":1,\"zebra\":0}", ":1:14: zebra: no key \"zebra\"; expected version, title, extends, fail_on, known, "
	  "rules, allow, expectations or budgets" },
	{ "{\"version\":1,\"fail_on\":\"errors\"}", ":1:24: fail_on: expected error, warning, note or never, found \"errors\"" },
	{ "{\"version\":1,\"known\":true}", ":1:22: known: expected ignore or count, found true" },
	{ "{\"version\":1,\"title\":\"  \"}", ":1:22: title: expected a few words, found \"  \"" },
	{ "{\"version\":1,\"extends\":\"secret\"}", ":1:24: extends: no ready policy \"secret\"; did you mean \"secrets\"?" },
	{ "{\"version\":1,\"extends\":7}", ":1:24: extends: expected the name of a ready policy, found 7" },
	/* rules */
	{ "{\"version\":1,\"rules\":[]}", ":1:22: rules: expected rules and their severities, an object, found an empty array" },
	{ "{\"version\":1,\"rules\":{\n\t\"wx-maping\":\"off\"}}",
	  ":2:2: rules.wx-maping: no rule \"wx-maping\"; did you mean \"wx-mapping\"?" },
	{ "{\"version\":1,\"rules\":{\"zzz\":\"off\"}}",
	  ":1:23: rules.zzz: no rule \"zzz\"; `pagetrail help findings` lists them" },
	{ "{\"version\":1,\"rules\":{\"wx-mapping\":\"fatal\"}}",
	  ":1:36: rules.wx-mapping: expected default, off, note, warning or error, found \"fatal\"" },
	{ "{\"version\":1,\"rules\":{\"*\":\"off\",\"wx-mapping\":null}}",
	  ":1:46: rules.wx-mapping: expected default, off, note, warning or error, found null" },
	/* what is allowed */
	{ "{\"version\":1,\"allow\":{}}", ":1:22: allow: expected what is allowed, an array, found an empty object" },
	{ "{\"version\":1,\"allow\":[3]}", ":1:23: allow[0]: expected an entry of the allow-list, an object, found 3" },
	{ "{\"version\":1,\"allow\":[{\"rule\":\"*\",\"module\":\"m\"}]}",
	  ":1:23: allow[0]: expected an entry of the allow-list to have \"reason\"" },
	{ "{\"version\":1,\"allow\":[{\"rule\":\"*\",\"module\":\"m\",\"reason\":\"\"}]}",
	  ":1:57: allow[0].reason: expected a string that says why, found \"\"" },
	{ "{\"version\":1,\"allow\":[{\"rule\":\"*\",\"reason\":\"r\"}]}",
	  ":1:23: allow[0]: expected \"module\", \"function\", \"site\" or \"program\"; to allow a rule everywhere, switch it off "
	  "under \"rules\"" },
	{ "{\"version\":1,\"allow\":[{\"rule\":[\"wx-mapping\",\"wx\"],\"module\":\"m\",\"reason\":\"r\"}]}",
	  ":1:45: allow[0].rule[1]: no rule \"wx\"; `pagetrail help findings` lists them" },
	{ "{\"version\":1,\"allow\":[{\"rule\":[],\"module\":\"m\",\"reason\":\"r\"}]}",
	  ":1:31: allow[0].rule: expected a rule's name, or an array of names, found an empty array" },
	{ "{\"version\":1,\"allow\":[{\"rule\":\"*\",\"modul\":\"m\"}]}",
	  ":1:35: allow[0].modul: no key \"modul\"; did you mean \"module\"?" },
	/* expectations */
	{ "{\"version\":1,\"expectations\":[{}]}",
	  ":1:30: expectations[0]: expected \"expect\", which says what this is about" },
	{ "{\"version\":1,\"expectations\":[{\"id\":\"a\",\"expect\":\"page\"}]}",
	  ":1:49: expectations[0].expect: no expectation \"page\"; did you mean \"pages\"?" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"no-wx\",\"at\":\"exit\"}]}",
	  ":1:30: expectations[0]: expected an expectation of no-wx to have \"id\"" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"no-wx\",\"id\":\"a b\",\"at\":\"exit\"}]}",
	  ":1:53: expectations[0].id: expected up to 64 letters, digits, '.', '_' and '-', found \"a b\"" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"no-wx\",\"id\":\"a\",\"at\":\"noon\"}]}",
	  ":1:62: expectations[0].at: expected a moment: start, exit, 1.25s, mark:LABEL or call:NAME, found \"noon\"" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"no-wx\",\"id\":\"a\",\"at\":\"#7\"}]}",
	  ":1:62: expectations[0].at: a policy is for more than one log; expected a moment: start, exit, 1.25s, mark:LABEL or "
	  "call:NAME, found \"#7\"" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"no-wx\",\"id\":\"a\",\"at\":\"call:mlokall\"}]}",
	  ":1:62: expectations[0].at: no call \"mlokall\"; did you mean \"mlockall\"?" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"no-wx\",\"id\":\"a\",\"at\":\"exit\",\"have\":\"locked\"}]}",
	  ":1:69: expectations[0].have: no key \"have\"; expected expect, id, program or at" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"no-wx\",\"id\":\"a\",\"at\":\"exit\"},\n{\"expect\":\"no-wx\",\"id\":\"a\",\"at\":"
	  "\"exit\"}]}", ":2:1: expectations[1]: a second one with the id \"a\"" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"pages\",\"id\":\"a\",\"mapped_by\":{},\"have\":\"locked\",\"at\":\"exit\"}]}",
	  ":1:69: expectations[0].mapped_by: expected \"function\", \"site\" or \"module\", found an empty object" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"pages\",\"id\":\"a\",\"mapped_by\":{\"function\":\"f\"},\"have\":\"lock\"}]}",
	  ":1:93: expectations[0].have: expected locked, dontdump, dontfork or wipeonfork, found \"lock\"" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"pages\",\"id\":\"a\",\"mapped_by\":{\"function\":\"f\"},\"have\":\"locked\"}]}",
	  ":1:30: expectations[0]: expected \"at\" or \"until\"" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"pages\",\"id\":\"a\",\"mapped_by\":{\"function\":\"f\"},\"have\":\"locked\","
	  "\"at\":\"exit\",\"until\":\"exit\"}]}", ":1:30: expectations[0]: expected \"at\" or \"until\", not both" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"pages\",\"id\":\"a\",\"mapped_by\":{\"function\":\"f\"},\"have\":\"locked\","
	  "\"at\":\"exit\",\"released_by\":{\"function\":\"g\"}}]}", ":1:30: expectations[0]: \"released_by\" needs \"until\"" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"no-calls\",\"id\":\"a\",\"calls\":[\"mprotect\",\"mprotct\"]}]}",
	  ":1:80: expectations[0].calls[1]: no call \"mprotct\"; did you mean \"mprotect\"?" },
	{ "{\"version\":1,\"expectations\":[{\"expect\":\"mlockall\",\"id\":\"a\",\"at\":\"exit\",\"flags\":\"all\"}]}",
	  ":1:80: expectations[0].flags: expected current or future, found \"all\"" },
	/* budgets */
	{ "{\"version\":1,\"budgets\":[{\"limit\":\"calls\",\"id\":\"a\",\"most\":-1}]}",
	  ":1:58: budgets[0].most: expected a whole number from 0 on, found -1" },
	{ "{\"version\":1,\"budgets\":[{\"limit\":\"calls\",\"id\":\"a\",\"most\":1.5}]}",
	  ":1:58: budgets[0].most: expected a whole number from 0 on, found 1.5" },
	{ "{\"version\":1,\"budgets\":[{\"limit\":\"peak-locked-bytes\",\"id\":\"a\",\"most\":\"64 kB\"}]}",
	  ":1:70: budgets[0].most: expected bytes: a whole number, or a string like \"64 KiB\", found \"64 kB\"" },
	{ "{\"version\":1,\"budgets\":[{\"limit\":\"peak-locked-bytes\",\"id\":\"a\",\"most\":\"99999999999G\"}]}",
	  ":1:70: budgets[0].most: expected bytes: a whole number, or a string like \"64 KiB\", found \"99999999999G\"" },
	{ "{\"version\":1,\"budgets\":[{\"limit\":\"pages\",\"id\":\"a\",\"most\":1}]}",
	  ":1:34: budgets[0].limit: no budget \"pages\"; expected peak-locked-bytes, peak-mappings, peak-wx-bytes, calls, "
	  "calls-per-site or failed-calls" },
	/* escapes and other scripts: columns count characters, members are found by their place */
	{ "{\"version\":1,\"title\":\"\\\"}\\u00e9{\",\"fail_on\":0}", ":1:45: fail_on: expected error, warning, note or never, found 0" },
	{ "{\"version\":1,\"title\":\"\xc3\xa9\xc3\xa9\",\"fail_on\":0}", ":1:37: fail_on: expected error, warning, note or never, found 0" },
	{ "{\"version\":1,\"\\u001b[31m\":0}", ":1:14: \\033[31m: no key \"\\033[31m\"; expected version, title, extends, fail_on, "
	  "known, rules, allow, expectations or budgets" },
};

static void each_fault_is_told_with_its_place_and_what_was_expected(void **unused)
{
	struct policy policy;
	struct err err;

	(void)unused;
	for (size_t i = 0; i < LENGTH(faults); i++) {
		assert_int_not_equal(parse(faults[i].text, &policy, &err), 0);
		assert_memory_equal(err.text, "p.json", 6);
		assert_string_equal(err.text + 6, faults[i].message);
		policy_free(&policy);
	}
}

static void a_policy_says_all_that_it_can(void **unused)
{
	static const char text[] =
		"{\"version\":1,\"title\":\"t\",\"fail_on\":\"never\",\"known\":\"count\","
		"\"rules\":{\"wx-mapping\":\"note\",\"*\":\"off\"},"
		"\"allow\":[{\"rule\":[\"wx-mapping\",\"exec-stack\"],\"site\":\"s\",\"program\":\"p\",\"reason\":\"r\"}],"
		"\"expectations\":[{\"expect\":\"no-calls\",\"id\":\"a\",\"calls\":\"*\",\"from\":\"mark:x\",\"until\":\"1.5s\"}],"
		"\"budgets\":[{\"limit\":\"peak-wx-bytes\",\"id\":\"b\",\"most\":\"64 KiB\"},"
		"{\"limit\":\"failed-calls\",\"id\":\"c\",\"most\":3,\"calls\":\"mlock\"}]}";
	struct policy policy;
	struct err err;

	(void)unused;
	assert_int_equal(parse(text, &policy, &err), 0);
	assert_true(policy.fails_never && policy.counts);
	assert_int_equal(policy.rule[RULE_wx_mapping], WISH_NOTE);
	assert_int_equal(policy.rule[RULE_lock_refused], WISH_OFF);
	assert_int_equal(policy.allows, 1);
	assert_true(policy.allow[0].rule[RULE_exec_stack] && !policy.allow[0].rule[RULE_lock_lost]);
	assert_int_equal(policy.demands, 3);
	assert_true(policy.demand[0].call[CALL_mmap] && !policy.demand[0].call[CALL_exit]);
	assert_int_equal(policy.demand[0].until.t_ns, 1500000000);
	assert_int_equal(policy.demand[1].most, 65536);
	assert_int_equal(policy.demand[2].result, WANTED_FAIL);
	policy_free(&policy);
}

static void ready_policies_are_policies(void **unused)
{
	size_t count = 0;

	(void)unused;
	for (const struct policy_ready *ready = policy_ready; ready->name; ready++, count++) {
		struct policy policy;
		struct err err;

		assert_int_equal(policy_parse(ready->bytes, ready->length, ready->name, &policy, &err), 0);
		assert_non_null(policy.title);
		policy_free(&policy);
	}
	assert_int_equal(count, 4);
	assert_null(policy_find_ready("secret"));
	assert_non_null(policy_find_ready("secrets"));
}

static void what_extends_a_policy_adds_to_it_and_replaces_by_id(void **unused)
{
	static const char text[] =
		"{\"version\":1,\"rules\":{\"lock-refused\":\"off\"},\"fail_on\":\"error\",\"expectations\":[{\"expect\":\"no-wx\","
		"\"id\":\"nothing-is-unlocked\",\"at\":\"exit\"},{\"expect\":\"no-wx\",\"id\":\"own\",\"at\":\"exit\"}],"
		"\"extends\":\"realtime\"}";
	struct policy policy;
	struct err err;
	unsigned wx = 0;

	(void)unused;
	assert_int_equal(parse(text, &policy, &err), 0);
	assert_int_equal(policy.rule[RULE_lock_refused], WISH_OFF);
	assert_int_equal(policy.rule[RULE_lock_cancelled_future], WISH_ERROR);
	assert_int_equal(policy.fail_on, SEVERITY_ERROR);
	assert_int_equal(policy.demands, 3);
	for (size_t i = 0; i < policy.demands; i++)
		wx += policy.demand[i].kind == DEMAND_NO_WX;
	assert_int_equal(wx, 2);
	policy_free(&policy);
}

/* What a fuzzer would find first. */
static void no_part_of_a_policy_and_no_depth_is_too_much(void **unused)
{
	static const char text[] =
		"{\"version\":1,\"allow\":[{\"rule\":[\"wx-mapping\"],\"module\":\"m\",\"reason\":\"r\"}],\"expectations\":[{\"expect\":"
		"\"pages\",\"id\":\"a\",\"mapped_by\":{\"function\":\"f\"},\"have\":[\"locked\"],\"until\":\"exit\"}]}";
	const size_t deep = 100000;
	char *nested = malloc(deep);
	struct policy policy;
	struct err err;

	(void)unused;
	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		assert_int_not_equal(policy_parse(text, length, "p.json", &policy, &err), 0);
		policy_free(&policy);
	}
	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		char copy[sizeof(text)];

		memcpy(copy, text, sizeof(text));
		copy[at] = '\0';
		assert_int_not_equal(policy_parse(copy, sizeof(text) - 1, "p.json", &policy, &err), 0);
		policy_free(&policy);
	}
	memset(nested, '[', deep);
	assert_int_not_equal(policy_parse(nested, deep, "p.json", &policy, &err), 0);
	policy_free(&policy);
	free(nested);
}

static void a_policy_of_more_than_a_mebibyte_is_refused(void **unused)
{
	const size_t length = POLICY_BYTES_MAX + 1;
	char *blank = malloc(length);
	struct policy policy;
	struct err err;

	(void)unused;
	memset(blank, ' ', length);
	assert_int_not_equal(policy_parse(blank, length, "p.json", &policy, &err), 0);
	assert_string_equal(err.text, "p.json: 1048577 bytes; expected at most 1048576");
	policy_free(&policy);
	free(blank);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_is_told_with_its_place_and_what_was_expected),
		cmocka_unit_test(a_policy_says_all_that_it_can),
		cmocka_unit_test(ready_policies_are_policies),
		cmocka_unit_test(what_extends_a_policy_adds_to_it_and_replaces_by_id),
		cmocka_unit_test(no_part_of_a_policy_and_no_depth_is_too_much),
		cmocka_unit_test(a_policy_of_more_than_a_mebibyte_is_refused),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
