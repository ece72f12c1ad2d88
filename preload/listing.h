/*
 * listing.h - the kernel's own list of our VMAs, /proc/thread-self/maps or smaps (proc(5)), one VMA after the other.
 *
 * One listing at a time in a process: the buffer is one.  By way of the thread, as the listing of a process whose first
 * thread has ended is empty.
 */
#ifndef PAGETRAIL_LISTING_H
#define PAGETRAIL_LISTING_H

#include <stdbool.h>
#include <stdint.h>

/*
 * One VMA, its texts NUL-terminated and valid until the next is read.  Samples:
 *   7f10aaf06000-7f10aaf16000 rw-p 00000000 fe:00 1234    /usr/lib/x.so
 *   VmFlags: rd wr mr mw me lo
 */
struct listing_vma {
	uint64_t start, end, offset, inode, device;
	const char *perms, *path;	/* path "": none */
	const char *vmflags;		/* NULL: not asked for */
};

enum listing_of {
	LISTING_MAPS,	/* no locks, no advice; a tenth of the cost */
	LISTING_SMAPS
};

/*
 * listing_open - begin to read
 *
 * Return: false if it cannot be read, or if another thread is at it.
 * Context: any thread; system calls.
 */
bool listing_open(enum listing_of of);

/*
 * listing_next - Return: false at the end
 */
bool listing_next(struct listing_vma *vma);

/*
 * listing_whole - has every read worked so far?  If not, nothing is known of what follows the last VMA.
 */
bool listing_whole(void);
void listing_close(void);

/*
 * listing_begun_ns - when the reading began, ns since the session began
 */
uint64_t listing_begun_ns(void);

#endif
