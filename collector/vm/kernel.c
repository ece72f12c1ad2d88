/*
 * kernel.c - the release in the header of a log.
 */
#include "kernel.h"

#include <stddef.h>

static const char *number(const char *text, unsigned *value)
{
	const char *at = text;

	for (*value = 0; *at >= '0' && *at <= '9' && *value < 1000; at++)
		*value = *value * 10 + (unsigned)(*at - '0');
	return at == text ? NULL : at;
}

unsigned kernel_parse(const char *release)
{
	unsigned major, minor;
	const char *at = release ? number(release, &major) : NULL;

	if (!at || *at != '.' || !number(at + 1, &minor) || major > 999 || minor > 999)
		return 0;
	return KERNEL(major, minor);
}
