/*
 * snapshot.c - see snapshot.h.  One VMA of smaps (proc(5)), the lines that matter:
 *
 *   7f10aaf06000-7f10aaf16000 rw-p 00001000 fd:00 1234                       /usr/lib/libgcrypt.so.20
 *   VmFlags: rd wr mr mw me lo
 *
 * start, end, permissions, offset in the object, its device and inode, its name; two-letter flags.
 */
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../util/alloc.h"

#define READ_BYTES 65536

int snapshot_read(int32_t pid, struct line *smaps)
{
	char path[64], *chunk = alloc_zero(READ_BYTES, 1);
	ssize_t count = -1;
	int fd, rc;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/smaps", pid);
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

/* ---- one VMA ---- */

struct vma_text {
	uint64_t start, end, offset, ino;
	unsigned major, minor;
	char perms[5];
	const char *path;	/* to the end of its line; may be empty */
};

static bool read_vma(const char *at, struct vma_text *vma)
{
	int used = 0;

	if (sscanf(at, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 "%n", &vma->start, &vma->end,
		   vma->perms, &vma->offset, &vma->major, &vma->minor, &vma->ino, &used) < 7)
		return false;
	vma->path = at + used + strspn(at + used, " ");
	return true;
}

/* A VMA reaches over the edge of the range asked for: only the inside is spoken of. */
static void clip(struct vma_text *vma, uint64_t from, uint64_t to)
{
	if (vma->start < from) {
		vma->offset += from - vma->start;
		vma->start = from;
	}
	if (vma->end > to)
		vma->end = to;
}

static void add_quoted(struct line *line, const char *text, size_t length)
{
	char *copy;

	while (length && text[length - 1] == ' ')
		length--;
	copy = alloc_copy(text, length);

	line_quoted(line, copy);
	free(copy);
}

static void add_vma(struct line *line, const struct vma_text *vma, const char *vmflags)
{
	size_t path = strcspn(vma->path, "\n");

	line_add(line, "{\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64 "\",\"perms\":\"%s\"", vma->start, vma->end,
		 vma->perms);
	if (vma->ino)
		line_add(line, ",\"offset\":%" PRIu64 ",\"dev\":%" PRIu64 ",\"ino\":%" PRIu64, vma->offset,
			 (uint64_t)makedev(vma->major, vma->minor), vma->ino);
	if (path) {
		line_add(line, ",\"path\":");
		add_quoted(line, vma->path, path);
	}
	if (vmflags) {
		line_add(line, ",\"vmflags\":");
		add_quoted(line, vmflags, strcspn(vmflags, "\n"));
	}
	line_add(line, "}");
}

/* ---- parts ---- */

/* A snapshot being put together. */
struct maker {
	struct snapshot snapshot;
	struct line ranges;	/* of the part at hand */
	size_t count;		/* of them */
	int32_t pid;
	uint64_t from;		/* where the part at hand begins */
};

static void finish_part(struct maker *maker, uint64_t to, bool last)
{
	struct snapshot *snapshot = &maker->snapshot;
	struct line line = { 0 };

	line_add(&line, ",\"pid\":%" PRId32 ",\"t\":%" PRIu64 ",\"why\":\"look\",\"part\":%zu,\"last\":%s", maker->pid,
		 snapshot->end_ns, snapshot->parts, last ? "true" : "false");
	line_add(&line, ",\"from\":\"0x%" PRIx64 "\",\"to\":\"0x%" PRIx64 "\",\"ranges\":[", maker->from, to);
	line_bytes(&line, maker->ranges.at, maker->ranges.length);
	line_add(&line, "]");
	snapshot->part = alloc_resize(snapshot->part, snapshot->parts + 1, sizeof(*snapshot->part));
	snapshot->part[snapshot->parts++] = line;
	line_clear(&maker->ranges);
	maker->count = 0;
	maker->from = to;
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

/* From a VMA's first line to the next one's; *vmflags receives the flags, without blanks around them. */
static const char *skip_details(const char *line, const char **vmflags)
{
	*vmflags = NULL;
	for (line = next_line(line); *line && !begins_vma(line); line = next_line(line))
		if (!strncmp(line, "VmFlags:", 8))
			*vmflags = line + 8 + strspn(line + 8, " ");
	return line;
}

struct snapshot snapshot_make(const struct line *smaps, int32_t pid, uint64_t from, uint64_t to, uint64_t end_ns)
{
	struct maker maker = { .snapshot = { .end_ns = end_ns }, .pid = pid, .from = from };
	const char *line = smaps->at, *vmflags;
	uint64_t reached = from;	/* a VMA that grew while the list was read may be listed twice */
	struct vma_text vma;

	while (*line) {
		bool known = read_vma(line, &vma);

		line = skip_details(line, &vmflags);
		if (!known || vma.end <= reached || vma.start >= to)
			continue;
		clip(&vma, reached, to);
		reached = vma.end;
		line_add(&maker.ranges, "%s", maker.count ? "," : "");
		add_vma(&maker.ranges, &vma, vmflags);
		if (++maker.count == SNAPSHOT_PART_RANGES)
			finish_part(&maker, vma.end, false);
	}
	finish_part(&maker, to, true);
	line_free(&maker.ranges);
	return maker.snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->parts; i++)
		line_free(&snapshot->part[i]);
	free(snapshot->part);
	memset(snapshot, 0, sizeof(*snapshot));
}
