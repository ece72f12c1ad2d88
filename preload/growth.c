#include "growth.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "listing.h"
#include "raw.h"

/* Pieces the stack may have been cut into by mprotect and the like. */
#define PIECES_MAX 64

/* include/uapi/linux/fs.h, since 6.11: which VMA holds an address, without the list of all. */
struct procmap_query {
	uint64_t size, query_flags, query_addr;
	uint64_t vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	uint32_t dev_major, dev_minor, vma_name_size, build_id_size;
	uint64_t vma_name_addr, build_id_addr;
};
#define PROCMAP_QUERY _IOWR('f', 17, struct procmap_query)

static uintptr_t inside;		/* fixed in the constructor; 0: not known */
static _Atomic uint64_t lowest;		/* the first page of the stack when last asked; relaxed: two threads may tell it both */

/* Return: where the pages around @addr begin without a gap, 0: this kernel cannot say. */
static uint64_t ask(uint64_t addr)
{
	long fd = raw_syscall3(SYS_open, (long)"/proc/thread-self/maps", O_RDONLY | O_CLOEXEC, 0);
	struct procmap_query query = { .size = sizeof(query) };
	uint64_t start = 0;

	if (raw_failed(fd))
		return 0;
	for (int i = 0; i < PIECES_MAX; i++) {
		query.query_addr = i ? start - 1 : addr;
		if (raw_failed(raw_syscall3(SYS_ioctl, fd, (long)PROCMAP_QUERY, (long)&query)))
			break;
		start = query.vma_start;
	}
	raw_syscall3(SYS_close, fd, 0, 0);
	return start;
}

/* The same by reading the list. */
static uint64_t search(uint64_t addr)
{
	struct listing_vma vma;
	uint64_t start = 0, end = 0;

	if (!listing_open(LISTING_MAPS))
		return 0;
	while (listing_next(&vma) && vma.start <= addr) {
		if (vma.start != end)
			start = vma.start;
		end = vma.end;
	}
	listing_close();
	return addr < end ? start : 0;
}

static uint64_t find_lowest(void)
{
	uint64_t start = inside ? ask(inside) : 0;

	return start || !inside ? start : search(inside);
}

void growth_init(uintptr_t on_stack)
{
	inside = on_stack;
	atomic_store_explicit(&lowest, find_lowest(), memory_order_relaxed);
}

bool growth_since(uint64_t *from, uint64_t *to)
{
	uint64_t now = find_lowest(), before;

	if (!now)
		return false;
	before = atomic_exchange_explicit(&lowest, now, memory_order_relaxed);
	*from = now;
	*to = before;
	return now < before;
}
