/* parse_smaps.c - any bytes as a listing of /proc/PID/smaps: what is told lies in it, and it comes to an end. */
#include <stdlib.h>
#include <string.h>

#include "../../collector/live/smaps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lies_in(const char *text, size_t size, const char *part, size_t length)
{
	if (part < text || length > size || part > text + size - length)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(size + 1, 1);
	const char *at = text, *before = text;
	struct smaps_vma vma;

	if (!text)
		abort();
	memcpy(text, data, size);
	while (smaps_next(&at, &vma)) {
		if (at <= before || strlen(vma.perms) > 4)
			abort();
		before = at;
		lies_in(text, size, vma.path, vma.path_length);
		if (vma.flags)
			lies_in(text, size, vma.flags, vma.flags_length);
	}
	free(text);
	return 0;
}
