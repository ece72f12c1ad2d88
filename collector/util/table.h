/*
 * table.h - numbers to pointers: an open hash table.
 */
#ifndef PAGETRAIL_TABLE_H
#define PAGETRAIL_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table {
	size_t count, size;	/* size: 0 or a power of two */
	struct table_slot {
		uint64_t key;
		void *value;	/* NULL: free */
	} *slot;
};

/*
 * table_find - the pointer stored under @key, or NULL
 */
void *table_find(const struct table *table, uint64_t key);

/*
 * table_add - store @value, not NULL, under @key, which is not there yet
 */
void table_add(struct table *table, uint64_t key, void *value);

/*
 * table_put - store @value, not NULL, under @key, in the place of what is there
 */
void table_put(struct table *table, uint64_t key, void *value);

/*
 * table_remove - forget what is stored under @key, if anything
 *
 * Return: the pointer, or NULL.
 */
void *table_remove(struct table *table, uint64_t key);

/*
 * table_clear - drop all; @release is called for each pointer, may be NULL
 */
void table_clear(struct table *table, void (*release)(void *value));

#endif
