/*
 * cases_words.c - words, numbers and expressions of a file of cases.
 */
#include "cases.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct word map_words[] = {
	{ "SHARED", 1 }, { "PRIVATE", 2 }, { "SHARED_VALIDATE", 3 }, { "DROPPABLE", 8 }, { "FIXED", 0x10 },
	{ "ANONYMOUS", 0x20 }, { "32BIT", 0x40 }, { "ABOVE4G", 0x80 }, { "GROWSDOWN", 0x100 }, { "DENYWRITE", 0x800 },
	{ "EXECUTABLE", 0x1000 }, { "LOCKED", 0x2000 }, { "NORESERVE", 0x4000 }, { "POPULATE", 0x8000 },
	{ "NONBLOCK", 0x10000 }, { "STACK", 0x20000 }, { "HUGETLB", 0x40000 }, { "SYNC", 0x80000 },
	{ "FIXED_NOREPLACE", 0x100000 }, { "UNINITIALIZED", 0x4000000 }, { "BIT27", 1 << 27 },
	{ "HUGE_2MB", 21u << 26 }, { "NOTYPE", 0 }, { NULL, 0 } };
const struct word mremap_words[] = { { "MAYMOVE", 1 }, { "FIXED", 2 }, { "DONTUNMAP", 4 }, { "BAD8", 8 }, { NULL, 0 } };
const struct word mcl_words[] = { { "CURRENT", 1 }, { "FUTURE", 2 }, { "ONFAULT", 4 }, { "BAD8", 8 }, { NULL, 0 } };
const struct word mlock2_words[] = { { "ONFAULT", 1 }, { "BAD2", 2 }, { NULL, 0 } };
const struct word shmat_words[] = {
	{ "RDONLY", 010000 }, { "RND", 020000 }, { "REMAP", 040000 }, { "EXEC", 0100000 }, { NULL, 0 } };
const struct word advice_words[] = {
	{ "NORMAL", 0 }, { "RANDOM", 1 }, { "SEQUENTIAL", 2 }, { "WILLNEED", 3 }, { "DONTNEED", 4 }, { "FREE", 8 },
	{ "REMOVE", 9 }, { "DONTFORK", 10 }, { "DOFORK", 11 }, { "MERGEABLE", 12 }, { "UNMERGEABLE", 13 },
	{ "HUGEPAGE", 14 }, { "NOHUGEPAGE", 15 }, { "DONTDUMP", 16 }, { "DODUMP", 17 }, { "WIPEONFORK", 18 },
	{ "KEEPONFORK", 19 }, { "COLD", 20 }, { "PAGEOUT", 21 }, { "POPULATE_READ", 22 }, { "POPULATE_WRITE", 23 },
	{ "DONTNEED_LOCKED", 24 }, { "COLLAPSE", 25 }, { "HWPOISON", 100 }, { "SOFT_OFFLINE", 101 },
	{ "GUARD_INSTALL", 102 }, { "GUARD_REMOVE", 103 }, { NULL, 0 } };
const struct word limit_words[] = { { "MEMLOCK", 8 }, { "AS", 9 }, { "DATA", 2 }, { "STACK", 3 }, { NULL, 0 } };
const struct word errno_words[] = {
	{ "EPERM", EPERM }, { "EBADF", EBADF }, { "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM }, { "EACCES", EACCES },
	{ "EFAULT", EFAULT }, { "EBUSY", EBUSY }, { "EEXIST", EEXIST }, { "ENODEV", ENODEV }, { "EINVAL", EINVAL },
	{ "ENOSYS", ENOSYS }, { "EOPNOTSUPP", EOPNOTSUPP }, { "EOVERFLOW", EOVERFLOW }, { NULL, 0 } };

uint64_t word_value(const struct word *table, const char *text, size_t length)
{
	for (; table->name; table++)
		if (strlen(table->name) == length && !memcmp(table->name, text, length))
			return table->value;
	return strtoull(text, NULL, 0);
}

const char *text_of(json_t *op, const char *key)
{
	return json_string_value(json_object_get(op, key));
}

uint64_t number_of(json_t *op, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(op, key));
}

uint64_t words_of(json_t *op, const char *key, const struct word *table)
{
	const char *text = text_of(op, key);
	uint64_t value = 0;

	if (!text)
		return number_of(op, key);
	while (*text) {
		size_t length = strcspn(text, "|");

		value |= word_value(table, text, length);
		text += length + (text[length] == '|');
	}
	return value;
}

uint64_t prot_of(json_t *op)
{
	static const struct word extra[] = { { "SEM", 8 }, { "GROWSDOWN", 0x01000000 }, { "GROWSUP", 0x02000000 },
					     { NULL, 0 } };
	const char *text = text_of(op, "prot");
	uint64_t prot = 0;

	if (!text)
		return number_of(op, "prot");
	if (!strncmp(text, "none", 4))
		text += 4;
	for (; *text && *text != '+'; text++)
		prot |= *text == 'r' ? 1 : *text == 'w' ? 2 : *text == 'x' ? 4 : 0;
	while (*text == '+') {
		size_t length = strcspn(++text, "+");

		prot |= word_value(extra, text, length);
		text += length;
	}
	return prot;
}

uint64_t *name_find(struct run *run, const char *name, size_t length)
{
	for (size_t i = run->names; i; i--)
		if (strlen(run->name[i - 1].name) == length && !memcmp(run->name[i - 1].name, name, length))
			return &run->name[i - 1].value;
	return NULL;
}

void name_set(struct run *run, const char *name, uint64_t value)
{
	uint64_t *known = name_find(run, name, strlen(name));

	if (known) {
		*known = value;
	} else if (run->names < NAMES_MAX) {
		snprintf(run->name[run->names].name, sizeof run->name[0].name, "%s", name);
		run->name[run->names++].value = value;
	}
}

/*
 * One term of "A+2p-1": a number with unit p (pages), M or k, "max", "abs", "null" or a name.  *@base: 0 when it stands
 * alone.
 */
static uint64_t term_value(struct run *run, const char *text, size_t length, bool first, uint64_t *base)
{
	uint64_t *known = name_find(run, text, length), value;
	char *unit;

	if (text[0] >= '0' && text[0] <= '9') {
		value = strtoull(text, &unit, 0);
		if (*unit == 'p')
			return value * PAGE_BYTES;
		return *unit == 'M' ? value << 20 : *unit == 'k' ? value << 10 : value;
	}
	if (first)
		*base = 0;
	if (length == 3 && !memcmp(text, "max", 3))
		return UINT64_MAX;
	return known ? *known : 0;
}

uint64_t expression(struct run *run, const char *text, bool is_length)
{
	uint64_t base = is_length ? 0 : ARENA, value = 0;

	for (bool first = true; *text; first = false) {
		bool minus = *text == '-';
		size_t length;
		uint64_t term;

		text += *text == '-' || *text == '+';
		length = strcspn(text, "+-");
		term = term_value(run, text, length, first, &base);
		value = minus ? value - term : value + term;
		text += length;
	}
	return base + value;
}

uint64_t address_of(struct run *run, json_t *op, const char *key)
{
	json_t *value = json_object_get(op, key);

	if (!value)
		return 0;
	if (json_is_integer(value))
		return ARENA + (uint64_t)json_integer_value(value);
	return expression(run, json_string_value(value), false);
}

uint64_t length_of(struct run *run, json_t *op, const char *key)
{
	json_t *value = json_object_get(op, key);

	if (!value)
		return 0;
	if (json_is_integer(value))
		return (uint64_t)json_integer_value(value);
	return expression(run, json_string_value(value), true);
}
