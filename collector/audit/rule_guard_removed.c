/*
 * rule_guard_removed.c - guard pages that were taken away while what they guard lived on.
 *
 * A guard is a few pages that somebody made PROT_NONE beside pages of the same mapping that can be accessed, or pages with
 * guard markers.  The set of pages holds each, and what it became: a buffer that is freed loses its guards first, so
 * only what still misses one when the process ends is reported.
 */
#include "rule.h"

#define GUARD_PAGES_MAX 16
#define REMEMBERED 64

/* What a run of pages of the set is. */
enum {
	GUARD_GONE = 1,		/* it was one; the seq is of the call that took it away */
	GUARD_SWITCHED = 2,	/* opened and closed again: not a guard but memory that is closed between uses */
};

/* The calls that took guards away, the oldest overwritten first: a munmap is named by no page. */
struct removals {
	struct audit_call call[REMEMBERED];
	uint64_t made[REMEMBERED];	/* seq of what had made the first of its guards */
	unsigned next;
	uint64_t unmapped_by, unmapped_to;	/* the last run of pages that a record took the mapping of */
};

static void *pack(uint64_t seq, unsigned state)
{
	return (void *)(uintptr_t)(seq << 2 | state);
}

static unsigned state_of(const struct piece *piece)
{
	return (uintptr_t)piece->value & 3;
}

static bool is_gone(const struct piece *piece)
{
	return state_of(piece) & GUARD_GONE;
}

static uint64_t seq_in(const struct piece *piece)
{
	return (uint64_t)(uintptr_t)piece->value >> 2;
}

/* Return: its place, REMEMBERED if it was overwritten. */
static unsigned removal(const struct removals *removals, uint64_t seq)
{
	unsigned i = 0;

	while (i < REMEMBERED && removals->call[i].seq != seq)
		i++;
	return i;
}

static bool open_to(const struct space *space, uint64_t addr, uint64_t map)
{
	const struct vma *vma = space_find(space, addr);

	return vma && vma->prot && !(vma->flags & VMA_GUARD) && (!map || vma->by.map == map);
}

/* Pages of the same mapping beside it that can be accessed: what it guards. */
static bool guards_something(const struct space *space, const struct delta *delta, uint64_t map)
{
	return open_to(space, delta->end, map) || (delta->start && open_to(space, delta->start - PAGE_BYTES, map));
}

static bool loses_mapping(const struct delta *delta)
{
	return delta->before && (!delta->after || delta->after->by.map != delta->before->by.map);
}

/* The space still has what the same call has just taken away before the guard. */
static bool guarded_something(const struct audit_event *event, const struct removals *removals)
{
	const struct delta *delta = event->delta;
	const uint64_t map = delta->before->by.map;

	if (removals->unmapped_by == event->record->seq && removals->unmapped_to == delta->start)
		return open_to(event->space, delta->end, map);
	return guards_something(event->space, delta, map);
}

static bool has_marker(const struct vma *vma)
{
	return vma && (vma->flags & VMA_GUARD);
}

static bool becomes_guard(const struct audit_event *event)
{
	const struct delta *delta = event->delta;
	struct range asked;

	if (has_marker(delta->after))
		return !has_marker(delta->before);
	return delta->before && delta->after && delta->before->prot && !delta->after->prot &&
	       call_pages(event->record, &asked) && asked.end - asked.start <= GUARD_PAGES_MAX * PAGE_BYTES &&
	       guards_something(event->space, delta, delta->after->by.map);
}

static bool stops_being_guard(const struct delta *delta)
{
	return !delta->after || (delta->after->prot && !has_marker(delta->after));
}

/* ---- what is gone ---- */

static void remember_gone(struct audit *audit, const struct audit_event *event, uint64_t made)
{
	struct removals *removals = event_memory(event, RULE_guard_removed, sizeof(*removals));
	const struct delta *delta = event->delta;
	const struct audit_call call = event_call(audit, event);

	if (removal(removals, call.seq) == REMEMBERED) {
		removals->call[removals->next] = call;
		removals->made[removals->next] = made;
		removals->next = (removals->next + 1) % REMEMBERED;
	}
	pieces_set(event_pages(event, RULE_guard_removed), delta->start, delta->end, pack(call.seq, GUARD_GONE));
}

/* Return: was there a guard that is gone. */
static bool forget(struct pieces *pages, uint64_t start, uint64_t end)
{
	const struct piece *piece = pieces_first(pages, start, end);

	if (!piece || !is_gone(piece))
		return false;
	pieces_cut(pages, piece->start, piece->end, NULL, NULL);
	return true;
}

/* What was beside it goes: it is no longer the guard of that. */
static void forget_beside(struct pieces *pages, const struct delta *delta)
{
	if (delta->start)
		forget(pages, delta->start - PAGE_BYTES, delta->start);
	forget(pages, delta->end, delta->end + PAGE_BYTES);
}

static void follow(struct audit *audit, const struct audit_event *event)
{
	struct pieces *pages = event_pages(event, RULE_guard_removed);
	struct removals *removals = pages->count ? event_memory(event, RULE_guard_removed, sizeof(*removals)) : NULL;
	const struct delta *delta = event->delta;
	const struct piece *piece = pages->count ? pieces_first(pages, delta->start, delta->end) : NULL;
	const unsigned state = piece ? state_of(piece) : GUARD_GONE;
	const uint64_t made = piece ? seq_in(piece) : 0;
	const bool opened_before = piece && (state & (GUARD_GONE | GUARD_SWITCHED));

	if (pages->count && (!delta->before || loses_mapping(delta)))
		forget_beside(pages, delta);
	if (becomes_guard(event))
		pieces_set(pages, delta->start, delta->end,
			   pack(event->record->seq, opened_before ? GUARD_SWITCHED : 0));
	else if (state == 0 && delta->before && stops_being_guard(delta) && guarded_something(event, removals))
		remember_gone(audit, event, made);
	else if (!(state & GUARD_GONE) && !stops_being_guard(delta))
		pieces_set(pages, delta->start, delta->end, pack(made, state));
	else if (piece)
		pieces_cut(pages, delta->start, delta->end, NULL, NULL);
	if (removals && loses_mapping(delta)) {
		removals->unmapped_by = event->record->seq;
		removals->unmapped_to = delta->end;
	}
}

/* ---- when the process ends ---- */

struct teller {
	struct audit *audit;
	const struct audit_event *event;
};

static bool tell(void *arg, const struct piece *piece)
{
	const struct teller *teller = arg;
	const struct removals *removals = event_memory(teller->event, RULE_guard_removed, sizeof(*removals));
	const unsigned i = is_gone(piece) ? removal(removals, seq_in(piece)) : REMEMBERED;
	struct finding *finding;

	if (i == REMEMBERED)
		return true;
	finding = finding_new(teller->audit, RULE_guard_removed, teller->event, &removals->call[i], 0);
	if (!finding)
		return true;
	finding_pages(finding, piece->start, piece->end);
	finding_relate(finding, removals->made[i]);
	finding_say(finding, "%s took away %s beside memory that is in use: what runs over its end meets no guard any more.",
		    call_table[removals->call[i].call].name, finding->pages == 1 ? "a guard page" : "guard pages");
	return true;
}

void rule_guard_removed(struct audit *audit, const struct audit_event *event)
{
	struct teller teller = { audit, event };

	if (event->kind == EVENT_CLOSE)
		pieces_each(event_pages(event, RULE_guard_removed), 0, UINT64_MAX, tell, &teller);
	else if (!call_is_librarys(event->record))
		follow(audit, event);
}
