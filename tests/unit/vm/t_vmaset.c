/*
 * t_vmaset.c - the set keeps its invariants and agrees with an array of pages, whatever is put and removed.
 */
#include "calls.h"

enum { PAGES_MAX = 4096 };

static uint64_t seed;

static unsigned pick(unsigned below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(seed >> 33) % below;
}

static struct vma some_vma(unsigned page, unsigned pages)
{
	return (struct vma){
		.start = PAGE(page), .end = PAGE(page + pages), .prot = (uint8_t)pick(8), .lock = (uint8_t)pick(3),
		.kind = pick(9) ? KIND_ANON : KIND_TRACER, .by.map = pick(2),
	};
}

/* Sorted, disjoint, nothing joinable left apart, sums equal to a recount. */
static void assert_sound(const struct vmaset *set)
{
	struct vmasums sums = { 0 };
	const struct vma *vma = vmaset_find(set, 0), *last = NULL;
	size_t count = 0;

	for (; vma; last = vma, vma = vmaset_find(set, vma->end)) {
		uint64_t bytes = vma->end - vma->start;

		assert_true(vma->start < vma->end);
		assert_true(!last || last->end <= vma->start);
		assert_false(last && vma_continues(last, vma) && vma_same_history(last, vma));
		assert_ptr_equal(vmaset_before(set, vma->start), last);
		sums.mapped += bytes;
		sums.counted += vma->lock ? bytes : 0;
		sums.locked += vma->lock && vma->kind != KIND_TRACER ? bytes : 0;
		sums.wx += (vma->prot & 6) == 6 ? bytes : 0;
		sums.data += (vma->prot & 2) && !vma->shared && !(vma->flags & VMA_GROWSDOWN) ? bytes : 0;
		count++;
	}
	assert_int_equal(count, set->count);
	assert_memory_equal(&sums, &set->sums, sizeof sums);
}

static void assert_pages(const struct vmaset *set, const struct vma *pages)
{
	for (unsigned i = 0; i < PAGES_MAX; i++) {
		const struct vma *vma = vmaset_find(set, PAGE(i));
		bool mapped = vma && vma->start <= PAGE(i);

		assert_int_equal(mapped, pages[i].end != 0);
		assert_true(!mapped || (vma_same_facts(vma, &pages[i]) && vma->by.map == pages[i].by.map));
	}
}

static void random_puts_agree_with_pages(void **state)
{
	static struct vma pages[PAGES_MAX];
	struct vmaset set;

	(void)state;
	seed = 1;
	memset(pages, 0, sizeof pages);
	vmaset_init(&set);
	for (int step = 0; step < 60000; step++) {
		unsigned page = pick(PAGES_MAX), span = 1 + pick(pick(50) ? 8 : 1500);
		struct vma vma;

		if (page + span > PAGES_MAX)
			span = PAGES_MAX - page;
		vma = some_vma(page, span);
		if (pick(3)) {
			vmaset_put(&set, &vma);
		} else {
			vmaset_remove(&set, vma.start, vma.end);
			vma.end = 0;
		}
		for (unsigned i = page; i < page + span; i++)
			pages[i] = vma;
		if (step % 500 == 0) {
			assert_sound(&set);
			assert_pages(&set, pages);
		}
	}
	vmaset_free(&set);
}

static void equal_neighbours_become_one(void **state)
{
	struct vmaset set;
	struct vma vma = { .start = PAGE(0), .end = PAGE(2), .prot = RW };

	(void)state;
	vmaset_init(&set);
	vmaset_put(&set, &vma);
	vma.start = PAGE(4);
	vma.end = PAGE(6);
	vmaset_put(&set, &vma);
	assert_int_equal(set.count, 2);
	vma.start = PAGE(2);
	vma.end = PAGE(4);
	vmaset_put(&set, &vma);
	assert_int_equal(set.count, 1);
	assert_int_equal(vmaset_find(&set, 0)->end, PAGE(6));
	vmaset_free(&set);
}

static void different_history_stays_apart(void **state)
{
	struct vmaset set;
	struct vma vma = { .start = PAGE(0), .end = PAGE(2), .prot = RW, .by.map = 1 };

	(void)state;
	vmaset_init(&set);
	vmaset_put(&set, &vma);
	vma.start = PAGE(2);
	vma.end = PAGE(4);
	vma.by.map = 2;
	vmaset_put(&set, &vma);
	assert_int_equal(set.count, 2);
	vmaset_free(&set);
}

static void pages_of_an_object_join_only_in_order(void **state)
{
	struct vmaset set;
	struct vma vma = { .start = PAGE(0), .end = PAGE(1), .kind = KIND_FILE, .ino = 7 };

	(void)state;
	vmaset_init(&set);
	vmaset_put(&set, &vma);
	vma.start = PAGE(1);
	vma.end = PAGE(2);
	vma.offset = PAGES(3);
	vmaset_put(&set, &vma);
	assert_int_equal(set.count, 2);
	vma.offset = PAGES(1);
	vmaset_put(&set, &vma);
	assert_int_equal(set.count, 1);
	vmaset_remove(&set, PAGE(0), PAGE(1));
	assert_int_equal(vmaset_find(&set, 0)->offset, PAGES(1));
	vmaset_free(&set);
}

static void ascending_and_descending_sets_empty_again(void **state)
{
	struct vmaset set;

	(void)state;
	vmaset_init(&set);
	for (int round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 60000; i++) {
			unsigned page = 2 * (round ? 60000 - i : i);
			struct vma vma = { .start = PAGE(page), .end = PAGE(page + 1) };

			vmaset_put(&set, &vma);
		}
		assert_int_equal(set.count, 60000);
		assert_sound(&set);
		vmaset_remove(&set, 0, UINT64_MAX);
		assert_int_equal(set.count, 0);
		assert_null(vmaset_find(&set, 0));
		assert_int_equal(set.height, 0);
	}
	vmaset_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_puts_agree_with_pages),
		cmocka_unit_test(equal_neighbours_become_one),
		cmocka_unit_test(different_history_stays_apart),
		cmocka_unit_test(pages_of_an_object_join_only_in_order),
		cmocka_unit_test(ascending_and_descending_sets_empty_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
