#include "who.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "frame.h"

void who_want(struct who *who, uint64_t seq)
{
	if (!seq || (who->count && who->entry[who->count - 1].seq == seq))
		return;
	who->entry = alloc_room(who->entry, who->count, &who->room, sizeof(*who->entry));
	who->entry[who->count++] = (struct who_entry){ .seq = seq };
	who->sorted = false;
}

static int compare(const void *a, const void *b)
{
	const struct who_entry *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void sort(struct who *who)
{
	size_t kept = 0;

	if (who->count)
		qsort(who->entry, who->count, sizeof(*who->entry), compare);
	for (size_t i = 0; i < who->count; i++)
		if (!kept || who->entry[kept - 1].seq != who->entry[i].seq)
			who->entry[kept++] = who->entry[i];
	who->count = who->left = kept;
	who->sorted = true;
}

static struct who_entry *find(struct who *who, uint64_t seq)
{
	const struct who_entry key = { .seq = seq };

	if (!who->sorted)
		sort(who);
	return who->count ? bsearch(&key, who->entry, who->count, sizeof(key), compare) : NULL;
}

static char *copy(const char *string)
{
	return alloc_copy(string, strlen(string));
}

static const char *event_name(const struct record *record)
{
	static const char *const names[] = { "start", "fork", "exec", "exit" };

	if (record->type == RECORD_PROCESS)
		return names[record->process.event];
	return record->type == RECORD_SNAPSHOT ? "snapshot" : "?";
}

bool who_see(struct who *who, const struct record *record, const struct filter *filter, uint64_t page_bytes,
	     struct symbols *symbols)
{
	struct who_entry *entry = find(who, record->seq);
	struct text where = { 0 };

	if (!entry || entry->seen)
		return who->left > 0;
	entry->seen = true;
	entry->is_call = record->type == RECORD_CALL;
	if (entry->is_call) {
		frame_brief(&where, symbols_caller(symbols, record->call.stack));
		entry->wanted = filter_call(filter, record, page_bytes, symbols);
	}
	entry->what = copy(entry->is_call ? call_table[record->call.call].name : event_name(record));
	entry->where = copy(text_read(&where));
	text_free(&where);
	return --who->left > 0;
}

const struct who_entry *who_find(struct who *who, uint64_t seq)
{
	return seq ? find(who, seq) : NULL;
}

void who_text(const struct view *view, struct text *text, struct who *who, uint64_t seq)
{
	const struct who_entry *entry = who_find(who, seq);

	if (!entry || !entry->seen) {
		text_put(text, "-");
		return;
	}
	view_begin(view, text, TONE_DIM);
	text_printf(text, "#%llu ", (unsigned long long)seq);
	view_end(view, text, TONE_DIM);
	text_put(text, entry->what);
	if (*entry->where)
		text_printf(text, "  %s", entry->where);
}

void who_free(struct who *who)
{
	for (size_t i = 0; i < who->count; i++) {
		free(who->entry[i].what);
		free(who->entry[i].where);
	}
	free(who->entry);
	*who = (struct who){ 0 };
}
