/* t_ledger.c - lock requests: which pages each holds, and how it ends. */
#include "calls.h"

#include "../../../collector/vm/ledger.h"

/* Releases as they are told, in pages from BASE. */
struct told {
	uint64_t seq;
	int start, pages;
	enum lock_end how;
};

struct book {
	struct script script;
	struct ledger *ledger;
	const struct record *record;
	struct told told[64];
	size_t count;
};

static void note(void *arg, const struct lock_release *release)
{
	struct book *book = arg;

	if (book->count < 64)
		book->told[book->count] = (struct told){ release->request->seq, (int)((release->start - BASE) / PAGE_BYTES),
							 (int)((release->end - release->start) / PAGE_BYTES),
							 release->how };
	book->count++;
}

static void change(void *arg, const struct delta *delta)
{
	struct book *book = arg;

	if (ledger_is_changed_by(delta))
		ledger_change(book->ledger, book->record, delta);
}

static void apply(struct book *book, const struct record *record)
{
	book->record = record;
	world_apply(book->script.world, record, change, book);
	ledger_settle(book->ledger, record, script_space(&book->script));
}

/* Return: its seq. */
static uint64_t call(struct book *book, enum call_id id, int err, uint64_t a, uint64_t b, uint64_t c)
{
	struct record record = call_record(&book->script, id, err ? -1 : 0, err);

	record.call.arg[0] = a;
	record.call.arg[1] = b;
	record.call.arg[2] = c;
	record.call.stack = 1;
	apply(book, &record);
	return record.seq;
}

static uint64_t map(struct book *book, int page, int pages, unsigned flags)
{
	struct record record = call_record(&book->script, CALL_mmap, (int64_t)PAGE(page), 0);

	record.call.arg[0] = PAGE(page);
	record.call.arg[1] = PAGES(pages);
	record.call.arg[2] = RW;
	record.call.arg[3] = PAF | flags;
	record.call.arg[4] = UINT64_MAX;
	apply(book, &record);
	return record.seq;
}

static uint64_t remap(struct book *book, int page, int pages, int new_pages, unsigned flags, int to)
{
	struct record record = call_record(&book->script, CALL_mremap, (int64_t)PAGE(to), 0);

	record.call.arg[0] = PAGE(page);
	record.call.arg[1] = PAGES(pages);
	record.call.arg[2] = PAGES(new_pages);
	record.call.arg[3] = flags;
	record.call.arg[4] = PAGE(to);
	apply(book, &record);
	return record.seq;
}

static int setup(void **state)
{
	static struct book book;

	memset(&book, 0, sizeof(book));
	script_begin(&book.script);
	book.ledger = ledger_new(note, &book);
	*state = &book;
	return 0;
}

static int teardown(void **state)
{
	struct book *book = *state;

	ledger_free(book->ledger);
	script_end(&book->script);
	return 0;
}

#define NOTED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

struct holders {
	uint64_t seq[8];
	size_t count;
};

static bool add_holder(void *arg, const struct piece *piece)
{
	struct holders *holders = arg;

	if (holders->count < 8)
		holders->seq[holders->count] = ((const struct lock_request *)piece->value)->seq;
	holders->count++;
	return true;
}

static struct holders holders_of(const struct book *book, int page)
{
	struct holders holders = { { 0 }, 0 };

	ledger_each(book->ledger, PAGE(page), PAGE(page + 1), add_holder, &holders);
	return holders;
}

static void one_unlock_ends_all_requests_of_a_page(void **state)
{
	struct book *book = *state;
	uint64_t first, second;

	map(book, 0, 4, 0);
	first = call(book, CALL_mlock, 0, PAGE(0), PAGES(3), 0);
	second = call(book, CALL_mlock, 0, PAGE(1) + 100, 64, 0);
	assert_int_equal(holders_of(book, 1).count, 2);
	assert_int_equal(holders_of(book, 3).count, 0);
	call(book, CALL_munlock, 0, PAGE(1), 1, 0);
	assert_int_equal(book->count, 2);
	assert_true(book->told[0].seq == first || book->told[1].seq == first);
	assert_true(book->told[0].seq == second || book->told[1].seq == second);
	assert_int_equal(book->told[0].pages, 1);
	assert_int_equal(book->told[0].how, LOCK_END_UNLOCK);
	assert_int_equal(ledger_requests(book->ledger)->seq, first);
	assert_int_equal(ledger_requests(book->ledger)->held, 2);
	assert_null(ledger_requests(book->ledger)->newer);
}

static void the_same_question_again_is_counted(void **state)
{
	struct book *book = *state;

	map(book, 0, 2, 0);
	for (int i = 0; i < 1000; i++)
		call(book, CALL_mlock, 0, PAGE(0), 64, 0);
	assert_int_equal(holders_of(book, 0).count, 1);
	assert_int_equal(ledger_requests(book->ledger)->count, 1000);
	assert_int_equal(ledger_requests(book->ledger)->last_seq, book->script.seq);
	call(book, CALL_munlock, 0, PAGE(0), 64, 0);
	assert_int_equal(book->count, 1);
	assert_null(ledger_requests(book->ledger));
}

static void a_request_moves_with_its_pages(void **state)
{
	struct book *book = *state;
	uint64_t lock;

	map(book, 0, 4, 0);
	lock = call(book, CALL_mlock, 0, PAGE(1), PAGES(2), 0);
	remap(book, 0, 4, 4, K_MREMAP_MAYMOVE | K_MREMAP_FIXED, 20);
	assert_int_equal(book->count, 0);
	assert_int_equal(holders_of(book, 1).count, 0);
	assert_int_equal(holders_of(book, 21).seq[0], lock);
	assert_int_equal(holders_of(book, 20).count + holders_of(book, 23).count, 0);
	assert_int_equal(ledger_requests(book->ledger)->pages, 2);
	remap(book, 21, 2, 5, K_MREMAP_MAYMOVE | K_MREMAP_FIXED, 40);
	assert_int_equal(holders_of(book, 44).seq[0], lock);
	assert_int_equal(ledger_requests(book->ledger)->held, 5);
	remap(book, 40, 5, 1, K_MREMAP_MAYMOVE | K_MREMAP_FIXED, 60);
	assert_int_equal(book->count, 2);
	assert_int_equal(book->told[0].pages + book->told[1].pages, 4);
	assert_int_equal(book->told[1].how, LOCK_END_REMAP);
	remap(book, 60, 1, 3, 0, 60);
	assert_int_equal(holders_of(book, 62).seq[0], lock);
}

static void mappings_made_under_mcl_future_name_it(void **state)
{
	struct book *book = *state;
	uint64_t all = call(book, CALL_mlockall, 0, K_MCL_FUTURE, 0, 0), made = map(book, 0, 2, 0);
	const struct lock_request *request = ledger_requests(book->ledger);

	assert_int_equal(request->seq, made);
	assert_int_equal(request->how, LOCK_HOW_FUTURE);
	assert_int_equal(request->because, all);
	made = map(book, 0, 2, 0);
	assert_int_equal(book->told[0].how, LOCK_END_REPLACED);
	assert_int_equal(ledger_requests(book->ledger)->seq, made);
	call(book, CALL_munlockall, 0, 0, 0, 0);
	assert_int_equal(book->told[1].how, LOCK_END_UNLOCKALL);
	map(book, 8, 1, 0);
	assert_null(ledger_requests(book->ledger));
	map(book, 9, 1, K_MAP_LOCKED);
	assert_int_equal(ledger_requests(book->ledger)->how, LOCK_HOW_MAP);
}

static void a_failed_lock_holds_what_it_left_locked(void **state)
{
	struct book *book = *state;

	map(book, 0, 2, 0);
	call(book, CALL_mlock, ENOMEM, PAGE(0), PAGES(4), 0);
	assert_true(ledger_requests(book->ledger)->failed);
	assert_int_equal(ledger_requests(book->ledger)->held, 2);
	call(book, CALL_mlock, ENOMEM, PAGE(0), PAGES(4), 0);
	assert_int_equal(holders_of(book, 0).count, 1);
}

static void a_lock_on_fault_ends_a_full_lock(void **state)
{
	struct book *book = *state;
	uint64_t full, onfault;

	map(book, 0, 1, 0);
	full = call(book, CALL_mlock, 0, PAGE(0), 1, 0);
	onfault = call(book, CALL_mlock2, 0, PAGE(0), 1, K_MLOCK_ONFAULT);
	assert_int_equal(book->told[0].seq, full);
	assert_int_equal(book->told[0].how, LOCK_END_ONFAULT);
	assert_int_equal(holders_of(book, 0).seq[0], onfault);
	full = call(book, CALL_mlock, 0, PAGE(0), 2, 0);
	assert_int_equal(holders_of(book, 0).count, 2);
	call(book, CALL_mlock2, 0, PAGE(0), 3, K_MLOCK_ONFAULT);
	assert_int_equal(book->count, 2);
	assert_int_equal(book->told[1].seq, full);
	assert_int_equal(holders_of(book, 0).count, 2);
	assert_int_equal(holders_of(book, 0).seq[0], onfault);
}

static void a_failed_lock_on_fault_has_the_pages_before_the_hole(void **state)
{
	struct book *book = *state;
	uint64_t failed;

	map(book, 0, 2, 0);
	call(book, CALL_mlock, 0, PAGE(0), PAGES(2), 0);
	failed = call(book, CALL_mlock2, ENOMEM, PAGE(1), PAGES(2), K_MLOCK_ONFAULT);
	assert_int_equal(book->told[0].how, LOCK_END_ONFAULT);
	assert_int_equal(holders_of(book, 1).count, 1);
	assert_int_equal(holders_of(book, 1).seq[0], failed);
	assert_true(holders_of(book, 0).seq[0] < failed);
}

static void closing_ends_everything(void **state)
{
	struct book *book = *state;
	struct record record = { .type = RECORD_PROCESS, .pid = 100, .process.event = PROCESS_EXIT };

	map(book, 0, 8, 0);
	call(book, CALL_mlock, 0, PAGE(0), 1, 0);
	call(book, CALL_mlockall, 0, K_MCL_CURRENT, 0, 0);
	ledger_close(book->ledger, &record, LOCK_END_EXIT);
	assert_int_equal(book->count, 2);
	assert_int_equal(book->told[1].how, LOCK_END_EXIT);
	assert_null(ledger_requests(book->ledger));
}

static uint64_t next(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return *state >> 33;
}

static void some_call(struct book *book, uint64_t *seed)
{
	int page = (int)(next(seed) % 24), pages = 1 + (int)(next(seed) % 8), to = 24 + (int)(next(seed) % 16);

	switch (next(seed) % 9) {
	case 0:
		map(book, page, pages, next(seed) % 2 ? K_MAP_LOCKED : 0);
		return;
	case 1:
		remap(book, page, pages, pages, K_MREMAP_MAYMOVE | K_MREMAP_FIXED, to);
		map(book, page, pages, 0);
		return;
	case 2:
		remap(book, page, pages, 1 + (int)(next(seed) % 8), K_MREMAP_MAYMOVE | K_MREMAP_FIXED, to);
		map(book, page, pages, 0);
		return;
	case 3:
		remap(book, page, pages, pages, K_MREMAP_MAYMOVE | K_MREMAP_FIXED | K_MREMAP_DONTUNMAP, to);
		return;
	case 4:
		call(book, CALL_munlock, 0, PAGE(page) + 5, PAGES(pages) - 9, 0);
		return;
	case 5:
		call(book, CALL_mlock2, 0, PAGE(page), PAGES(pages), next(seed) % 2);
		return;
	case 6:
		if (next(seed) % 8 == 0)
			call(book, CALL_mlockall, 0, 1 + next(seed) % 7, 0, 0);
		else if (next(seed) % 8 == 0)
			call(book, CALL_munlockall, 0, 0, 0, 0);
		return;
	default:
		call(book, CALL_mlock, 0, PAGE(page), PAGES(pages), 0);
	}
}

/* Every locked page has a holder, no other page has, and requests know how much they hold. */
static void the_ledger_holds_what_is_locked(void **state)
{
	struct book *book = *state;
	uint64_t seed = 3;

	map(book, 0, 48, 0);
	for (int step = 0; step < 30000; step++) {
		uint64_t held = 0, counted = 0;
		const struct lock_request *request;

		some_call(book, &seed);
		for (int page = 0; page < 56; page++) {
			const struct vma *vma = space_find(script_space(&book->script), PAGE(page));

			assert_int_equal(holders_of(book, page).count > 0, vma && vma->lock);
			held += holders_of(book, page).count;
		}
		for (request = ledger_requests(book->ledger); request; request = request->newer)
			counted += request->held;
		assert_int_equal(held, counted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NOTED(a_failed_lock_on_fault_has_the_pages_before_the_hole),
		NOTED(one_unlock_ends_all_requests_of_a_page),
		NOTED(the_same_question_again_is_counted),
		NOTED(a_request_moves_with_its_pages),
		NOTED(mappings_made_under_mcl_future_name_it),
		NOTED(a_failed_lock_holds_what_it_left_locked),
		NOTED(a_lock_on_fault_ends_a_full_lock),
		NOTED(closing_ends_everything),
		NOTED(the_ledger_holds_what_is_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
