/* t_report_change.c - states and changes in words. */
#include "calls.h"

#include <errno.h>

#include "../../../collector/report/change.h"

static struct text t;
static const struct vma plain = {
	.start = BASE, .end = BASE + PAGE, .prot = 3, .kind = KIND_ANON, .by = {.map = 3, .prot = 3}};

static struct vma with(struct vma vma, uint8_t prot, uint8_t lock, uint16_t advice)
{
	vma.prot = prot;
	vma.lock = lock;
	vma.advice = advice;
	return vma;
}

static void changes(const struct vma *before, const struct vma *after, const char *want)
{
	change_text(&t, before, after);
	assert_text(&t, want);
}

static void every_fact_that_changed_is_said(void **state)
{
	const struct vma locked = with(plain, 3, VMA_LOCKED, 0), onfault = with(plain, 3, VMA_LOCKED_ONFAULT, 0);
	const struct vma secret = with(plain, 5, VMA_LOCKED, ADVICE_DONTDUMP | ADVICE_WIPEONFORK);

	(void)state;
	changes(NULL, &plain, "-> mapped rw- private anon");
	changes(NULL, &locked, "-> mapped rw- private anon, locked");
	changes(&plain, &locked, "-> locked");
	changes(&locked, &onfault, "-> locked on fault");
	changes(&locked, &plain, "-> unlocked");
	changes(&plain, &secret, "-> locked, -> r-x (was rw-), -> wipeonfork, -> dontdump");
	changes(&secret, &locked, "-> rw- (was r-x), -> no longer wipeonfork, -> no longer dontdump");
	changes(&plain, NULL, "-> unmapped");
	changes(&locked, NULL, "-> unmapped, and its lock ended");
	changes(NULL, NULL, "");
}

static void history_alone_is_no_change(void **state)
{
	struct vma later = plain;

	(void)state;
	later.by.prot = later.by.lock = 9;
	assert_false(change_is_real(&plain, &later));
	changes(&plain, &later, "");
	assert_false(change_is_real(NULL, NULL));
	assert_true(change_is_real(&plain, NULL));
}

static void a_new_mapping_in_the_same_place_is_a_change(void **state)
{
	struct vma locked = with(plain, 3, VMA_LOCKED, 0), again = plain;

	(void)state;
	again.by.map = 9;
	assert_true(change_is_real(&plain, &again));
	changes(&plain, &again, "-> replaced: rw- private anon");
	changes(&locked, &again, "-> replaced, and its lock ended: rw- private anon");
}

static void nothing(struct record record, const struct vma *vma, const char *want)
{
	change_none(&t, &record, vma);
	assert_text(&t, want);
}

static void a_call_without_effect_says_why(void **state)
{
	const struct vma locked = with(plain, 3, VMA_LOCKED, 0);

	(void)state;
	nothing(CALL_RECORD(mlock, 0, BASE, 1), &locked, "already locked: no second lock, locks do not nest");
	nothing(CALL_RECORD(munlock, 0, BASE, 1), &plain, "was not locked: nothing to release");
	nothing(CALL_RECORD(mprotect, 0, BASE, 1, 3), &plain, "already rw-: nothing changed");
	nothing(CALL_RECORD(madvise, 0, BASE, PAGE, 16), &plain, "already so: nothing changed");
	nothing(CALL_RECORD(madvise, 0, BASE, PAGE, 4), &plain, "contents dropped: the next touch reads zeros");
	nothing(CALL_RECORD(posix_madvise, 0, BASE, PAGE, 4), &plain,
		"nothing: the C library ignores POSIX_MADV_DONTNEED");
	nothing(CALL_RECORD(madvise, 0, BASE, PAGE, 20), &plain, "no lasting state");
	nothing(failed(CALL_RECORD(mlock, 0, BASE, 1), ENOMEM), &plain, "failed: nothing changed here");
	nothing(failed(CALL_RECORD(mlock, 0, BASE, 1), ENOMEM), NULL, "failed: nothing is mapped here");
	nothing(unfinished(CALL_RECORD(mlock, 0, BASE, 1)), &plain,
		"began and never returned: its effect is not known");
	nothing(CALL_RECORD(munmap, 0, BASE, 1), NULL, "nothing is mapped here");
}

static void a_state_is_told_in_full(void **state)
{
	struct vma vma = with(plain, 0, VMA_LOCKED, ADVICE_DONTDUMP);

	(void)state;
	vma.flags = VMA_SEALED;
	change_state(&t, &vma);
	assert_text(&t, "--- private anon, locked, dontdump, sealed");
	change_state(&t, &plain);
	assert_text(&t, "rw- private anon, NOT locked");
	change_state(&t, NULL);
	assert_text(&t, "not mapped");
}

static int release(void **state)
{
	(void)state;
	text_free(&t);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fact_that_changed_is_said),
		cmocka_unit_test(history_alone_is_no_change),
		cmocka_unit_test(a_new_mapping_in_the_same_place_is_a_change),
		cmocka_unit_test(a_call_without_effect_says_why),
		cmocka_unit_test(a_state_is_told_in_full),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
