#include "stack_keys.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

static void free_module(struct module *module)
{
	free(module->path);
	free(module->build_id);
	free(module->text);
	free(module);
}

static void free_key(struct key *key)
{
	free(key->module);
	free(key);
}

void stack_keys_free(struct stack_keys *keys)
{
	for (int i = 0; i < STACK_BUCKETS; i++) {
		for (struct key *key = keys->key[i], *next; key; key = next) {
			next = key->next;
			free_key(key);
		}
		for (struct module *module = keys->module[i], *next; module; module = next) {
			next = module->next;
			free_module(module);
		}
	}
	*keys = (struct stack_keys){ .made = 0 };
}

/* ---- finding and adding ---- */

struct key *stack_keys_use(struct stack_keys *keys, uint32_t number)
{
	struct key *key = keys->key[number % STACK_BUCKETS];

	while (key && key->key != number)
		key = key->next;
	if (key)
		key->used = keys->made;
	return key;
}

static struct key *make_key(struct stack_keys *keys, uint32_t number)
{
	struct key **bucket = &keys->key[number % STACK_BUCKETS], *key = alloc_zero(1, sizeof(*key));

	key->key = number;
	key->used = ++keys->made;
	key->next = *bucket;
	*bucket = key;
	keys->count++;
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

static struct module **bucket_of(struct stack_keys *keys, uint64_t start)
{
	return &keys->module[(start >> 12) % STACK_BUCKETS];
}

static struct module *find_module(struct stack_keys *keys, const struct record_module *module, bool *fresh)
{
	struct module **bucket = bucket_of(keys, module->start), *known;

	*fresh = false;
	for (known = *bucket; known; known = known->next)
		if (same_module(known, module))
			return known;
	known = alloc_zero(1, sizeof(*known));
	known->id = ++keys->modules;
	known->base = module->base;
	known->start = module->start;
	known->end = module->end;
	known->path = copy_or_empty(module->path);
	known->build_id = copy_or_empty(module->build_id);
	known->next = *bucket;
	known->written = true;
	*bucket = known;
	keys->newest = known;
	*fresh = true;
	return known;
}

static void put_in_key(struct key *key, struct module *module)
{
	for (size_t i = 0; i < key->count; i++)
		if (key->module[i] == module)
			return;
	key->module = alloc_room(key->module, key->count, &key->room, sizeof(*key->module));
	key->module[key->count++] = module;
	module->keys++;
}

struct module *stack_keys_add(struct stack_keys *keys, uint32_t number, const struct record_module *module, bool *fresh)
{
	struct key *key = stack_keys_use(keys, number);
	struct module *known = find_module(keys, module, fresh);

	put_in_key(key ? key : make_key(keys, number), known);
	return known;
}

/* Newest first: should two modules of a key overlap, the later one replaced the earlier. */
static struct module *module_at(const struct key *key, uint64_t address)
{
	for (size_t i = key ? key->count : 0; i-- > 0;)
		if (address >= key->module[i]->start && address < key->module[i]->end)
			return key->module[i];
	return NULL;
}

/* It is the first byte after its module when the call was the last instruction of it. */
struct module *stack_keys_module(const struct key *key, uint64_t address)
{
	struct module *module = module_at(key, address - 1);

	return module ? module : module_at(key, address);
}

/* ---- dropping ---- */

static void drop_module(struct stack_keys *keys, struct module *module)
{
	struct module **link = bucket_of(keys, module->start);

	if (--module->keys)
		return;
	while (*link != module)
		link = &(*link)->next;
	*link = module->next;
	if (keys->newest == module)
		keys->newest = NULL;
	free_module(module);
}

static void drop_key(struct stack_keys *keys, struct key *key)
{
	for (size_t i = 0; i < key->count; i++)
		drop_module(keys, key->module[i]);
	keys->count--;
	free_key(key);
}

bool stack_keys_crowded(const struct stack_keys *keys)
{
	return keys->count > 2 * STACK_KEYS_KEPT && keys->made - keys->swept > STACK_KEYS_KEPT;
}

void stack_keys_drop(struct stack_keys *keys)
{
	keys->swept = keys->made;
	for (int i = 0; i < STACK_BUCKETS; i++) {
		struct key **link = &keys->key[i], *key;

		while ((key = *link)) {
			if (keys->made - key->used < STACK_KEYS_KEPT) {
				link = &key->next;
				continue;
			}
			*link = key->next;
			drop_key(keys, key);
		}
	}
}
