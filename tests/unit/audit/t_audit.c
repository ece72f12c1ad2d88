/* t_audit.c - records to events to findings: what is one finding, whose address space it is, and what is remembered. */
#include "../vm/calls.h"

#include <stdio.h>

#include "../../../collector/audit/core.h"

struct trial {
	struct script script;
	struct audit *audit;
};

static int setup(void **state)
{
	static struct trial trial;

	script_begin(&trial.script);
	trial.audit = audit_new(trial.script.world, NULL, NULL);
	*state = &trial;
	return 0;
}

static int teardown(void **state)
{
	struct trial *trial = *state;

	audit_free(trial->audit);
	script_end(&trial->script);
	return 0;
}

#define TRIED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void call(struct trial *trial, enum call_id id, uint32_t stack, uint64_t a, uint64_t b, uint64_t c)
{
	struct record record = call_record(&trial->script, id, 0, 0);

	record.call.arg[0] = a;
	record.call.arg[1] = b;
	record.call.arg[2] = c;
	record.call.stack = stack;
	audit_apply(trial->audit, &record);
}

static void map(struct trial *trial, int page, int pages, int prot)
{
	struct record record = call_record(&trial->script, CALL_mmap, (int64_t)PAGE(page), 0);

	record.call.arg[0] = PAGE(page);
	record.call.arg[1] = PAGES(pages);
	record.call.arg[2] = (uint64_t)prot;
	record.call.arg[3] = PAF;
	record.call.arg[4] = UINT64_MAX;
	record.call.stack = 77;
	audit_apply(trial->audit, &record);
}

static void process(struct trial *trial, enum process_event event, int32_t pid, int32_t ppid)
{
	struct record record = { .type = RECORD_PROCESS, .seq = ++trial->script.seq, .pid = pid };

	record.process.event = event;
	record.process.ppid = ppid;
	audit_apply(trial->audit, &record);
}

/* A stack of frames at these offsets of one module. */
static void stack(struct trial *trial, uint32_t id, uint32_t module, uint64_t first, uint64_t fifth)
{
	const struct stack_frame frame[] = { { module, first }, { module, 2 }, { module, 3 }, { module, 4 },
					     { module, fifth } };
	struct record record = { .type = RECORD_STACK, .pid = trial->script.pid };

	record.stack = (struct record_stack){ .id = id, .count = 5, .frame = frame };
	audit_apply(trial->audit, &record);
}

static void module(struct trial *trial, uint32_t id, const char *path)
{
	struct record record = { .type = RECORD_MODULE, .pid = trial->script.pid };

	record.module = (struct record_module){ .id = id, .path = path, .build_id = "ab" };
	audit_apply(trial->audit, &record);
}

/* The finding number @index of a rule, of @count in all; other rules may find what they like. */
static const struct finding *found(struct trial *trial, enum rule_id rule, size_t index, size_t count)
{
	struct finding *const *finding;
	const struct finding *wanted = NULL;
	size_t all, mine = 0;

	finding = audit_findings(trial->audit, &all);
	for (size_t i = 0; i < all; i++)
		if (finding[i]->rule == rule && mine++ == index)
			wanted = finding[i];
	assert_int_equal(mine, count);
	return wanted;
}

static void equal_findings_of_one_place_are_one_with_a_count(void **state)
{
	struct trial *trial = *state;
	uint64_t first;

	map(trial, 0, 2, RW);
	first = trial->script.seq + 1;
	for (int i = 0; i < 1000; i++)
		call(trial, CALL_mprotect, 5, PAGE(i % 2), PAGES(1), RW);
	call(trial, CALL_mprotect, 6, PAGE(0), PAGES(1), RW);
	assert_int_equal(found(trial, RULE_prot_noop, 0, 2)->count, 1000);
	assert_int_equal(found(trial, RULE_prot_noop, 0, 2)->about.seq, first);
	assert_int_equal(found(trial, RULE_prot_noop, 0, 2)->last_seq, first + 999);
	assert_int_equal(found(trial, RULE_prot_noop, 1, 2)->count, 1);
}

static void a_place_is_four_frames_without_addresses(void **state)
{
	struct trial *trial = *state;

	map(trial, 0, 2, RW);
	module(trial, 1, "/bin/a");
	module(trial, 2, "/bin/a");
	module(trial, 3, "/bin/b");
	stack(trial, 1, 1, 10, 100);
	stack(trial, 2, 2, 10, 200);
	stack(trial, 3, 3, 10, 100);
	stack(trial, 4, 1, 11, 100);
	for (uint32_t id = 1; id <= 4; id++)
		call(trial, CALL_mprotect, id, PAGE(0), PAGES(1), RW);
	assert_int_equal(found(trial, RULE_prot_noop, 0, 3)->count, 2);
	assert_int_equal(site_of(trial->audit, 1), site_of(trial->audit, 2));
}

/* Code that is made anew all the time has stacks without end; those of calls that come again are asked for. */
static void stacks_are_bounded_where_told_and_those_asked_for_stay(void **state)
{
	struct trial *trial = *state;
	uint64_t hot;

	audit_bound_stacks(trial->audit, 100);
	stack(trial, 1, 1, 10, 100);
	hot = site_of(trial->audit, 1);
	for (uint32_t id = 2; id < 1002; id++) {
		stack(trial, id, 1, id, 100);
		assert_int_equal(site_of(trial->audit, 1), hot);
	}
	assert_in_range(audit_stacks(trial->audit), 100, 202);
	assert_int_equal(site_of(trial->audit, 2), 2);
	assert_int_not_equal(site_of(trial->audit, 1001), 1001);
}

static void runs_of_pages_of_one_call_count_once(void **state)
{
	struct trial *trial = *state;

	map(trial, 0, 2, RW);
	map(trial, 2, 2, R);
	map(trial, 4, 2, R | X);
	call(trial, CALL_mprotect, 5, PAGE(0), PAGES(6), RW | X);
	assert_int_equal(found(trial, RULE_wx_mapping, 0, 1)->count, 1);
	assert_int_equal(found(trial, RULE_wx_mapping, 0, 1)->pages, 6);
	assert_int_equal(found(trial, RULE_wx_mapping, 0, 1)->addr, PAGE(0));
}

static bool of_thread_7(void *arg, const struct record *record)
{
	(void)arg;
	return record->tid == 7;
}

static void what_is_not_asked_for_is_not_reported(void **state)
{
	struct trial *trial = *state;
	size_t count;

	audit_free(trial->audit);
	trial->audit = audit_new(trial->script.world, of_thread_7, NULL);
	map(trial, 0, 1, RW);
	call(trial, CALL_mprotect, 5, PAGE(0), PAGES(1), RW);
	call(trial, CALL_mlock, 5, PAGE(0), PAGES(1), 0);
	process(trial, PROCESS_EXIT, 100, 0);
	assert_null(audit_findings(trial->audit, &count));
	assert_int_equal(count, 0);
}

static void errors_come_first(void **state)
{
	struct trial *trial = *state;
	struct finding *const *finding;
	size_t count;

	map(trial, 0, 1, RW);
	call(trial, CALL_mprotect, 5, PAGE(0), PAGES(1), RW);
	map(trial, 1, 1, RW | X);
	finding = audit_findings(trial->audit, &count);
	assert_true(count >= 2);
	assert_int_equal(finding[0]->severity, SEVERITY_ERROR);
	for (size_t i = 1; i < count; i++)
		assert_true(finding[i - 1]->severity <= finding[i]->severity);
}

/* ---- address spaces ---- */

static void vfork(struct trial *trial, int32_t child)
{
	struct record record = call_record(&trial->script, CALL_vfork, child, 0);

	audit_apply(trial->audit, &record);
}

static void a_vfork_childs_exec_ends_no_lock_of_its_parent(void **state)
{
	struct trial *trial = *state;

	map(trial, 0, 1, RW);
	call(trial, CALL_mlock, 5, PAGE(0), 1, 0);
	vfork(trial, 101);
	process(trial, PROCESS_START, 101, 100);
	process(trial, PROCESS_EXIT, 101, 0);
	vfork(trial, 102);
	process(trial, PROCESS_EXIT, 102, 0);
	assert_null(found(trial, RULE_lock_never_released, 0, 0));
	process(trial, PROCESS_EXIT, 100, 0);
	assert_int_equal(found(trial, RULE_lock_never_released, 0, 1)->count, 1);
}

static void exec_ends_locks_and_a_fork_has_none(void **state)
{
	struct trial *trial = *state;

	map(trial, 0, 1, RW);
	call(trial, CALL_mlock, 5, PAGE(0), 1, 0);
	process(trial, PROCESS_FORK, 101, 100);
	process(trial, PROCESS_EXIT, 101, 0);
	assert_null(found(trial, RULE_lock_never_released, 0, 0));
	process(trial, PROCESS_EXEC, 100, 0);
	assert_int_equal(found(trial, RULE_lock_never_released, 0, 1)->about.call, CALL_mlock);
	process(trial, PROCESS_EXIT, 100, 0);
	assert_int_equal(found(trial, RULE_lock_never_released, 0, 1)->count, 1);
}

/* ---- what is remembered ---- */

static void origins_are_those_of_what_is_alive(void **state)
{
	struct trial *trial = *state;
	uint64_t kept, gone;

	map(trial, 0, 1, RW);
	kept = trial->script.seq;
	call(trial, CALL_mlock, 9, PAGE(0), 1, 0);
	map(trial, 4, 1, RW);
	gone = trial->script.seq;
	for (int i = 0; i < 100000; i++) {
		map(trial, 4, 1, RW);
		call(trial, CALL_madvise, 3, PAGE(4), PAGES(1), K_MADV_NORMAL);
	}
	assert_int_equal(origin_call(trial->audit, kept)->call, CALL_mmap);
	assert_int_equal(origin_call(trial->audit, kept)->stack, 77);
	assert_int_equal(origin_call(trial->audit, kept + 1)->call, CALL_mlock);
	assert_null(origin_call(trial->audit, gone));
	assert_null(origin_call(trial->audit, 0));
	assert_true(trial->audit->origins.room < 4096);
}

static void every_row_says_what_a_row_has_to_say(void **state)
{
	(void)state;
	for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
		const struct rule_row *row = &rule_table[rule];
		const char *end = row->advice + strlen(row->advice) - 1;

		if (!*row->title || !*row->why || !*row->source || *end != '.' || row->title[strlen(row->title) - 1] == '.' ||
		    row->why[strlen(row->why) - 1] != '.' || row->source[strlen(row->source) - 1] == '.')
			fail_msg("%s: title and source have no full stop, why and advice end with one", row->name);
		assert_int_equal(rule_find(row->name), rule);
	}
	assert_int_equal(rule_find("no-such-rule"), RULE_COUNT);
}

static void every_reason_has_its_half_sentence(void **state)
{
	(void)state;
	for (int reason = 0; reason < WHY_COUNT; reason++) {
		const char *phrase = reason_phrase((enum why_reason)reason);

		if (!phrase || !*phrase || phrase[strlen(phrase) - 1] == '.')
			fail_msg("%s: %s", why_name((enum why_reason)reason), phrase ? phrase : "no words");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRIED(equal_findings_of_one_place_are_one_with_a_count),
		TRIED(a_place_is_four_frames_without_addresses),
		TRIED(stacks_are_bounded_where_told_and_those_asked_for_stay),
		TRIED(runs_of_pages_of_one_call_count_once),
		TRIED(what_is_not_asked_for_is_not_reported),
		TRIED(errors_come_first),
		TRIED(a_vfork_childs_exec_ends_no_lock_of_its_parent),
		TRIED(exec_ends_locks_and_a_fork_has_none),
		TRIED(origins_are_those_of_what_is_alive),
		TRIED(every_row_says_what_a_row_has_to_say),
		TRIED(every_reason_has_its_half_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
