/*
 * smaps.h - the text of /proc/PID/smaps, VMA by VMA.  One of them, the lines that matter (proc(5)):
 *
 *   7f10aaf06000-7f10aaf16000 rw-p 00001000 fd:00 1234                       /usr/lib/libgcrypt.so.20
 *   VmFlags: rd wr mr mw me lo
 *
 * start, end, permissions, offset in the object, its device and inode, its name; two-letter flags.
 */
#ifndef PAGETRAIL_LIVE_SMAPS_H
#define PAGETRAIL_LIVE_SMAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "line.h"

/* One VMA.  The texts lie in the listing and have no NUL of their own; lengths without the blanks at their ends. */
struct smaps_vma {
	uint64_t start, end, offset, dev, ino;
	char perms[5];
	const char *path, *flags; /* flags NULL: not listed */
	size_t path_length, flags_length;
};

/*
 * smaps_read - the text of /proc/ID/smaps, NUL-terminated
 * @id: of a process, or of a thread where a process may have lost its first
 *
 * Return: 0, or -errno: it is gone (-ENOENT, -ESRCH) or may not be looked at (-EACCES).
 */
int smaps_read(int32_t id, struct line *smaps);

/*
 * smaps_next - the next VMA
 * @at: where to read; moved on. Lines that make no sense are passed over
 *
 * Return: false at the end.
 */
bool smaps_next(const char **at, struct smaps_vma *vma);

#endif
