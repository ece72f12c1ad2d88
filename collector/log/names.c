#include "names.h"

#include <errno.h>
#include <string.h>

#include "../../preload/abi/call.h"

#define ERRNO_LAST EHWPOISON

/* Names of calls and errors differ in these; where two do not, they stand one after the other. */
static size_t hash(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;

	return length ? ((length * 31 + byte[0]) * 31 + byte[length / 2]) * 31 + byte[length - 1] : 0;
}

void names_add(struct names *names, const char *text, int value)
{
	size_t length = strlen(text), i = hash(text, length);

	while (names->slot[i % NAMES_SLOTS].text)
		i++;
	names->slot[i % NAMES_SLOTS] = (struct name){ text, (uint32_t)length, value };
}

int names_find(const struct names *names, const char *text, size_t length)
{
	size_t i = length > 32 ? 0 : hash(text, length);

	for (;; i++) {
		const struct name *name = &names->slot[i % NAMES_SLOTS];

		if (!name->text)
			return -1;
		if (name->length == length && !memcmp(name->text, text, length))
			return name->value;
	}
}

void names_of_calls(struct names *names)
{
	for (int i = 0; i < CALL_COUNT; i++)
		names_add(names, call_table[i].name, i);
}

/* errno(3): three errors have a second name on Linux. */
void names_of_errors(struct names *names)
{
	for (int i = 1; i <= ERRNO_LAST; i++)
		if (strerrorname_np(i))
			names_add(names, strerrorname_np(i), i);
	names_add(names, "EWOULDBLOCK", EWOULDBLOCK);
	names_add(names, "EDEADLOCK", EDEADLOCK);
	names_add(names, "ENOTSUP", ENOTSUP);
}
