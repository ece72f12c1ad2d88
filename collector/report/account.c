#include "account.h"

#include <stdlib.h>

#include "../util/alloc.h"
#include "../util/table.h"
#include "../vm/world.h"
#include "account_print.h"
#include "statement.h"
#include "told.h"

struct account {
	struct account_asked asked;
	struct world *world;
	struct table ledgers;	     /* space_id() -> struct ledger */
	const struct record *record; /* being applied */
	struct space *space;	     /* of its process */
	struct told *told;	     /* of the record asked for, while it is applied */
};

struct account *account_new(const struct account_asked *asked)
{
	struct account *account = alloc_zero(1, sizeof(*account));

	account->asked = *asked;
	account->world = world_new();
	return account;
}

static void free_ledger(void *ledger)
{
	ledger_free(ledger);
}

void account_free(struct account *account)
{
	table_clear(&account->ledgers, free_ledger);
	world_free(account->world);
	free(account);
}

/* ---- who asked for locks ---- */

static struct ledger *ledger_of(struct account *account, bool make)
{
	uint64_t id = space_id(account->space);
	struct ledger *ledger = table_find(&account->ledgers, id);

	if (!ledger && make) {
		ledger = ledger_new(NULL, NULL);
		table_add(&account->ledgers, id, ledger);
	}
	return ledger;
}

static void note_delta(void *arg, const struct delta *delta)
{
	struct account *account = arg;

	if (account->told)
		runs_change(&account->told->runs, delta);
	if (account->space && ledger_is_changed_by(delta))
		ledger_change(ledger_of(account, true), account->record, delta);
}

static bool is_lock(const struct record *record)
{
	enum call_effect effect = call_table[record->call.call].effect;

	return effect == EFFECT_LOCK || effect == EFFECT_LOCKALL || effect == EFFECT_UNLOCKALL;
}

static void find_space(struct account *account, const struct record *record)
{
	const struct process *process = world_process(account->world, record->pid);

	account->record = record;
	account->space = process && record->pid ? process->space : NULL;
}

static void apply(struct account *account, const struct record *record)
{
	find_space(account, record);
	world_apply(account->world, record, note_delta, account);
	find_space(account, record);
	if (account->space && record->type == RECORD_CALL && is_lock(record))
		ledger_settle(ledger_of(account, true), record, account->space);
}

/* ---- the record asked for ---- */

static bool add_request(void *arg, const struct piece *piece)
{
	const struct lock_request *request = piece->value;
	struct told *told = arg;

	for (size_t i = 0; i < told->requests; i++)
		if (told->request[i].seq == request->seq)
			return true;
	told->request = alloc_resize(told->request, told->requests + 1, sizeof(*told->request));
	told->request[told->requests++] = *request;
	return true;
}

static int by_seq(const void *a, const void *b)
{
	const struct lock_request *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void find_requests(struct account *account, struct told *told)
{
	const struct ledger *ledger = ledger_of(account, false);

	for (size_t i = 0; ledger && i < told->spans; i++)
		ledger_each(ledger, told->span[i].start, told->span[i].end, add_request, told);
	if (told->requests)
		qsort(told->request, told->requests, sizeof(*told->request), by_seq);
}

/* All requests of an address space that ends. */
static void find_last_requests(struct account *account, struct told *told)
{
	bool ends = told->record->type == RECORD_PROCESS && told->record->process.event != PROCESS_FORK;
	const struct ledger *ledger = account->space && ends ? ledger_of(account, false) : NULL;

	if (!ledger)
		return;
	ledger_each(ledger, 0, UINT64_MAX, add_request, told);
	if (told->requests)
		qsort(told->request, told->requests, sizeof(*told->request), by_seq);
}

/* A call with an address and a length is about the pages that these come to in the kernel; of others touch.h knows. */
static void find_spans(struct told *told)
{
	if (told->why.is == RANGE_PAGES)
		told->span[told->spans++] = (struct span){told->why.range.start, told->why.range.end};
	else if (!told->why.ranged)
		told->spans = touch_spans(told->record, told->page_bytes, told->span);
}

static bool is_everything(const struct span *span)
{
	return span->end == UINT64_MAX;
}

/* The address space as the call finds it. */
static void see_before(struct account *account, struct told *told)
{
	if (!account->space)
		return;
	told->was = space_totals(account->space);
	told->future_was = space_future(account->space);
	find_last_requests(account, told);
	if (told->record->type != RECORD_CALL)
		return;
	why_ask(account->space, told->record, &told->why);
	find_spans(told);
	find_requests(account, told);
	for (size_t i = 0; i < told->spans; i++)
		if (!is_everything(&told->span[i]))
			runs_see(&told->runs, account->space, told->span[i].start, told->span[i].end);
}

/* ---- processes ---- */

static bool forks(const struct record *record)
{
	switch (call_table[record->call.call].effect) {
	case EFFECT_FORK:
	case EFFECT_VFORK:
	case EFFECT_CLONE:
		return (record->call.has & HAS_RET) && record->call.ret > 0 && record->call.ret <= INT32_MAX;
	default:
		return false;
	}
}

/* The process a record makes, or says to be made; 0: none. */
static int32_t child_of(const struct record *record)
{
	if (record->type == RECORD_PROCESS)
		return record->process.event == PROCESS_FORK ? record->pid : 0;
	return record->type == RECORD_CALL && forks(record) ? (int32_t)record->call.ret : 0;
}

static void inherit(struct heritage *heritage, const struct space *parent, const struct space *child, uint64_t page)
{
	const struct vma *vma = space_next(parent, 0);

	for (; vma; vma = space_next(parent, vma->end)) {
		const struct vma *copy = space_find(child, vma->start);
		uint64_t pages = (vma->end - vma->start) / page;

		heritage->mapped += pages;
		heritage->locked += vma->lock ? pages : 0;
		heritage->unlocked += vma->lock && copy && !copy->lock ? pages : 0;
		heritage->absent += copy ? 0 : pages;
		heritage->wiped += copy && (vma->advice & ADVICE_WIPEONFORK) ? pages : 0;
	}
}

static void find_heritage(struct account *account, struct told *told)
{
	struct heritage *heritage = &told->heritage;
	const struct process *child = world_process(account->world, child_of(told->record)), *parent;

	if (!child_of(told->record) || !child)
		return;
	parent = world_process(account->world, child->ppid);
	if (!parent || parent == child)
		return;
	heritage->child = child->pid;
	heritage->made = child->first_seq;
	heritage->shared = parent->space == child->space;
	told->future_was = space_future(parent->space);
	if (!heritage->shared && heritage->made == told->record->seq)
		inherit(heritage, parent->space, child->space, told->page_bytes);
}

static void explain(struct account *account, const struct record *record)
{
	struct told told = {
		.record = record, .page_bytes = account->asked.survey->page_bytes, .symbols = account->asked.symbols};

	find_space(account, record);
	see_before(account, &told);
	account->told = &told;
	apply(account, record);
	account->told = NULL;
	find_heritage(account, &told);
	if (account->space) {
		told.is = space_totals(account->space);
		told.future_is = space_future(account->space);
		told.space = account->space;
	}
	account_print(&account->asked, account->space, &told);
	runs_free(&told.runs);
	free(told.request);
}

bool account_add(struct account *account, const struct record *record)
{
	if (!record->seq || record->seq != account->asked.seq) {
		apply(account, record);
		return true;
	}
	explain(account, record);
	return false;
}
