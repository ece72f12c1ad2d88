/*
 * t_sharing_many.c - many mappings of a few files: every lock on a page is found, once, in the order of the pages.
 */
#include "sharing.h"

static size_t found_by_hand(struct script *s, const struct vma *asked, int pages)
{
	size_t count = 0;
	const struct vma *vma = space_next(script_space(s), PAGE(0));

	for (; vma && vma->start < PAGE(pages); vma = space_next(script_space(s), vma->end))
		count += vma->lock && vma->ino == asked->ino && vma->offset < asked->offset + PAGES(1) &&
			 asked->offset < vma->offset + (vma->end - vma->start) &&
			 vma->start - vma->offset != asked->start - asked->offset;
	return count;
}

static unsigned some(uint64_t *random, unsigned below)
{
	*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(*random >> 33) % below;
}

static void every_lock_is_found_once(void **state)
{
	struct script *s = *state;
	enum { PAGES_IN_ALL = 3000 };
	uint64_t random = 7;

	for (int i = 0; i < 400; i++) {
		struct record record = file_record(s, (int)some(&random, PAGES_IN_ALL - 100), 1 + (int)some(&random, 60), R,
						   K_MAP_SHARED | K_MAP_FIXED, FD_REGULAR);

		record.call.ino = 90 + some(&random, 3);
		record.call.arg[5] = PAGES(some(&random, 50));
		script_apply(s, &record);
		if (some(&random, 2))
			CALL_OF(s, mlock, 0, record.call.arg[0], record.call.arg[1]);
	}
	for (int page = 0; page < PAGES_IN_ALL; page++) {
		const struct vma *vma = at_page(s, page);
		struct vma asked;
		static struct found found;
		struct sharing *sharing;

		if (!vma)
			continue;
		asked = vma_clip(vma, PAGE(page), PAGE(page + 1));
		sharing = sharing_new(s->world, NULL, NULL);
		found.count = 0;
		sharing_each(sharing, world_process(s->world, PARENT), &asked, note, &found);
		assert_int_equal(found.count, found_by_hand(s, &asked, PAGES_IN_ALL));
		for (size_t i = 0; i < found.count; i++)
			assert_int_equal(found.run[i].end - found.run[i].start, PAGES(1));
		sharing_free(sharing);
	}
}

static void runs_come_in_the_order_of_the_pages(void **state)
{
	struct script *s = *state;
	const struct found *found;

	map_file(s, PARENT, 0, 40, R, K_MAP_SHARED, 0);
	for (int i = 19; i >= 0; i--)
		map_file(s, PARENT, 100 + 3 * i, 2, R, K_MAP_SHARED | K_MAP_LOCKED, 2 * i);
	found = locks_on(s, PARENT, 0);
	assert_int_equal(found->count, 20);
	for (int i = 0; i < 20; i++)
		assert_int_equal(found->run[i].here, PAGE(2 * i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(every_lock_is_found_once),
		FACT(runs_come_in_the_order_of_the_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
