/*
 * timeline.h - calls with the time they took, for tests of their order.
 *
 * A call is named by a letter, in the order of adding; what came before them all is done to the script's space at once
 * (do_map() and the like of ../vm/calls.h).
 */
#ifndef PAGETRAIL_TEST_TIMELINE_H
#define PAGETRAIL_TEST_TIMELINE_H

#include "../vm/calls.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../../collector/live/order.h"

#define CALLS_MAX 64

struct timeline {
	struct script script;
	struct order *order;
	struct ranges doubt;
	struct record record[CALLS_MAX];
	struct touches touches[CALLS_MAX];
	struct order_item item[CALLS_MAX];
	size_t count;	/* items that wait; their records keep their places */
	size_t records;
	struct order_pending pending[8];
	struct record pending_record[8];
	size_t pendings;
	uint64_t seq;
	char came[256];	 /* the letters, as they came out */
	char races[512]; /* "ab 2-4": the letters as they came out, page numbers */
	char letter[CALLS_MAX + 1]; /* by seq */
};

static inline void known_pages(void *arg, int32_t pid, const struct space **space, const struct ranges **doubt)
{
	struct timeline *t = arg;
	const struct process *process = world_process(t->script.world, pid);

	*space = process ? process->space : NULL;
	*doubt = &t->doubt;
}

static inline int timeline_setup(void **state)
{
	struct timeline *t = calloc(1, sizeof(*t));

	script_begin(&t->script);
	t->order = order_new(known_pages, t);
	*state = t;
	return 0;
}

static inline int timeline_teardown(void **state)
{
	struct timeline *t = *state;

	order_free(t->order);
	ranges_free(&t->doubt);
	script_end(&t->script);
	free(t);
	return 0;
}

#define ORDER(name) cmocka_unit_test_setup_teardown(name, timeline_setup, timeline_teardown)

/* ---- calls ---- */

static inline struct record a_call(enum call_id call, int err, uint64_t a, uint64_t b, uint64_t c)
{
	struct record record = {.type = RECORD_CALL, .pid = 100, .tid = 100};

	record.call.call = call;
	record.call.has = HAS_RET;
	record.call.ret = err ? -1 : 0;
	record.call.err = err;
	record.call.arg[0] = a;
	record.call.arg[1] = b;
	record.call.arg[2] = c;
	return record;
}

static inline struct record a_map(int page, int pages, uint64_t prot, uint64_t flags)
{
	struct record record = a_call(CALL_mmap, 0, PAGE(page), PAGES(pages), prot);

	record.call.ret = (int64_t)PAGE(page);
	record.call.arg[3] = flags;
	record.call.arg[4] = UINT64_MAX;
	return record;
}

/* At an address of the kernel's choice. */
static inline struct record a_free_map(int page, int pages)
{
	struct record record = a_map(page, pages, RW, K_MAP_PRIVATE | K_MAP_ANONYMOUS);

	record.call.arg[0] = 0;
	return record;
}

static inline struct record an_unmap(int page, int pages)
{
	return a_call(CALL_munmap, 0, PAGE(page), PAGES(pages), 0);
}

static inline struct record a_protect(int page, int pages, uint64_t prot)
{
	return a_call(CALL_mprotect, 0, PAGE(page), PAGES(pages), prot);
}

static inline struct record a_lock(int page, int pages)
{
	return a_call(CALL_mlock, 0, PAGE(page), PAGES(pages), 0);
}

static inline struct record an_unlock(int page, int pages)
{
	return a_call(CALL_munlock, 0, PAGE(page), PAGES(pages), 0);
}

static inline struct record refused(struct record record, int err)
{
	fail_with(&record, err);
	return record;
}

static inline struct record of(int32_t pid, struct record record)
{
	record.pid = record.tid = pid;
	return record;
}

/* ---- their time ---- */

static inline void took(struct timeline *t, uint64_t begin_ns, uint64_t end_ns, struct record record)
{
	size_t i = t->records++;

	t->record[i] = record;
	t->item[t->count++] = (struct order_item){.begin_ns = begin_ns, .end_ns = end_ns, .position = i,
						  .pid = record.pid, .kind = ORDER_CALL, .cargo = (uint32_t)i};
}

static inline void is_at(struct timeline *t, uint64_t begin_ns, struct record record)
{
	size_t i = t->pendings++;

	record.call.has &= ~(unsigned)HAS_RET;
	record.call.ret = 0;
	t->pending_record[i] = record;
	t->pending[i] = (struct order_pending){.begin_ns = begin_ns, .position = i, .pid = record.pid};
}

/* The call under way has returned. */
static inline void returns(struct timeline *t, uint64_t end_ns, struct record record)
{
	t->pendings--;
	took(t, t->pending[t->pendings].begin_ns, end_ns, record);
}

/* ---- what comes of it ---- */

static inline void fill(struct timeline *t)
{
	for (size_t i = 0; i < t->count; i++) {
		struct order_item *item = &t->item[i];
		const struct record *record = &t->record[item->cargo];

		if (!item->overlaps || item->kind != ORDER_CALL)
			continue;
		t->touches[item->cargo] = touches_of(&record->call, script_space(&t->script), item->cargo + 1);
		item->touches = &t->touches[item->cargo];
		item->child = item->touches->copies ? (int32_t)record->call.ret : 0;
	}
	for (size_t i = 0; i < t->pendings; i++)
		if (t->pending[i].overlaps)
			t->pending[i].touches = touches_of(&t->pending_record[i].call, script_space(&t->script), 100 + i);
}

static inline void note_race(struct timeline *t, const struct order_race *race)
{
	size_t used = strlen(t->races);

	snprintf(t->races + used, sizeof(t->races) - used, "%s%c%c %d-%d%s", used ? "; " : "", t->letter[race->first_seq],
		 t->letter[race->second_seq], (int)((race->start - BASE) / PAGE_BYTES),
		 (int)((race->end - BASE) / PAGE_BYTES), race->copy ? " of a child" : "");
}

static inline void come_out(struct timeline *t, size_t index)
{
	struct order_item *item = &t->item[index];
	struct record record = t->record[item->cargo];
	struct order_race race;

	item->seq = ++t->seq;
	record.seq = item->seq;
	t->letter[item->seq] = (char)('a' + item->cargo);
	t->came[strlen(t->came)] = t->letter[item->seq];
	if (item->kind == ORDER_CALL)
		script_apply(&t->script, &record);
	while (order_race(t->order, &race))
		note_race(t, &race);
}

static inline void run(struct timeline *t, uint64_t given_up_ns)
{
	struct order_item rest[CALLS_MAX];
	bool out[CALLS_MAX] = {false};
	size_t index, left = 0;

	if (order_begin(t->order, t->item, t->count, t->pending, t->pendings))
		fill(t);
	order_decide(t->order, given_up_ns);
	while (order_next(t->order, &index)) {
		assert_false(out[index]);
		out[index] = true;
		come_out(t, index);
	}
	for (size_t i = 0; i < t->count; i++)
		if (!out[i])
			rest[left++] = t->item[i];
	memcpy(t->item, rest, left * sizeof(*rest));
	t->count = left;
}

#define assert_order(t, want, want_races)                                                                              \
	do {                                                                                                           \
		run(t, 0);                                                                                             \
		assert_string_equal((t)->came, want);                                                                  \
		assert_string_equal((t)->races, want_races);                                                           \
	} while (0)

#endif
