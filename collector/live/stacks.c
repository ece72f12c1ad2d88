#include "stacks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../preload/abi/ring.h"
#include "../util/alloc.h"
#include "stack_ids.h"
#include "stack_keys.h"

struct stacks {
	const uint64_t *words;
	uint32_t count;
	struct stack_ids *ids;
	struct stack_keys keys;
	uint32_t last;		/* key of the stack that was asked for last */
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

void stacks_free(struct stacks *stacks)
{
	if (!stacks)
		return;
	stack_keys_free(&stacks->keys);
	for (uint32_t i = 0; stacks->sent && i < STACK_SENT_WINDOW; i++)
		free(stacks->sent[i]);
	free(stacks->sent);
	stack_ids_free(stacks->ids);
	free(stacks);
}

/* ---- modules ---- */

uint32_t stacks_add_module(struct stacks *stacks, uint32_t key, const struct record_module *module, bool *fresh)
{
	return stack_keys_add(&stacks->keys, key, module, fresh)->id;
}

uint32_t stacks_key(const struct stacks *stacks)
{
	return stacks->last;
}

bool stacks_crowded(const struct stacks *stacks)
{
	return stack_keys_crowded(&stacks->keys);
}

void stacks_use(struct stacks *stacks, uint32_t key)
{
	stack_keys_use(&stacks->keys, key);
}

void stacks_drop_unused(struct stacks *stacks)
{
	stack_keys_drop(&stacks->keys);
}

/* ---- a log that begins anew ---- */

void stacks_keep_module(struct stacks *stacks, uint32_t id, const char *text, size_t length)
{
	struct module *newest = stacks->keys.newest;

	if (newest && newest->id == id && !newest->text)
		newest->text = alloc_copy(text, length);
}

void stacks_forget(struct stacks *stacks)
{
	for (int i = 0; i < STACK_BUCKETS; i++)
		for (struct module *module = stacks->keys.module[i]; module; module = module->next)
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
	const struct key *key = stack_keys_use(&stacks->keys, stacks->last);
	uint32_t count = words[0] & STACK_COUNT;

	frames->flags = words[0] & (STACK_TRUNCATED | STACK_GUESSED);
	for (uint32_t i = 0; i < count; i++) {
		struct module *module = stack_keys_module(key, words[1 + i]);

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
	uint32_t count, log_id;

	stacks->last = (uint32_t)(words[0] >> 32);
	count = find_frames(stacks, words, &frames);
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
	stacks->last = 0;
	if (log_id && id < stacks->count)
		stacks->last = (uint32_t)(((const volatile uint64_t *)stacks->words)[id] >> 32);
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
