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

/* What is kept of a stack; of a module, its hash alone. */
struct site {
	uint64_t hash, owner;
	uint64_t inner;		/* of the frames of the innermost module alone */
	uint64_t caller;		/* the innermost frame of another module; 0: there is none */
	uint64_t frame[SITE_FRAMES];	/* innermost first; 0: there is none */
	bool asked;			/* for, since it is of the generation before */
};

void sites_free(struct sites *sites)
{
	table_clear(&sites->now, free);
	table_clear(&sites->before, free);
}

static void age(struct sites *sites)
{
	const struct table old = sites->before;
	struct site *site;

	if (!sites->most || sites->now.count < sites->most + sites->kept)
		return;
	sites->before = sites->now;
	sites->now = (struct table){ 0 };
	for (size_t i = 0; i < old.size; i++) {
		site = old.slot[i].value;
		if (!site || !site->asked) {
			free(site);
			continue;
		}
		site->asked = false;
		table_add(&sites->now, old.slot[i].key, site);
	}
	sites->kept = sites->now.count;
	free(old.slot);
}

static void keep(struct sites *sites, uint64_t key, struct site site)
{
	struct site *value = table_find(&sites->now, key);

	free(table_remove(&sites->before, key));
	if (!value) {
		value = alloc_zero(1, sizeof(*value));
		table_add(&sites->now, key, value);
	}
	*value = site;
	age(sites);
}

static const struct site *find(const struct sites *sites, uint64_t key)
{
	struct site *site = table_find(&sites->now, key);

	if (site)
		return site;
	site = table_find(&sites->before, key);
	if (site)
		site->asked = true;
	return site;
}

void audit_bound_stacks(struct audit *audit, size_t most)
{
	audit->stacks.most = most;
	audit->modules.most = most / 4;
}

size_t audit_stacks(const struct audit *audit)
{
	return audit->stacks.now.count + audit->stacks.before.count;
}

static uint64_t module_hash(const struct audit *audit, uint32_t id)
{
	const struct site *site = find(&audit->modules, id);

	return site ? site->hash : id;
}

static uint64_t outer_frame(const struct audit *audit, const struct record_stack *stack)
{
	size_t at = 0;

	while (at < stack->count && stack->frame[at].module == stack->frame[0].module)
		at++;
	return at == stack->count ? 0 : hash_mix(module_hash(audit, stack->frame[at].module), stack->frame[at].offset);
}

/*
 * Only the innermost frames make a place: what a garbage collector does is one thing, whichever of a thousand ways of the
 * program led to it.  They reach from the call through a wrapper or two to who wanted it.
 */
static void add_stack(struct audit *audit, const struct record_stack *stack)
{
	size_t count = stack->count < SITE_FRAMES ? stack->count : SITE_FRAMES;
	struct site site = { .hash = count };
	bool outside = false;

	for (size_t i = 0; i < count; i++) {
		const uint64_t module = module_hash(audit, stack->frame[i].module);

		site.frame[i] = hash_mix(module, stack->frame[i].offset);
		site.hash = hash_mix(site.hash, site.frame[i]);
		if (!outside && stack->frame[i].module == stack->frame[0].module)
			site.inner = hash_mix(site.inner, site.frame[i]);
		else
			outside = true;
		if (!i && stack->frame[i].module)
			site.owner = module;
	}
	site.caller = outer_frame(audit, stack);
	keep(&audit->stacks, stack->id, site);
}

void sites_add(struct audit *audit, const struct record *record)
{
	const struct record_module *module = &record->module;
	uint64_t hash;

	if (record->type == RECORD_STACK) {
		add_stack(audit, &record->stack);
	} else if (record->type == RECORD_MODULE) {
		hash = hash_mix(hash_text(module->path), hash_text(module->build_id));
		keep(&audit->modules, module->id, (struct site){ .hash = hash });
	}
}

static const struct site *site_find(const struct audit *audit, uint32_t stack)
{
	return stack ? find(&audit->stacks, stack) : NULL;
}

uint64_t site_of(const struct audit *audit, uint32_t stack)
{
	const struct site *site = site_find(audit, stack);

	return site ? site->hash : stack;
}

uint64_t inner_site_of(const struct audit *audit, uint32_t stack)
{
	const struct site *site = site_find(audit, stack);

	return site ? site->inner : stack;
}

uint64_t owner_of(const struct audit *audit, uint32_t stack)
{
	const struct site *site = site_find(audit, stack);

	return site ? site->owner : 0;
}

uint64_t caller_of(const struct audit *audit, uint32_t stack)
{
	const struct site *site = site_find(audit, stack);

	return site ? site->caller : 0;
}

/* Is a frame of one stack, outside the call's own, anywhere in the other. */
static bool called_from(const uint64_t *frame, const uint64_t *other, size_t count)
{
	if (count < 2 || !frame[1])
		return count < 2 || !other[1];
	for (size_t i = 1; i < count; i++)
		if (other[i] == frame[1])
			return true;
	return false;
}

bool same_hand(const struct audit *audit, uint32_t stack, uint32_t other)
{
	const struct site *a = site_find(audit, stack), *b = site_find(audit, other);
	size_t same = 0;

	if (!a || !b || stack == other)
		return true;
	/* what is common innermost is a wrapper */
	while (same < SITE_FRAMES && a->frame[same] && a->frame[same] == b->frame[same])
		same++;
	return called_from(a->frame + same, b->frame + same, SITE_FRAMES - same) ||
	       called_from(b->frame + same, a->frame + same, SITE_FRAMES - same);
}
