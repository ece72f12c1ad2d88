/*
 * Every other page of a big buffer is closed, up to nine tenths of what vm.max_map_count allows.
 *
 * finds: warning map-count-near 1
 */
#include "audit.h"

static long allowed(void)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
	long count = 0;

	MUST(file && fscanf(file, "%ld", &count) == 1);
	fclose(file);
	return count;
}

int main(void)
{
	const long want = allowed() / 100 * 93;
	char *at = mmap(NULL, (size_t)want * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			-1, 0);

	MUST(at != MAP_FAILED);
	for (volatile long i = 1; i < want; i += 2)
		MUST(!mprotect(at + (size_t)i * page(), page(), PROT_NONE));
	puts("closed");
	return 0;
}
