/*
 * cases_check.c - the pages of the model against those a case expects.
 */
#include "cases.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void blame(struct run *run, const char *where, const char *what)
{
	size_t used = strlen(run->why);

	snprintf(run->why + used, sizeof run->why - used, "%s%s: %s", used ? "; " : "", where, what);
}

static void state_text(const struct vma *vma, char *out, size_t size)
{
	static const struct {
		const char *name;
		uint16_t advice, flag;
	} shown[] = {
		{ "rr", ADVICE_RANDOM, 0 }, { "sr", ADVICE_SEQUENTIAL, 0 }, { "dc", ADVICE_DONTFORK, 0 },
		{ "wf", ADVICE_WIPEONFORK, 0 }, { "dd", ADVICE_DONTDUMP, 0 }, { "de", 0, VMA_DONTEXPAND },
		{ "hg", ADVICE_HUGEPAGE, 0 }, { "nh", ADVICE_NOHUGEPAGE, 0 }, { "mg", ADVICE_MERGEABLE, 0 },
		{ "gd", 0, VMA_GROWSDOWN }, { "nr", 0, VMA_NORESERVE }, { "ht", 0, VMA_HUGETLB },
		{ "io pf", 0, VMA_SPECIAL }, { "sf", 0, VMA_SYNC }, { "dp", 0, VMA_DROPPABLE },
		{ "sl", 0, VMA_SEALED } };
	static const char *const lock[] = { "", " locked", " onfault" };
	char perms[5];
	size_t used;

	if (!vma) {
		snprintf(out, size, "none");
		return;
	}
	vma_perms(vma, perms);
	used = (size_t)snprintf(out, size, "%s%s", perms, lock[vma->lock]);
	for (size_t i = 0; i < sizeof shown / sizeof *shown && used < size; i++)
		if ((vma->advice & shown[i].advice) || (vma->flags & shown[i].flag))
			used += (size_t)snprintf(out + used, size - used, " %s", shown[i].name);
}

/* "mw !me": the flags that stand for the model's ceiling and sharing */
static bool flags_hold(const struct vma *vma, const char *flags)
{
	static const struct word bits[] = { { "mr", 1 }, { "mw", 2 }, { "me", 4 }, { NULL, 0 } };

	for (; *flags; flags += strcspn(flags, " "), flags += *flags == ' ') {
		bool not = *flags == '!';
		const char *flag = flags + not;
		bool has = word_value(bits, flag, 2) & vma->ceiling;

		if (!strncmp(flag, "ms", 2))
			has = vma->shared;
		if (!strncmp(flag, "sh", 2))
			has = vma->shared && (vma->ceiling & PROT_BIT_WRITE);
		if (has == not)
			return false;
	}
	return true;
}

static bool page_matches(const struct vma *vma, json_t *page, char *why, size_t size)
{
	const char *want = text_of(page, "state"), *flags = text_of(page, "vmflags");
	json_t *guard = json_object_get(page, "guard");
	char have[160];

	state_text(vma, have, sizeof have);
	if (want && strcmp(have, want)) {
		snprintf(why, size, "is '%s', should be '%s'", have, want);
		return false;
	}
	if (guard && vma && !!(vma->flags & VMA_GUARD) != json_integer_value(guard)) {
		snprintf(why, size, "guard marker should be %d", (int)json_integer_value(guard));
		return false;
	}
	if (flags && vma && !flags_hold(vma, flags)) {
		snprintf(why, size, "flags should be '%s'", flags);
		return false;
	}
	return true;
}

static uint64_t page_address(struct run *run, json_t *page, uint64_t *count)
{
	json_t *n = json_object_get(page, "n");

	*count = n ? (uint64_t)json_integer_value(n) : 1;
	if (json_object_get(page, "at"))
		return expression(run, text_of(page, "at"), false);
	return ARENA + number_of(page, "page") * PAGE_BYTES;
}

static void check_listed(struct run *run, json_t *page, const char *where)
{
	uint64_t count, at = page_address(run, page, &count);
	char why[256], text[320];

	for (uint64_t i = 0; i < count; i++) {
		if (page_matches(space_find(space_of(run), at + i * PAGE_BYTES), page, why, sizeof why))
			continue;
		snprintf(text, sizeof text, "page %" PRId64 " %s",
			 (int64_t)(at + i * PAGE_BYTES - ARENA) / (int64_t)PAGE_BYTES, why);
		blame(run, where, text);
		return;
	}
}

/* Every arena page that is not listed must not be mapped. */
static void check_unlisted(struct run *run, json_t *pages, const char *where)
{
	const struct vma *vma = space_next(space_of(run), WINDOW_LOW);
	uint64_t mapped = 0, listed = 0;
	json_t *page;
	size_t i;

	for (; vma && vma->start < WINDOW_HIGH; vma = space_next(space_of(run), vma->end))
		mapped += vma->end - vma->start;
	json_array_foreach(pages, i, page) {
		uint64_t count, at = page_address(run, page, &count);
		bool none = !strcmp(text_of(page, "state") ? text_of(page, "state") : "", "none");

		if (at >= WINDOW_LOW && at < WINDOW_HIGH && !none)
			listed += count * PAGE_BYTES;
	}
	if (mapped > listed)
		blame(run, where, "more pages mapped than listed");
}

static void check_all_locked(struct run *run, const char *want, const char *where)
{
	const struct vma *vma = space_next(space_of(run), 0);
	uint8_t lock = VMA_UNLOCKED;

	if (strcmp(want, "none"))
		lock = strcmp(want, "full") ? VMA_LOCKED_ONFAULT : VMA_LOCKED;
	for (; vma; vma = space_next(space_of(run), vma->end))
		if (vma->lock != (vma_is_lockable(vma) ? lock : VMA_UNLOCKED))
			blame(run, where, "not all pages have the lock");
}

void case_check(struct run *run, json_t *expect, const char *where)
{
	json_t *pages = json_object_get(expect, "pages"), *vmlck = json_object_get(expect, "vmlck"), *page;
	size_t i;

	if (pages) {
		json_array_foreach(pages, i, page)
			check_listed(run, page, where);
		check_unlisted(run, pages, where);
	}
	if (vmlck && space_totals(space_of(run)).vmlck != (uint64_t)json_integer_value(vmlck) * PAGE_BYTES)
		blame(run, where, "VmLck");
	if (json_object_get(expect, "all_locked"))
		check_all_locked(run, text_of(expect, "all_locked"), where);
}

/* ---- looking: the expected pages as the listing a collector would read ---- */

static void flags_text(const char *state, char *out, size_t size)
{
	const char *rest = strchr(state, ' ');

	snprintf(out, size, "mr mw me%s", rest ? rest : "");
	for (char *at; (at = strstr(out, "locked"));)
		memcpy(at, "lo    ", 6);
	for (char *at; (at = strstr(out, "onfault"));)
		memcpy(at, "lo lf  ", 7);
}

/* Cases do not say what object is mapped; the model knows. */
static void set_object(const struct run *run, struct snapshot_range *range)
{
	const struct vma *vma = space_find(space_of(run), range->start);

	if (!vma || vma_is_plain(vma))
		return;
	range->dev = vma->dev;
	range->ino = vma->ino;
	range->offset = vma->offset;
	range->path = vma->kind == KIND_SECRET ? "/secretmem (deleted)" : space_path(space_of(run), vma->path);
}

void case_look(struct run *run, json_t *expect)
{
	static struct snapshot_range range[256];
	static char flags[256][160];
	json_t *pages = json_object_get(expect, "pages"), *page;
	uint64_t count, last = WINDOW_LOW;
	size_t i, used = 0;

	json_array_foreach(pages, i, page) {
		uint64_t at = page_address(run, page, &count);
		const char *state = text_of(page, "state");

		if (at < last || at >= WINDOW_HIGH || used == 256 || !state || !strcmp(state, "none"))
			continue;
		flags_text(state, flags[used], sizeof flags[0]);
		range[used] = (struct snapshot_range){ .start = at, .end = at + count * PAGE_BYTES };
		range[used].vmflags = flags[used];
		memcpy(range[used].perms, state, 4);
		set_object(run, &range[used]);
		last = range[used++].end;
	}
	case_list(run, range, used, WINDOW_LOW, WINDOW_HIGH);
}
