#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"

/* Multiplication by 2^64 / golden ratio spreads runs of numbers over the upper bits. */
static size_t home(const struct table *table, uint64_t key)
{
	return (size_t)(key * 0x9e3779b97f4a7c15ull >> 20) & (table->size - 1);
}

static size_t place(const struct table *table, uint64_t key)
{
	size_t i = home(table, key);

	while (table->slot[i].value && table->slot[i].key != key)
		i = (i + 1) & (table->size - 1);
	return i;
}

void *table_find(const struct table *table, uint64_t key)
{
	return table->size ? table->slot[place(table, key)].value : NULL;
}

static void grow(struct table *table)
{
	struct table old = *table;

	table->size = old.size ? old.size * 2 : 64;
	table->slot = alloc_zero(table->size, sizeof(*table->slot));
	for (size_t i = 0; i < old.size; i++)
		if (old.slot[i].value)
			table->slot[place(table, old.slot[i].key)] = old.slot[i];
	free(old.slot);
}

void table_add(struct table *table, uint64_t key, void *value)
{
	if (table->count * 2 >= table->size)
		grow(table);
	table->slot[place(table, key)] = (struct table_slot){ key, value };
	table->count++;
}

void table_put(struct table *table, uint64_t key, void *value)
{
	struct table_slot *slot = table->size ? &table->slot[place(table, key)] : NULL;

	if (slot && slot->value)
		slot->value = value;
	else
		table_add(table, key, value);
}

/* A free slot ends every search, so what comes behind moves up, unless that were before its home: Knuth 6.4, algorithm R. */
void *table_remove(struct table *table, uint64_t key)
{
	size_t mask = table->size - 1, hole = table->size ? place(table, key) : 0;
	void *value = table->size ? table->slot[hole].value : NULL;

	if (!value)
		return NULL;
	for (size_t i = (hole + 1) & mask; table->slot[i].value; i = (i + 1) & mask) {
		if (((i - home(table, table->slot[i].key)) & mask) < ((i - hole) & mask))
			continue;
		table->slot[hole] = table->slot[i];
		hole = i;
	}
	table->slot[hole].value = NULL;
	table->count--;
	return value;
}

void table_clear(struct table *table, void (*release)(void *value))
{
	for (size_t i = 0; release && i < table->size; i++)
		if (table->slot[i].value)
			release(table->slot[i].value);
	free(table->slot);
	memset(table, 0, sizeof(*table));
}
