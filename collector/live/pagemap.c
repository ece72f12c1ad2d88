#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../vm/range.h"

/*
 * Bits of an entry: Documentation/admin-guide/mm/pagemap.rst.  A guard page looks swapped out, but for its bit (Linux
 * 6.15), and is neither.
 */
#define ENTRY_PRESENT (UINT64_C(1) << 63)
#define ENTRY_SWAPPED (UINT64_C(1) << 62)
#define ENTRY_GUARD   (UINT64_C(1) << 58)

/* Newer than some headers: include/uapi/linux/fs.h. */
struct scan_region {
	uint64_t start, end, categories;
};

struct scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN_REQUEST _IOWR('f', 16, struct scan)
enum { SCAN_PRESENT = 1 << 3, SCAN_SWAPPED = 1 << 4, SCAN_GUARD = 1 << 8 };

enum { REGIONS = 256, ENTRIES = 4096 };

int pagemap_open(struct pagemap *pagemap, int32_t id)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/pagemap", id);
	*pagemap = (struct pagemap){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	return pagemap->fd < 0 ? -errno : 0;
}

void pagemap_close(struct pagemap *pagemap)
{
	if (pagemap->fd >= 0)
		close(pagemap->fd);
	pagemap->fd = -1;
}

/* ---- scanning ---- */

static bool tell_regions(const struct scan_region *region, int count, pagemap_fn *fn, void *arg)
{
	for (int i = 0; i < count; i++) {
		const struct pagemap_run run = { region[i].start, region[i].end,
						 !(region[i].categories & SCAN_PRESENT) };

		if (!(region[i].categories & SCAN_GUARD) && !fn(arg, &run))
			return false;
	}
	return true;
}

/* Guard pages are told apart by kernels that have them; others do not know the word. */
static int scan_some(const struct pagemap *pagemap, struct scan *scan)
{
	int count = ioctl(pagemap->fd, SCAN_REQUEST, scan);

	if (count < 0 && errno == EINVAL && (scan->return_mask & SCAN_GUARD)) {
		scan->return_mask &= ~(uint64_t)SCAN_GUARD;
		count = ioctl(pagemap->fd, SCAN_REQUEST, scan);
	}
	return count < 0 ? -errno : count;
}

static int scan_range(const struct pagemap *pagemap, uint64_t start, uint64_t end, pagemap_fn *fn, void *arg)
{
	struct scan_region region[REGIONS];
	struct scan scan = { .size = sizeof(scan), .end = end, .vec = (uintptr_t)region, .vec_len = REGIONS,
			     .category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED,
			     .return_mask = SCAN_PRESENT | SCAN_SWAPPED | SCAN_GUARD };

	for (scan.start = start; scan.start < end; scan.start = scan.walk_end) {
		int count = scan_some(pagemap, &scan);

		if (count < 0)
			return count;
		if (!tell_regions(region, count, fn, arg) || scan.walk_end <= scan.start)
			break;
	}
	return 0;
}

/* ---- reading ---- */

static bool counts(uint64_t entry)
{
	return (entry & (ENTRY_PRESENT | ENTRY_SWAPPED)) && !(entry & ENTRY_GUARD);
}

static bool tell_entries(const uint64_t *entry, size_t count, uint64_t start, pagemap_fn *fn, void *arg)
{
	for (size_t i = 0, next; i < count; i = next) {
		bool swapped = !(entry[i] & ENTRY_PRESENT);
		struct pagemap_run run = { start + i * PAGE_BYTES, 0, swapped };

		next = i + 1;
		if (!counts(entry[i]))
			continue;
		while (next < count && counts(entry[next]) && !(entry[next] & ENTRY_PRESENT) == swapped)
			next++;
		run.end = start + next * PAGE_BYTES;
		if (!fn(arg, &run))
			return false;
	}
	return true;
}

static int read_range(const struct pagemap *pagemap, uint64_t start, uint64_t end, pagemap_fn *fn, void *arg)
{
	static uint64_t entry[ENTRIES];

	while (start < end) {
		size_t pages = (end - start) / PAGE_BYTES, want = pages < ENTRIES ? pages : ENTRIES;
		off_t at = (off_t)(start / PAGE_BYTES * sizeof(*entry));
		ssize_t got = pread(pagemap->fd, entry, want * sizeof(*entry), at);
		size_t count = got > 0 ? (size_t)got / sizeof(*entry) : 0;

		if (got < 0)
			return -errno;
		if (!count || !tell_entries(entry, count, start, fn, arg))
			break;
		start += count * PAGE_BYTES;
	}
	return 0;
}

int pagemap_walk(struct pagemap *pagemap, uint64_t start, uint64_t end, pagemap_fn *fn, void *arg)
{
	int rc = pagemap->reads ? -ENOTTY : scan_range(pagemap, start, end, fn, arg);

	if (rc != -ENOTTY)
		return rc;
	pagemap->reads = true;
	return read_range(pagemap, start, end, fn, arg);
}
