#include "stacks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../preload/abi/ring.h"
#include "../util/alloc.h"
#include "stack_ids.h"

#define KEY_BUCKETS 1024
#define MODULE_BUCKETS 1024

/* A module line of the log. */
struct module {
	uint32_t id;
	uint64_t base, start, end;
	char *path, *build_id;	/* "" where the record had none */
	char *text;		/* of its line, NULL: not kept */
	bool written;		/* the log has it */
	struct module *next;	/* in its bucket */
	struct module *due;	/* to be written after this one */
};

/* The modules that addresses of one key lie in, newest last. */
struct key {
	uint32_t key;
	struct module **module;
	size_t count, room;
	struct key *next;	/* in its bucket */
};

struct stacks {
	const uint64_t *words;
	uint32_t count;
	struct stack_ids *ids;
	struct key *key[KEY_BUCKETS];
	struct module *module[MODULE_BUCKETS];
	uint32_t modules;
	struct module *newest;	/* made last */
	struct module *due;	/* to be written before the stack that was asked for last */
	uint64_t **sent;	/* words of sent stacks, by id, round about; NULL: they are not remembered */
};

struct stacks *stacks_new(const uint64_t *words, uint32_t count)
{
	struct stacks *stacks = alloc_zero(1, sizeof(*stacks));

	stacks->words = words;
	stacks->count = count;
	stacks->ids = stack_ids_new(count);
	return stacks;
}

static void free_keys(struct key *key)
{
	while (key) {
		struct key *next = key->next;

		free(key->module);
		free(key);
		key = next;
	}
}

static void free_modules(struct module *module)
{
	while (module) {
		struct module *next = module->next;

		free(module->path);
		free(module->build_id);
		free(module->text);
		free(module);
		module = next;
	}
}

void stacks_free(struct stacks *stacks)
{
	if (!stacks)
		return;
	for (int i = 0; i < KEY_BUCKETS; i++)
		free_keys(stacks->key[i]);
	for (int i = 0; i < MODULE_BUCKETS; i++)
		free_modules(stacks->module[i]);
	for (uint32_t i = 0; stacks->sent && i < STACK_SENT_WINDOW; i++)
		free(stacks->sent[i]);
	free(stacks->sent);
	stack_ids_free(stacks->ids);
	free(stacks);
}

/* ---- modules ---- */

static struct key *find_key(struct stacks *stacks, uint32_t number, bool add)
{
	struct key **bucket = &stacks->key[number % KEY_BUCKETS], *key;

	for (key = *bucket; key; key = key->next)
		if (key->key == number)
			return key;
	if (!add)
		return NULL;
	key = alloc_zero(1, sizeof(*key));
	key->key = number;
	key->next = *bucket;
	*bucket = key;
	return key;
}

static bool same_module(const struct module *known, const struct record_module *module)
{
	return known->base == module->base && known->start == module->start && known->end == module->end &&
	       !strcmp(known->path, module->path ? module->path : "") &&
	       !strcmp(known->build_id, module->build_id ? module->build_id : "");
}

static char *copy_or_empty(const char *string)
{
	return string ? alloc_copy(string, strlen(string)) : alloc_zero(1, 1);
}

static struct module *find_module(struct stacks *stacks, const struct record_module *module, bool *fresh)
{
	struct module **bucket = &stacks->module[(module->start >> 12) % MODULE_BUCKETS], *known;

	*fresh = false;
	for (known = *bucket; known; known = known->next)
		if (same_module(known, module))
			return known;
	known = alloc_zero(1, sizeof(*known));
	known->id = ++stacks->modules;
	known->base = module->base;
	known->start = module->start;
	known->end = module->end;
	known->path = copy_or_empty(module->path);
	known->build_id = copy_or_empty(module->build_id);
	known->next = *bucket;
	known->written = true;
	*bucket = known;
	stacks->newest = known;
	*fresh = true;
	return known;
}

static void put_in_key(struct key *key, struct module *module)
{
	for (size_t i = 0; i < key->count; i++)
		if (key->module[i] == module)
			return;
	if (key->count == key->room) {
		key->room = key->room * 2 + 8;
		key->module = alloc_resize(key->module, key->room, sizeof(*key->module));
	}
	key->module[key->count++] = module;
}

uint32_t stacks_add_module(struct stacks *stacks, uint32_t key, const struct record_module *module, bool *fresh)
{
	struct module *known = find_module(stacks, module, fresh);

	put_in_key(find_key(stacks, key, true), known);
	return known->id;
}

/* ---- a log that begins anew ---- */

void stacks_keep_module(struct stacks *stacks, uint32_t id, const char *text, size_t length)
{
	if (stacks->newest && stacks->newest->id == id && !stacks->newest->text)
		stacks->newest->text = alloc_copy(text, length);
}

void stacks_forget(struct stacks *stacks)
{
	for (int i = 0; i < MODULE_BUCKETS; i++)
		for (struct module *module = stacks->module[i]; module; module = module->next)
			module->written = false;
	stacks->due = NULL;
	stack_ids_forget(stacks->ids);
}

static void want_module(struct stacks *stacks, struct module *module)
{
	if (module->written || !module->text)
		return;
	module->written = true;
	module->due = stacks->due;
	stacks->due = module;
}

bool stacks_take_module(struct stacks *stacks, uint32_t *id, const char **text, size_t *length)
{
	const struct module *module = stacks->due;

	if (!module)
		return false;
	stacks->due = module->due;
	*id = module->id;
	*text = module->text;
	*length = strlen(module->text);
	return true;
}

void stacks_remember_sent(struct stacks *stacks)
{
	if (!stacks->sent)
		stacks->sent = alloc_zero(STACK_SENT_WINDOW, sizeof(*stacks->sent));
}

/* ---- stacks ---- */

/* Newest first: should two modules of a key overlap, the later one replaced the earlier. */
static struct module *module_at(const struct key *key, uint64_t address)
{
	for (size_t i = key ? key->count : 0; i-- > 0;)
		if (address >= key->module[i]->start && address < key->module[i]->end)
			return key->module[i];
	return NULL;
}

/* A return address may be the first byte after its module, when the call was the last instruction of it. */
static struct module *module_of_return(const struct key *key, uint64_t address)
{
	struct module *module = module_at(key, address - 1);

	return module ? module : module_at(key, address);
}

/* A stack as the log has it: its flags, then module and offset of each frame. */
struct frames {
	uint64_t flags;
	struct {
		uint64_t module, offset;
	} frame[STACK_FRAMES_MAX];
	struct module *of[STACK_FRAMES_MAX];
};

static uint32_t find_frames(struct stacks *stacks, const uint64_t *words, struct frames *frames)
{
	const struct key *key = find_key(stacks, (uint32_t)(words[0] >> 32), false);
	uint32_t count = words[0] & STACK_COUNT;

	frames->flags = words[0] & (STACK_TRUNCATED | STACK_GUESSED);
	for (uint32_t i = 0; i < count; i++) {
		struct module *module = module_of_return(key, words[1 + i]);

		frames->of[i] = module;
		frames->frame[i].module = module ? module->id : 0;
		frames->frame[i].offset = words[1 + i] - (module ? module->base : 0);
	}
	return count;
}

static void write_line(uint32_t id, int32_t pid, const struct frames *frames, uint32_t count, struct line *line)
{
	line_add(line, "{\"type\":\"stack\",\"id\":%" PRIu32 ",\"pid\":%" PRId32 ",\"frames\":[", id, pid);
	for (uint32_t i = 0; i < count; i++)
		line_add(line, "%s[%" PRIu64 ",\"0x%" PRIx64 "\"]", i ? "," : "", frames->frame[i].module,
			 frames->frame[i].offset);
	line_add(line, "]%s%s}", frames->flags & STACK_TRUNCATED ? ",\"truncated\":true" : "",
		 frames->flags & STACK_GUESSED ? ",\"guessed\":true" : "");
}

static uint32_t add_stack(struct stacks *stacks, uint32_t id, int32_t pid, const uint64_t *words, struct line *line)
{
	struct frames frames;
	uint32_t count = find_frames(stacks, words, &frames), log_id;

	log_id = stack_ids_add(stacks->ids, id, &frames.flags, 1 + 2 * (size_t)count);
	if (log_id != id)
		return log_id;
	for (uint32_t i = 0; i < count; i++)
		if (frames.of[i])
			want_module(stacks, frames.of[i]);
	write_line(id, pid, &frames, count, line);
	return log_id;
}

/* Sent once, used often; @words: of @id, or as remembered. */
static void remember_sent(struct stacks *stacks, uint32_t id, const uint64_t *words)
{
	uint64_t **place = stacks->sent ? &stacks->sent[id % STACK_SENT_WINDOW] : NULL;
	size_t count = words[0] & STACK_COUNT;

	if (!place)
		return;
	*place = alloc_resize(*place, count + 2, sizeof(**place));
	(*place)[0] = id;
	memcpy(*place + 1, words, (count + 1) * sizeof(*words));
}

static uint32_t add_remembered(struct stacks *stacks, uint32_t id, int32_t pid, struct line *line)
{
	const uint64_t *words = stacks->sent && (id & STACK_ID_SENT) ? stacks->sent[id % STACK_SENT_WINDOW] : NULL;

	return words && words[0] == id ? add_stack(stacks, id, pid, words + 1, line) : 0;
}

/* A stack longer than any the shim makes is damage: keep what fits and say that it was cut. */
static uint64_t checked_head(uint64_t head, uint64_t room)
{
	uint64_t most = room < STACK_FRAMES_MAX ? room : STACK_FRAMES_MAX;

	return (head & STACK_COUNT) <= most ? head : (head & ~(uint64_t)STACK_COUNT) | STACK_TRUNCATED | most;
}

uint32_t stacks_line(struct stacks *stacks, uint32_t id, int32_t pid, struct line *line)
{
	uint32_t log_id = stack_ids_find(stacks->ids, id);
	uint64_t copy[STACK_FRAMES_MAX + 1];

	line_clear(line);
	if (log_id || id == 0)
		return log_id;
	if (id >= stacks->count)
		return add_remembered(stacks, id, pid, line);
	/* read once: the dictionary is writable by the traced processes */
	copy[0] = checked_head(((const volatile uint64_t *)stacks->words)[id], stacks->count - 1 - id);
	for (uint32_t i = 1; i <= (copy[0] & STACK_COUNT); i++)
		copy[i] = ((const volatile uint64_t *)stacks->words)[id + i];
	return add_stack(stacks, id, pid, copy, line);
}

uint32_t stacks_sent_line(struct stacks *stacks, const char *bytes, size_t length, int32_t pid, struct line *line)
{
	uint64_t copy[STACK_FRAMES_MAX + 1], id, count = length / sizeof(uint64_t);

	line_clear(line);
	if (count < 2)
		return 0;
	memcpy(&copy[0], bytes, sizeof(uint64_t));
	memcpy(&id, bytes + sizeof(uint64_t), sizeof(id));
	copy[0] = checked_head(copy[0], count - 2);
	memcpy(&copy[1], bytes + 2 * sizeof(uint64_t), (copy[0] & STACK_COUNT) * sizeof(uint64_t));
	if (!(id & STACK_ID_SENT) || id > UINT32_MAX)
		return 0;
	remember_sent(stacks, (uint32_t)id, copy);
	return add_stack(stacks, (uint32_t)id, pid, copy, line);
}
