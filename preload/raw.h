/*
 * raw.h - system calls without libc: no errno, no cancellation point, no interposable symbol.
 *
 * Context: async-signal-safe, usable in a vfork child.  Return: the kernel's word, -errno on failure.
 */
#ifndef PAGETRAIL_RAW_H
#define PAGETRAIL_RAW_H

#include <stdbool.h>
#include <sys/syscall.h>

#ifndef __NR_mseal
#define __NR_mseal 462
#endif
#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif
#ifndef __NR_process_madvise
#define __NR_process_madvise 440
#endif

static inline long raw_syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	long ret;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long raw_syscall3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return ret;
}

/* Every kernel reports errors as -4095..-1 (arch/x86/include/asm/unistd; errno(3)). */
static inline bool raw_failed(long ret)
{
	return (unsigned long)ret >= (unsigned long)-4095L;
}

#endif
