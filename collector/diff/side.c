#include "side.h"

#include <stdlib.h>
#include <string.h>

#include "../report/decode.h"
#include "../report/sitekey.h"
#include "../util/alloc.h"
#include "../util/table.h"
#include "../verdict/fingerprint.h"
#include "../vm/world.h"

/* What is needed to fill a side. */
struct side_book {
	struct symbols *symbols;
	uint64_t page_bytes;
	bool stacks;
	audit_wanted *wanted;
	void *arg;
	struct world *world;
	struct audit *audit;
	struct table places;	/* stack + 1 -> its key */
	struct table index;	/* hash of call and key -> 1 + number of the site, as a pointer */
	size_t room;
	struct site_sums change; /* of the call at hand */
};

/* ---- keys ---- */

static char *make_key(const struct side_book *book, uint32_t stack)
{
	struct text key = { 0 };
	size_t count = 0;
	const struct symbol_frame *frame = stack ? symbols_stack(book->symbols, stack, &count, NULL) : NULL;
	char *made;

	if (count && book->stacks)
		sitekey_stack(&key, frame, count);
	else if (count)
		sitekey_frame(&key, symbols_caller(book->symbols, stack));
	made = alloc_copy(text_read(&key), key.length);
	text_free(&key);
	return made;
}

/* Kept, for there are far fewer stacks than calls. */
static const char *key_of(struct side_book *book, uint32_t stack)
{
	char *key = table_find(&book->places, (uint64_t)stack + 1);

	if (!key) {
		key = make_key(book, stack);
		table_add(&book->places, (uint64_t)stack + 1, key);
	}
	return key;
}

static uint64_t hash_of(enum call_id call, const char *key)
{
	return hash_line(HASH_BEGIN ^ (uint64_t)call, key);
}

/* Hashes that two places share go to the next number. */
static struct site *find_site(struct side *side, enum call_id call, const char *key)
{
	struct side_book *book = side->book;
	uint64_t at = hash_of(call, key);
	struct site *site;
	uintptr_t number;

	for (; (number = (uintptr_t)table_find(&book->index, at)); at++) {
		site = &side->site[number - 1];
		if (site->call == call && !strcmp(site->key, key))
			return site;
	}
	side->site = alloc_room(side->site, side->sites, &book->room, sizeof(*side->site));
	site = &side->site[side->sites++];
	*site = (struct site){ .call = call, .key = alloc_copy(key, strlen(key)) };
	table_add(&book->index, at, (char *)0 + side->sites);
	return site;
}

/* ---- counting ---- */

static bool has(const struct vma *vma, unsigned prot)
{
	return vma && (vma->prot & prot) == prot;
}

/* In bytes; of each pair only what is new. */
static void add_delta(struct site_sums *change, const struct delta *delta)
{
	const struct vma *before = delta->before, *after = delta->after;
	uint64_t bytes = delta->end - delta->start;
	const unsigned wx = PROT_BIT_WRITE | PROT_BIT_EXEC;

	if (!after)
		return;
	if (after->lock && !(before && before->lock))
		change->locked += bytes;
	if (has(after, wx) && !has(before, wx))
		change->wx += bytes;
	if (has(before, PROT_BIT_WRITE) && !has(before, wx) && has(after, PROT_BIT_EXEC) && !has(after, wx))
		change->to_exec += bytes;
	if (has(before, PROT_BIT_EXEC) && !has(before, wx) && has(after, PROT_BIT_WRITE) && !has(after, wx))
		change->to_write += bytes;
}

static void note_change(void *arg, const struct delta *delta)
{
	struct side_book *book = arg;

	audit_change(book->audit, delta);
	add_delta(&book->change, delta);
}

static void count_call(struct side *side, const struct record *record)
{
	struct side_book *book = side->book;
	struct site_sums *sums = &find_site(side, record->call.call, key_of(book, record->call.stack))->sums;

	sums->calls++;
	sums->failed += decode_failed(record);
	sums->locked += book->change.locked / book->page_bytes;
	sums->wx += book->change.wx / book->page_bytes;
	sums->to_exec += book->change.to_exec / book->page_bytes;
	sums->to_write += book->change.to_write / book->page_bytes;
}

void side_begin(struct side *side, struct symbols *symbols, uint64_t page_bytes, bool stacks, audit_wanted *wanted,
		void *arg)
{
	struct side_book *book = alloc_zero(1, sizeof(*book));

	book->symbols = symbols;
	book->page_bytes = page_bytes;
	book->stacks = stacks;
	book->wanted = wanted;
	book->arg = arg;
	book->world = world_new();
	world_let_leave(book->world, NULL, NULL);
	book->audit = audit_new(book->world, wanted, arg);
	side->book = book;
}

void side_add(struct side *side, const struct record *record)
{
	struct side_book *book = side->book;
	enum apply_result result;

	book->change = (struct site_sums){ 0 };
	audit_before(book->audit, record);
	result = world_apply(book->world, record, note_change, book);
	audit_after(book->audit, record, result);
	if (record->type == RECORD_CALL && record->call.call < CALL_COUNT &&
	    (!book->wanted || book->wanted(book->arg, record)))
		count_call(side, record);
}

/* ---- the end ---- */

static struct side_finding finding_of(struct side_book *book, const struct finding *found)
{
	struct text place = { 0 };
	struct side_finding finding = { .rule = found->rule, .severity = found->severity, .count = found->count };
	struct fingerprint fingerprint = fingerprint_finding(found, book->symbols, &place);

	memcpy(finding.fingerprint, fingerprint.hex, sizeof(finding.fingerprint));
	finding.place = alloc_copy(text_read(&place), place.length);
	text_free(&place);
	return finding;
}

/* What differs in addresses only is one finding here. */
static void join_findings(struct side *side)
{
	size_t left = 0;

	for (size_t i = 0; i < side->findings; i++) {
		struct side_finding *last = left ? &side->finding[left - 1] : NULL;

		if (last && !side_finding_compare(last, &side->finding[i])) {
			last->count += side->finding[i].count;
			free(side->finding[i].place);
		} else {
			side->finding[left++] = side->finding[i];
		}
	}
	side->findings = left;
}

static int by_site(const void *a, const void *b)
{
	return site_compare(a, b);
}

static int by_finding(const void *a, const void *b)
{
	return side_finding_compare(a, b);
}

static void free_book(struct side_book *book)
{
	if (!book)
		return;
	table_clear(&book->places, free);
	table_clear(&book->index, NULL);
	audit_free(book->audit);
	world_free(book->world);
	free(book);
}

void side_end(struct side *side)
{
	struct finding *const *found;
	size_t count;

	audit_end(side->book->audit);
	found = audit_findings(side->book->audit, &count);
	side->finding = alloc_zero(count + 1, sizeof(*side->finding));
	for (size_t i = 0; i < count; i++)
		side->finding[side->findings++] = finding_of(side->book, found[i]);
	qsort(side->finding, side->findings, sizeof(*side->finding), by_finding);
	join_findings(side);
	if (side->sites)
		qsort(side->site, side->sites, sizeof(*side->site), by_site);
	free_book(side->book);
	side->book = NULL;
}

void side_free(struct side *side)
{
	free_book(side->book);
	for (size_t i = 0; i < side->sites; i++)
		free(side->site[i].key);
	for (size_t i = 0; i < side->findings; i++)
		free(side->finding[i].place);
	free(side->site);
	free(side->finding);
}

int site_compare(const struct site *a, const struct site *b)
{
	int names = strcmp(call_table[a->call].name, call_table[b->call].name);

	return names ? names : strcmp(a->key, b->key);
}

int side_finding_compare(const struct side_finding *a, const struct side_finding *b)
{
	int names = strcmp(rule_table[a->rule].name, rule_table[b->rule].name);

	return names ? names : strcmp(a->fingerprint, b->fingerprint);
}
