#include "keys.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/stat.h>

#include "raw.h"

/* An object at its place. */
struct place {
	uintptr_t start, end;
	uint64_t identity;	/* 0: like no other */
};

/* ---- what was announced ---- */

/*
 * Gone through round about: what stands before era_start counts no more, nor does an earlier key than era_key, which may have
 * lost some of its places.  A writer takes the next entry and sets its key last (release; pairs with the acquire in read_entry()).
 * When an era has filled the table, nothing more is noted until the next begins.
 */
#define KNOWN_MAX 512

static struct known {
	_Atomic uint32_t key;	/* 0: not complete */
	_Atomic uint32_t pages;
	_Atomic uintptr_t start;
	_Atomic uint64_t identity;
} known[KNOWN_MAX];
static _Atomic uint32_t known_next, era_start, era_key;

static bool is_full(uint32_t next)
{
	return next - atomic_load_explicit(&era_start, memory_order_relaxed) >= KNOWN_MAX;
}

static uint32_t read_entry(uint32_t number, struct place *place)
{
	struct known *entry = &known[number % KNOWN_MAX];
	uint32_t key = atomic_load_explicit(&entry->key, memory_order_acquire);

	place->start = atomic_load_explicit(&entry->start, memory_order_relaxed);
	place->end = place->start + ((uintptr_t)atomic_load_explicit(&entry->pages, memory_order_relaxed) << 12);
	place->identity = atomic_load_explicit(&entry->identity, memory_order_relaxed);
	return key;
}

static void write_entry(uint32_t key, const struct place *place)
{
	uint32_t number = atomic_load_explicit(&known_next, memory_order_relaxed);
	struct known *entry;

	do
		if (is_full(number))
			return;
	while (!atomic_compare_exchange_weak_explicit(&known_next, &number, number + 1, memory_order_relaxed,
						      memory_order_relaxed));
	entry = &known[number % KNOWN_MAX];
	atomic_store_explicit(&entry->key, 0, memory_order_relaxed);
	atomic_store_explicit(&entry->start, place->start, memory_order_release);
	atomic_store_explicit(&entry->pages, (uint32_t)((place->end - place->start + 4095) >> 12), memory_order_release);
	atomic_store_explicit(&entry->identity, place->identity, memory_order_release);
	atomic_store_explicit(&entry->key, key, memory_order_release);
}

/* For each place announced in this era, with the key it was announced under. */
#define EACH_KNOWN(key, place)                                                                                         \
	for (uint32_t key, at_ = atomic_load(&era_start), end_ = atomic_load(&known_next); at_ != end_; at_++)         \
		if ((key = read_entry(at_, place)) != 0)

static bool is_known(uintptr_t start, uint32_t key)
{
	struct place place;

	EACH_KNOWN(under, &place)
		if (under == key && place.start == start)
			return true;
	return false;
}

/* ---- what is loaded ---- */

/*
 * What came since we did; entries are written under the loader's lock, start last and first to go.  When more came than there is
 * room for, it is not known any more what is where: then a key ends as soon as anything has left.
 */
#define LOADED_MAX 256

static struct loaded {
	_Atomic uintptr_t start;	/* 0: free */
	uintptr_t end;
	uint64_t identity;
} loaded[LOADED_MAX];
static bool too_many, has_left;		/* under the loader's lock */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * 0x9fb21c651e98df25ull;
}

static uint64_t identity_of(const struct object *object, const struct stat *st)
{
	uint32_t length = 0;
	const uint8_t *id = object_build_id(object, &length);
	uint64_t hash = mix(st->st_dev + 1, st->st_ino);

	if (!id)
		return 0;
	for (uint32_t i = 0; i < length; i++)
		hash = mix(hash, id[i]);
	return hash;
}

static bool add_loaded(const struct place *place)
{
	for (int i = 0; i < LOADED_MAX; i++) {
		if (atomic_load_explicit(&loaded[i].start, memory_order_relaxed))
			continue;
		loaded[i].end = place->end;
		loaded[i].identity = place->identity;
		/* release: pairs with the acquire in keys_note() */
		atomic_store_explicit(&loaded[i].start, place->start, memory_order_release);
		return true;
	}
	return false;
}

void keys_left(uintptr_t start, uintptr_t end)
{
	for (int i = 0; i < LOADED_MAX; i++) {
		uintptr_t at = atomic_load_explicit(&loaded[i].start, memory_order_relaxed);

		if (at >= start && at < end)
			atomic_store_explicit(&loaded[i].start, 0, memory_order_relaxed);
	}
	has_left = true;
}

/* ---- keys ---- */

bool keys_note(const struct object *object, uintptr_t end, uint32_t key)
{
	static const struct stat unknown;
	struct place place = { .start = object->start, .end = end };

	if (is_known(object->start, key))
		return false;
	place.identity = identity_of(object, &unknown);
	for (int i = 0; i < LOADED_MAX; i++)
		if (atomic_load_explicit(&loaded[i].start, memory_order_acquire) == object->start)
			place.identity = loaded[i].identity;
	write_entry(key, &place);
	return true;
}

/* Do two objects claim an address?  One object at its own place does not. */
static bool conflict(const struct place *a, const struct place *b)
{
	if (a->end <= b->start || b->end <= a->start)
		return false;
	return a->start != b->start || a->identity != b->identity || !a->identity;
}

/* Is what lay where under @key there now, or nothing?  (What was there before us does not go.) */
static bool holds(uint32_t key)
{
	struct place place;

	EACH_KNOWN(under, &place) {
		for (int i = 0; i < LOADED_MAX; i++) {
			const struct place now = { atomic_load_explicit(&loaded[i].start, memory_order_relaxed), loaded[i].end,
						   loaded[i].identity };

			if (under == key && now.start && conflict(&place, &now))
				return false;
		}
	}
	return true;
}

uint32_t keys_arrived(uintptr_t start, uintptr_t end, int fd, uint32_t key)
{
	const struct object object = object_at(start, start);
	struct place new = { .start = start, .end = end }, place;
	struct stat st;

	if (object.phdr && !raw_failed(raw_syscall3(SYS_fstat, fd, (long)&st, 0)))
		new.identity = identity_of(&object, &st);
	too_many |= !add_loaded(&new);
	if (is_full(atomic_load(&known_next)) || (too_many && has_left))
		return 0;
	if (too_many || holds(key))
		return key;
	EACH_KNOWN(other, &place)
		if (other >= atomic_load(&era_key) && place.start == start && place.identity == new.identity && holds(other))
			return other;
	return 0;
}

void keys_take(uint32_t key, bool forget)
{
	uint32_t next = atomic_load(&known_next);

	has_left = false;
	if (!forget && !is_full(next))
		return;
	atomic_store(&era_key, key);
	atomic_store(&era_start, next);
}
