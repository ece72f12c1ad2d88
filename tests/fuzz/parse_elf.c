/* parse_elf.c - any bytes as a program that is to be traced, and as a file whose build-id is asked for. */
#include <errno.h>
#include <string.h>

#include "memory_file.h"

#include "../../collector/live/elf_check.h"
#include "../../collector/sym/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32], id[SEARCH_HEX];
	int fd = memory_file(data, size, path);
	struct err err = { "" };
	struct stat st;
	int code = fstat(fd, &st) ? 0 : elf_check(fd, &st, path, &err);

	/* what is no program at all is told by the code alone */
	if (code && code != -ENOEXEC && !err.text[0])
		abort();
	if (!search_build_id(fd, id) && strlen(id) >= sizeof(id))
		abort();
	close(fd);
	return 0;
}
