/*
 * sites.c - stacks by what holds in every process and every run: modules by name and build-id, offsets, no addresses.
 */
#include <stdlib.h>

#include "../util/alloc.h"
#include "core.h"

#define SITE_FRAMES 4

/* splitmix64's finisher */
uint64_t hash_mix(uint64_t hash, uint64_t number)
{
	hash = (hash ^ number) + 0x9e3779b97f4a7c15;
	hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
	hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
	return hash ^ hash >> 31;
}

/* FNV-1a */
uint64_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; text && *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

static void keep(struct table *table, uint64_t key, uint64_t hash)
{
	uint64_t *value = table_find(table, key);

	if (!value) {
		value = alloc_zero(1, sizeof(*value));
		table_add(table, key, value);
	}
	*value = hash;
}

static uint64_t module_hash(const struct audit *audit, uint32_t id)
{
	const uint64_t *hash = table_find(&audit->modules, id);

	return hash ? *hash : id;
}

/*
 * Only the innermost frames make a place: what a garbage collector does is one thing, whichever of a thousand ways of the
 * program led to it.  They reach from the call through a wrapper or two to who wanted it.
 */
static uint64_t stack_hash(const struct audit *audit, const struct record_stack *stack)
{
	size_t count = stack->count < SITE_FRAMES ? stack->count : SITE_FRAMES;
	uint64_t hash = count;

	for (size_t i = 0; i < count; i++)
		hash = hash_mix(hash_mix(hash, module_hash(audit, stack->frame[i].module)), stack->frame[i].offset);
	return hash;
}

void sites_add(struct audit *audit, const struct record *record)
{
	const struct record_module *module = &record->module;

	if (record->type == RECORD_MODULE)
		keep(&audit->modules, module->id, hash_mix(hash_text(module->path), hash_text(module->build_id)));
	else if (record->type == RECORD_STACK)
		keep(&audit->stacks, record->stack.id, stack_hash(audit, &record->stack));
}

uint64_t site_of(const struct audit *audit, uint32_t stack)
{
	const uint64_t *hash = stack ? table_find(&audit->stacks, stack) : NULL;

	return hash ? *hash : stack;
}
