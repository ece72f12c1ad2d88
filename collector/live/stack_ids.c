#include "stack_ids.h"

#include <stdlib.h>
#include <string.h>

#include "../../preload/abi/ring.h"
#include "../util/alloc.h"

#define FIRST_ROOM 1024 /* a power of two */
#define ROOM_MAX   (2 * STACK_CONTENTS_MAX)

/* A content, and the id it has in the log; 0: free. */
struct content {
	uint64_t hash[2];
	uint32_t id;
};

/* A stack that travelled through the ring. */
struct sent {
	uint32_t id, log_id;
};

struct stack_ids {
	uint32_t words;
	uint32_t *of_word;	/* by id of the dictionary */
	struct sent *sent;	/* round about; NULL: none was sent yet */
	struct content *content; /* open addressing, at most half full */
	size_t count, room;
};

struct stack_ids *stack_ids_new(uint32_t words)
{
	struct stack_ids *ids = alloc_zero(1, sizeof(*ids));

	ids->words = words;
	ids->of_word = alloc_zero(words, sizeof(*ids->of_word));
	ids->room = FIRST_ROOM;
	ids->content = alloc_zero(ids->room, sizeof(*ids->content));
	return ids;
}

void stack_ids_free(struct stack_ids *ids)
{
	if (!ids)
		return;
	free(ids->of_word);
	free(ids->sent);
	free(ids->content);
	free(ids);
}

void stack_ids_forget(struct stack_ids *ids)
{
	memset(ids->of_word, 0, ids->words * sizeof(*ids->of_word));
	free(ids->sent);
	ids->sent = NULL;
	free(ids->content);
	ids->room = FIRST_ROOM;
	ids->count = 0;
	ids->content = alloc_zero(ids->room, sizeof(*ids->content));
}

uint32_t stack_ids_find(const struct stack_ids *ids, uint32_t id)
{
	if (!(id & STACK_ID_SENT))
		return id < ids->words ? ids->of_word[id] : 0;
	if (!ids->sent || ids->sent[id % STACK_SENT_WINDOW].id != id)
		return 0;
	return ids->sent[id % STACK_SENT_WINDOW].log_id;
}

static void note(struct stack_ids *ids, uint32_t id, uint32_t log_id)
{
	if (!(id & STACK_ID_SENT)) {
		if (id < ids->words)
			ids->of_word[id] = log_id;
		return;
	}
	if (!ids->sent)
		ids->sent = alloc_zero(STACK_SENT_WINDOW, sizeof(*ids->sent));
	ids->sent[id % STACK_SENT_WINDOW] = (struct sent){ id, log_id };
}

/* Two multiplications that do not follow from each other: equal in both by accident is not to be expected (2^-128). */
static void hash_words(const uint64_t *words, size_t count, uint64_t hash[2])
{
	uint64_t a = 0x9e3779b97f4a7c15ull, b = count + 1;

	for (size_t i = 0; i < count; i++) {
		a = (a ^ words[i]) * 0x9fb21c651e98df25ull;
		a ^= a >> 29;
		b = (b + words[i]) * 0xff51afd7ed558ccdull;
		b ^= b >> 32;
	}
	hash[0] = a;
	hash[1] = b;
}

static struct content *place_of(const struct stack_ids *ids, const uint64_t hash[2])
{
	size_t at = hash[0] & (ids->room - 1);

	while (ids->content[at].id && (ids->content[at].hash[0] != hash[0] || ids->content[at].hash[1] != hash[1]))
		at = (at + 1) & (ids->room - 1);
	return &ids->content[at];
}

/* Stacks that are in use come again, and are written and known once more. */
static void forget_contents(struct stack_ids *ids)
{
	memset(ids->content, 0, ids->room * sizeof(*ids->content));
	ids->count = 0;
}

static void grow(struct stack_ids *ids)
{
	struct content *old = ids->content;
	size_t room = ids->room;

	ids->room = room * 2;
	ids->content = alloc_zero(ids->room, sizeof(*ids->content));
	for (size_t i = 0; i < room; i++)
		if (old[i].id)
			*place_of(ids, old[i].hash) = old[i];
	free(old);
}

uint32_t stack_ids_add(struct stack_ids *ids, uint32_t id, const uint64_t *words, size_t count)
{
	struct content new = { .id = id }, *known;

	hash_words(words, count, new.hash);
	known = place_of(ids, new.hash);
	if (!known->id) {
		*known = new;
		ids->count++;
	}
	note(ids, id, known->id);
	id = known->id;
	if (ids->count * 2 <= ids->room)
		return id;
	if (ids->room < ROOM_MAX)
		grow(ids);
	else
		forget_contents(ids);
	return id;
}

size_t stack_ids_contents(const struct stack_ids *ids)
{
	return ids->count;
}
