/*
 * act_tracer.c - what of the process is a tracer's.  MCL_CURRENT is refused as if that were not there, so a limit that
 * just fits is one that fits the rest.
 */
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act.h"

/* From the first page of the library to the last of its zero-initialised data, which has no name in maps. */
static int add_library(struct dl_phdr_info *info, size_t size, void *bytes)
{
	uint64_t end = 0;

	(void)size;
	if (!strstr(info->dlpi_name, "/libpagetrail.so"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD)
			end = max_u64(end, info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz);
	*(uint64_t *)bytes += page_up(end);
	return 1;
}

uint64_t act_tracer_bytes(const char *maps)
{
	const char *ring = strstr(maps, "/pagetrail-");
	uint64_t bytes = 0, start;
	char *rest;

	if (!ring)
		return 0;
	while (ring > maps && ring[-1] != '\n')
		ring--;
	start = strtoull(ring, &rest, 16);
	bytes = strtoull(rest + 1, NULL, 16) - start + PAGE_BYTES; /* and a page that says who traces */
	dl_iterate_phdr(add_library, &bytes);
	return bytes;
}
