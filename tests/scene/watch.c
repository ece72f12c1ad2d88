#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../../collector/vm/kernel.h"

enum { BIT_PRESENT = 63, BIT_GUARD = 58 };

static int open_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int watch_read(struct watch *watch, pid_t pid)
{
	struct utsname host;

	uname(&host);
	watch->tells_guards = kernel_since(kernel_parse(host.release), KERNEL(6, 15));
	watch->subject.pid = pid;
	watch->pagemap = open_of(pid, "pagemap");
	watch->memory = open_of(pid, "mem");
	return watch->pagemap < 0 || watch->memory < 0 ? -EACCES : subject_list(&watch->subject);
}

void watch_end(struct watch *watch)
{
	close(watch->pagemap);
	close(watch->memory);
}

/* The first range that ends above @addr. */
static const struct snapshot_range *range_above(const struct subject *subject, uint64_t addr)
{
	size_t low = 0, high = subject->ranges;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (subject->range[middle].end <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low < subject->ranges ? &subject->range[low] : NULL;
}

static bool next_area(void *data, uint64_t addr, struct area *area)
{
	const struct snapshot_range *range = range_above(&((struct watch *)data)->subject, addr);

	if (!range)
		return false;
	*area = (struct area){range->start, range->end, state_of_listing(range)};
	return true;
}

static int pagemap_bit(const struct watch *watch, uint64_t addr, int bit)
{
	uint64_t entry = 0;

	if (pread(watch->pagemap, &entry, sizeof entry, (off_t)(addr / PAGE_BYTES * sizeof entry)) != sizeof entry)
		entry = 0;
	return entry >> bit & 1;
}

static int guard_at(void *data, uint64_t addr)
{
	const struct watch *watch = data;

	return watch->tells_guards ? pagemap_bit(watch, addr, BIT_GUARD) : -1;
}

static int present_at(void *data, uint64_t addr)
{
	return pagemap_bit(data, addr, BIT_PRESENT);
}

/* 256: there is none to be read. */
static int byte_at(void *data, uint64_t addr)
{
	unsigned char byte;

	return pread(((struct watch *)data)->memory, &byte, 1, (off_t)addr) == 1 ? byte : 256;
}

static bool lockable(void *data, const struct area *area)
{
	const struct snapshot_range *range = range_above(&((struct watch *)data)->subject, area->start);
	const uint64_t never =
		FLAG_BIT(FLAG_IO) | FLAG_BIT(FLAG_PF) | FLAG_BIT(FLAG_DE) | FLAG_BIT(FLAG_HT) | FLAG_BIT(FLAG_DP);

	return !(area->state.flags & never) && !(range->path && !strcmp(range->path, "[vsyscall]"));
}

struct view watch_view(struct watch *watch, bool everything)
{
	return (struct view){watch,
			     next_area,
			     guard_at,
			     present_at,
			     byte_at,
			     everything ? lockable : NULL,
			     watch->subject.vmlck_bytes,
			     UINT64_MAX};
}
