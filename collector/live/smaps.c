#include "smaps.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../util/alloc.h"

#define READ_BYTES 65536

int smaps_read(int32_t id, struct line *smaps)
{
	char path[64], *chunk = alloc_zero(READ_BYTES, 1);
	ssize_t count = -1;
	int fd, rc;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/smaps", id);
	line_clear(smaps);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		while ((count = read(fd, chunk, READ_BYTES)) > 0)
			line_bytes(smaps, chunk, (size_t)count);
	rc = count < 0 ? -errno : smaps->length ? 0 : -ESRCH;
	line_bytes(smaps, "", 1);
	if (fd >= 0)
		close(fd);
	free(chunk);
	return rc;
}

/* From the first byte that is no blank to the end of the line, without the blanks there. */
static const char *words(const char *at, size_t *length)
{
	at += strspn(at, " ");
	*length = strcspn(at, "\n");
	while (*length && at[*length - 1] == ' ')
		--*length;
	return at;
}

/* A number and the byte behind it, which must be @separator; *at is moved behind that. */
static bool read_number(const char **at, int base, char separator, uint64_t *number)
{
	char *end;

	*number = strtoull(*at, &end, base);
	if (end == *at || *end != separator)
		return false;
	*at = end + 1;
	return true;
}

/* No sscanf(3) here: it measures the whole text it is given, which for a line of this listing is all that follows. */
static bool read_head(const char *at, struct smaps_vma *vma)
{
	uint64_t major, minor;

	if (!read_number(&at, 16, '-', &vma->start) || !read_number(&at, 16, ' ', &vma->end) || strcspn(at, "\n") < 5)
		return false;
	memcpy(vma->perms, at, 4);
	vma->perms[4] = '\0';
	at += 5;
	if (!read_number(&at, 16, ' ', &vma->offset) || !read_number(&at, 16, ':', &major) ||
	    !read_number(&at, 16, ' ', &minor) || *at < '0' || *at > '9')
		return false;
	vma->ino = strtoull(at, NULL, 10);
	at += strspn(at, "0123456789");
	vma->dev = makedev(major, minor);
	vma->path = words(at, &vma->path_length);
	return true;
}

/* "Size:" and the like begin with a capital; only a VMA's first line begins with a hex digit. */
static bool begins_vma(const char *line)
{
	return (*line >= '0' && *line <= '9') || (*line >= 'a' && *line <= 'f');
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

/* From a VMA's first line to the next one's. */
static const char *skip_details(const char *line, struct smaps_vma *vma)
{
	vma->flags = NULL;
	vma->flags_length = 0;
	for (line = next_line(line); *line && !begins_vma(line); line = next_line(line))
		if (!strncmp(line, "VmFlags:", 8))
			vma->flags = words(line + 8, &vma->flags_length);
	return line;
}

bool smaps_next(const char **at, struct smaps_vma *vma)
{
	while (**at) {
		bool known = read_head(*at, vma);

		*at = skip_details(*at, vma);
		if (known)
			return true;
	}
	return false;
}
