#include "limits.h"

#include <stdio.h>

#include "../../collector/vm/range.h"
#include "choose.h"

static struct {
	struct rlimit memlock, as, data, stack;
	uint64_t size_bytes, data_bytes;
} at_start;

/* proc(5), statm: size resident shared text lib data, in pages */
static void read_sizes(void)
{
	uint64_t figure[6] = { 0 };
	FILE *file = fopen("/proc/self/statm", "re");

	for (int i = 0; file && i < 6; i++)
		if (fscanf(file, "%lu", &figure[i]) != 1)
			break;
	if (file)
		fclose(file);
	at_start.size_bytes = figure[0] * PAGE_BYTES;
	at_start.data_bytes = figure[5] * PAGE_BYTES;
}

void limits_begin(void)
{
	getrlimit(RLIMIT_MEMLOCK, &at_start.memlock);
	getrlimit(RLIMIT_AS, &at_start.as);
	getrlimit(RLIMIT_DATA, &at_start.data);
	getrlimit(RLIMIT_STACK, &at_start.stack);
	read_sizes();
}

struct rlimit limits_level(uint64_t resource, uint64_t level)
{
	static const uint64_t locked_pages[LEVELS] = { 0, 0, 1, 12, 40 }, more_pages[LEVELS] = { 0, 1, 4, 16, 64 };
	struct rlimit limit;

	switch (resource) {
	case RLIMIT_MEMLOCK:
		limit = at_start.memlock;
		if (level < LEVEL_MOST)
			limit.rlim_cur = locked_pages[level] * PAGE_BYTES + (level == LEVEL_ODD ? 4095 : 0);
		break;
	case RLIMIT_STACK:
		limit = at_start.stack;
		if (level < LEVEL_MOST)
			limit.rlim_cur = (1 + level) << 20;
		break;
	default:
		limit = resource == RLIMIT_AS ? at_start.as : at_start.data;
		if (level < LEVEL_MOST)
			limit.rlim_cur = (resource == RLIMIT_AS ? at_start.size_bytes : at_start.data_bytes) +
					 more_pages[level] * PAGE_BYTES;
	}
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	return limit;
}

static const struct rlimit *starting_limit(int resource)
{
	return resource == RLIMIT_AS   ? &at_start.as :
	       resource == RLIMIT_DATA ? &at_start.data :
	       resource == RLIMIT_STACK ? &at_start.stack :
					 &at_start.memlock;
}

void limits_lift(void)
{
	static const int resource[] = { RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_MEMLOCK };

	for (int i = 0; i < 4; i++)
		setrlimit((__rlimit_resource_t)resource[i], starting_limit(resource[i]));
}
