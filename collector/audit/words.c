#include "words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../vm/vma.h"

struct words amount_of(uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;
	struct words out;

	if (bytes == UINT64_MAX) {
		snprintf(out.at, sizeof(out.at), "no limit");
	} else if (bytes < 1024 || bytes % 1024) {
		snprintf(out.at, sizeof(out.at), "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
	} else {
		for (; value >= 1024 && unit < 3; unit++)
			value /= 1024;
		snprintf(out.at, sizeof(out.at), value == (double)(uint64_t)value ? "%.0f %s" : "%.1f %s", value,
			 units[unit]);
	}
	return out;
}

/* With separators: counts of pages are read digit by digit otherwise. */
static void grouped(char *out, size_t room, uint64_t number)
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, number), at = 0;

	for (size_t i = 0; i < length && at + 2 < room; i++) {
		if (i && (length - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
}

struct words pages_of(uint64_t pages)
{
	struct words out;

	grouped(out.at, sizeof(out.at) - 8, pages);
	strcat(out.at, pages == 1 ? " page" : " pages");
	return out;
}

struct words times_of(uint64_t count)
{
	struct words out;

	if (count == 1 || count == 2) {
		strcpy(out.at, count == 1 ? "once" : "twice");
	} else {
		grouped(out.at, sizeof(out.at) - 8, count);
		strcat(out.at, " times");
	}
	return out;
}

struct words prot_of(unsigned prot)
{
	struct words out;

	snprintf(out.at, sizeof(out.at), "%c%c%c", prot & PROT_BIT_READ ? 'r' : '-', prot & PROT_BIT_WRITE ? 'w' : '-',
		 prot & PROT_BIT_EXEC ? 'x' : '-');
	return out;
}

struct words errno_of(int number)
{
	const char *name = strerrorname_np(number);
	struct words out;

	snprintf(out.at, sizeof(out.at), "%s", name ? name : "an error without a name");
	return out;
}

struct words advice_of(uint64_t advice)
{
	static const struct {
		const char *set, *name;
		uint64_t value;
	} row[] = {
#define FLAG(set, name, value, kernel) { #set, #name, value },
#include "../../preload/abi/flags.def"
#undef FLAG
	};
	struct words out;

	snprintf(out.at, sizeof(out.at), "advice %llu", (unsigned long long)advice);
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		if (row[i].value == advice && !strcmp(row[i].set, "ADVICE"))
			snprintf(out.at, sizeof(out.at), "%s", row[i].name);
	return out;
}
