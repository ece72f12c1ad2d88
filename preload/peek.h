/*
 * peek.h - memory that a pointer from the program leads to, looked at before it is read.
 *
 * The pointer may be anything: then the call it belongs to fails with EFAULT, and nobody may have died of it before.  So what
 * has not been proved readable is not read; a caller that gets no proof goes without, and hands the pointer on as it came.
 *
 * The proof is the kernel's word for each page, 190 ns.  Under a seccomp filter, where it is not asked, it is the place: the
 * running thread's stack, the arguments and environment above the main one, the heap below the break, a loaded object. What lies
 * elsewhere remains unread.  Between proof and use another thread can unmap the page; a program that does so with memory it has
 * given to a call gets, without us, one of two results by chance.
 *
 * Context of all but peek_init(): async-signal-safe, usable in a vfork child; no lock, no allocation; errno is kept.
 */
#ifndef PAGETRAIL_PEEK_H
#define PAGETRAIL_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What has been proved so far; zero-initialised, lives as long as one call does. */
struct peek {
	uintptr_t page;		/* the last page proved readable */
};

/*
 * peek_init - see whether the kernel can be asked, and where the heap begins and the arguments end
 *
 * Until then nothing can be proved.
 * Context: constructor only.
 */
void peek_init(void);

/*
 * peek_stop_asking - no more system calls: a seccomp filter is coming into force
 */
void peek_stop_asking(void);

/*
 * peek_page - whether the page around @address can be read, as the kernel sees it
 *
 * Return: false also where it cannot be asked.
 */
bool peek_page(uintptr_t address);

/*
 * peek_can - may @bytes at @at be read?
 */
bool peek_can(struct peek *peek, const void *at, size_t bytes);

/*
 * peek_length - strnlen() of a string that may not be there
 *
 * Return: how many bytes come before its NUL, at most @max; -1 if memory that cannot be read comes first.
 */
long peek_length(struct peek *peek, const char *text, size_t max);

/*
 * peek_text - @text itself if it can be read up to its NUL or for @max bytes, otherwise ""
 */
const char *peek_text(const char *text, size_t max);

#endif
