/*
 * stack_keys.h - which modules addresses lie in: a set of modules for each key of the stack dictionary (preload/abi/ring.h).
 *
 * Programs that load and unload objects at ever new places take ever new keys, and a key that a process has left for long
 * does not come back (preload/keys.h).  Keys that are not used while STACK_KEYS_KEPT others are made may be dropped, and
 * the modules that no key has any more with them.
 */
#ifndef PAGETRAIL_LIVE_STACK_KEYS_H
#define PAGETRAIL_LIVE_STACK_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm/record.h"

#define STACK_KEYS_KEPT 2048
#define STACK_BUCKETS 1024

/* A module line of the log. */
struct module {
	uint32_t id;
	uint32_t keys;		/* that have it */
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
	uint64_t used;		/* how many keys had been made when it was used last */
	struct module **module;
	size_t count, room;
	struct key *next;	/* in its bucket */
};

/* Starts as { 0 }. */
struct stack_keys {
	struct key *key[STACK_BUCKETS];
	struct module *module[STACK_BUCKETS];
	uint32_t modules;	/* ids given */
	struct module *newest;	/* made last; NULL: gone */
	uint64_t made, swept;	/* keys made so far; by the last stack_keys_drop() */
	size_t count;		/* of keys */
};

void stack_keys_free(struct stack_keys *keys);

/*
 * stack_keys_use - the key with this number, which is in use: NULL if there is none
 */
struct key *stack_keys_use(struct stack_keys *keys, uint32_t number);

/*
 * stack_keys_add - an object lies there, in the set of key @number
 *
 * Equal modules of different keys are one.  *fresh tells whether it is a new one.
 */
struct module *stack_keys_add(struct stack_keys *keys, uint32_t number, const struct record_module *module, bool *fresh);

/*
 * stack_keys_module - the module of a return address, which may be the first byte after it
 * @key: may be NULL
 */
struct module *stack_keys_module(const struct key *key, uint64_t address);

/*
 * stack_keys_crowded - are there so many that it is worth dropping some
 */
bool stack_keys_crowded(const struct stack_keys *keys);

/*
 * stack_keys_drop - those not used for long
 *
 * No module may be due.
 */
void stack_keys_drop(struct stack_keys *keys);

#endif
