/*
 * t_random.c - whatever records say, the model stays sound: records with random words of every kind, results that no
 * kernel gives, snapshots that make no sense (tests/fuzz/noise.h).
 */
#include "../../fuzz/noise.h"
#include "../../fuzz/sound.h"
#include "../../../collector/vm/why.h"
#include "calls.h"

enum { RECORDS = 4000 };

static void assert_holds(const char *problem)
{
	if (problem)
		fail_msg("does not hold: %s", problem);
}

static void any_records_leave_a_sound_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct noise noise = { .seed = seed };
		struct world *world = world_new();

		for (uint64_t i = 1; i <= RECORDS; i++) {
			struct record record = noise_record(&noise, i);
			const struct process *process = world_process(world, record.pid);
			struct why why;

			if (process)
				why_ask(process->space, &record, &why);
			world_apply(world, &record, NULL, NULL);
			if (i % 40 == 0)
				assert_holds(sound_world(world));
		}
		world_free(world);
	}
}

static void the_same_records_give_the_same_state(void **state)
{
	struct noise one = { .seed = 77 }, two = { .seed = 77 };
	struct world *a = world_new(), *b = world_new();

	(void)state;
	for (uint64_t i = 1; i <= RECORDS; i++) {
		struct record first = noise_record(&one, i), second = noise_record(&two, i);

		assert_int_equal(world_apply(a, &first, NULL, NULL), world_apply(b, &second, NULL, NULL));
	}
	assert_holds(sound_same(a, b));
	world_free(a);
	world_free(b);
}

static void snapshot_of_the_models_own_state_changes_nothing(void **state)
{
	struct noise noise = { .seed = 5 };
	struct script *s = *state;

	for (int i = 0; i < RECORDS; i++) {
		struct record record = noise_record(&noise, ++s->seq);
		struct vma before = { 0 }, after = { 0 };
		uint64_t addr = PAGE(noise_pick(&noise, NOISE_PAGES));

		record.pid = 100;
		if (record.type != RECORD_CALL || call_table[record.call.call].effect >= EFFECT_FORK)
			continue;
		script_apply(s, &record);
		if (i % 20)
			continue;
		if (space_find(script_space(s), addr))
			before = *space_find(script_space(s), addr);
		assert_int_equal(sound_listed(script_space(s), UINT32_MAX), 0);
		if (space_find(script_space(s), addr))
			after = *space_find(script_space(s), addr);
		assert_true(sound_pages(&before, &after));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_records_leave_a_sound_model),
		cmocka_unit_test(the_same_records_give_the_same_state),
		FACT(snapshot_of_the_models_own_state_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
