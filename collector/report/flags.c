/* flags.c - flags.def as a table, and the two ways of reading it: as a set of bits and as one number of many. */
#include "flags.h"

#include <stddef.h>
#include <string.h>

/* The two fields inside the flags of mmap() are sets of their own. */
enum { FORMAT_MAPTYPE = FORMAT_CLONE + 1, FORMAT_MAPHUGE };

#define MAPTYPE_MASK 0x0fu
#define MAPHUGE_MASK (0x3fu << 26)
#define MAP_HUGETLB_BIT 0x40000u
#define CLONE_SIGNAL_MASK 0xffu

static const struct flag {
	int set;
	const char *name;
	uint64_t value;
} flags[] = {
#define FLAG(set, name, value, kernel) { FORMAT_##set, #name, value },
#include "../../preload/abi/flags.def"
#undef FLAG
};

#define FLAG_COUNT (sizeof(flags) / sizeof(flags[0]))

static const char *name_of(int set, uint64_t value)
{
	for (size_t i = 0; i < FLAG_COUNT; i++)
		if (flags[i].set == set && flags[i].value == value)
			return flags[i].name;
	return NULL;
}

static void add_name(struct text *text, size_t from, const char *name)
{
	if (text->length > from)
		text_put(text, "|");
	text_put(text, name);
}

static void add_number(struct text *text, size_t from, uint64_t value)
{
	if (text->length > from)
		text_put(text, "|");
	text_printf(text, value < 10 ? "%llu" : "0x%llx", (unsigned long long)value);
}

/* Adds the names of the bits of @value, then what is left as a number; @from is where this value's text began. */
static void add_bits(struct text *text, size_t from, int set, uint64_t value)
{
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (flags[i].set != set || !flags[i].value || (value & flags[i].value) != flags[i].value)
			continue;
		add_name(text, from, flags[i].name);
		value &= ~flags[i].value;
	}
	if (value)
		add_number(text, from, value);
	else if (text->length == from)
		text_put(text, name_of(set, 0) ? name_of(set, 0) : "0");
}

static void add_one(struct text *text, int set, uint64_t value)
{
	const char *name = name_of(set, value);

	if (name)
		text_put(text, name);
	else
		add_number(text, text->length, value);
}

static void add_mmap(struct text *text, uint64_t value)
{
	size_t from = text->length;
	const char *type = name_of(FORMAT_MAPTYPE, value & MAPTYPE_MASK);
	const char *huge = value & MAPHUGE_MASK ? name_of(FORMAT_MAPHUGE, value & MAPHUGE_MASK) : NULL;
	uint64_t rest = value;

	if (type) {
		add_name(text, from, type);
		rest &= ~(uint64_t)MAPTYPE_MASK;
	}
	/* Without MAP_HUGETLB the top bits are no page size: MAP_UNINITIALIZED is one of them. */
	if (huge && value & MAP_HUGETLB_BIT)
		rest &= ~(uint64_t)MAPHUGE_MASK;
	else
		huge = NULL;
	if (rest || !type)
		add_bits(text, from, FORMAT_MMAP, rest);
	if (huge)
		add_name(text, from, huge);
}

static void add_clone(struct text *text, uint64_t value)
{
	size_t from = text->length;
	uint64_t signal = value & CLONE_SIGNAL_MASK;

	if (value & ~(uint64_t)CLONE_SIGNAL_MASK)
		add_bits(text, from, FORMAT_CLONE, value & ~(uint64_t)CLONE_SIGNAL_MASK);
	if (signal == 17)	/* x86-64 */
		add_name(text, from, "SIGCHLD");
	else if (signal || text->length == from)
		add_number(text, from, signal);
}

void flags_text(struct text *text, enum call_format format, uint64_t value)
{
	value &= UINT32_MAX;	/* every set is an int; the record holds it sign-extended */
	switch (format) {
	case FORMAT_MMAP:
		add_mmap(text, value);
		break;
	case FORMAT_CLONE:
		add_clone(text, value);
		break;
	case FORMAT_ADVICE:
	case FORMAT_PADVICE:
	case FORMAT_SHMCTL:
	case FORMAT_RLIMIT:
	case FORMAT_PRCTL:
		add_one(text, format, value);
		break;
	default:
		add_bits(text, text->length, format, value);
	}
}

int flags_value(enum call_format format, const char *name, uint64_t *value)
{
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (flags[i].set != (int)format || strcmp(flags[i].name, name))
			continue;
		*value = flags[i].value;
		return 0;
	}
	return -1;
}
