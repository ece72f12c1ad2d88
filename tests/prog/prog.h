/*
 * prog.h - what the programs to be traced share.
 *
 * A program prints something that does not change from run to run: the tests compare its output with and without the tracer.
 * Besides, when the environment says so, it keeps its own account of what it did, for the tests to hold the log against:
 *
 *   EXPECT=FILE   one line per call made through a t_ function, as the log should have it:
 *                 {"pid":7,"tid":7,"call":"mlock","addr":"0x7f0000000000","len":4096,"ret":0}
 *   SMAPS=DIR     at each look(LABEL): the kernel's view of the address space at this moment, in DIR/LABEL.PID
 *
 * Nothing here allocates memory, so that keeping the account changes no mapping.
 */
#ifndef PROG_H
#define PROG_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

/* There only while a tracer is: the way a program that does not know pagetrail offers marks. */
extern void pagetrail_mark(const char *label) __attribute__((weak));

static inline size_t page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static inline void mark(const char *label)
{
	if (pagetrail_mark)
		pagetrail_mark(label);
}

static UNUSED const char *errno_name(void)
{
	return errno ? strerrorname_np(errno) : "0";
}

/* Appends one line to the account; a single write, so that threads and children can share the file. */
__attribute__((format(printf, 3, 4)))
static UNUSED void said(int failed, const char *result, const char *format, ...)
{
	const char *path = getenv("EXPECT");
	int saved = errno, fd, used;
	char line[512];
	va_list ap;

	if (!path)
		return;
	used = snprintf(line, sizeof(line), "{\"pid\":%d,\"tid\":%d,", getpid(), gettid());
	va_start(ap, format);
	used += vsnprintf(line + used, sizeof(line) - used, format, ap);
	va_end(ap);
	if (failed)
		used += snprintf(line + used, sizeof(line) - used, ",\"ret\":-1,\"errno\":\"%s\"}\n", strerrorname_np(saved));
	else
		used += snprintf(line + used, sizeof(line) - used, ",\"ret\":%s}\n", result);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (write(fd, line, used) != used)
		abort();
	close(fd);
	errno = saved;
}

static UNUSED void said_code(long ret, const char *args)
{
	char result[32];

	snprintf(result, sizeof(result), "%ld", ret);
	said(ret == -1, result, "%s", args);
}

static UNUSED void said_addr(const void *ret, const char *args)
{
	char result[32];

	snprintf(result, sizeof(result), "\"0x%lx\"", (unsigned long)ret);
	said(ret == MAP_FAILED, result, "%s", args);
}

/* The log's text of one call: name and arguments. errno is kept, it is the call's. */
#define ARGS(...) ({								\
	static __thread char text_[384];					\
	int saved_ = errno;							\
	snprintf(text_, sizeof(text_), __VA_ARGS__);				\
	errno = saved_;								\
	text_;									\
})

#define HEX(p) ((unsigned long)(p))

static UNUSED void *t_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	void *ret = mmap(addr, len, prot, flags, fd, off);

	said_addr(ret, ARGS("\"call\":\"mmap\",\"addr\":\"0x%lx\",\"len\":%zu,\"prot\":%d,\"flags\":%d,\"fd\":%d,\"off\":%ld",
			    HEX(addr), len, prot, flags, fd, (long)off));
	return ret;
}

static UNUSED int t_munmap(void *addr, size_t len)
{
	int ret = munmap(addr, len);

	said_code(ret, ARGS("\"call\":\"munmap\",\"addr\":\"0x%lx\",\"len\":%zu", HEX(addr), len));
	return ret;
}

static UNUSED void *t_mremap(void *addr, size_t len, size_t newlen, int flags, void *newaddr)
{
	void *ret = mremap(addr, len, newlen, flags, newaddr);

	said_addr(ret, ARGS("\"call\":\"mremap\",\"addr\":\"0x%lx\",\"len\":%zu,\"newlen\":%zu,\"flags\":%d,\"newaddr\":\"0x%lx\"",
			    HEX(addr), len, newlen, flags, HEX(newaddr)));
	return ret;
}

static UNUSED int t_mprotect(void *addr, size_t len, int prot)
{
	int ret = mprotect(addr, len, prot);

	said_code(ret, ARGS("\"call\":\"mprotect\",\"addr\":\"0x%lx\",\"len\":%zu,\"prot\":%d", HEX(addr), len, prot));
	return ret;
}

static UNUSED int t_mlock(const void *addr, size_t len)
{
	int ret = mlock(addr, len);

	said_code(ret, ARGS("\"call\":\"mlock\",\"addr\":\"0x%lx\",\"len\":%zu", HEX(addr), len));
	return ret;
}

static UNUSED int t_mlock2(const void *addr, size_t len, unsigned int flags)
{
	int ret = mlock2(addr, len, flags);

	said_code(ret, ARGS("\"call\":\"mlock2\",\"addr\":\"0x%lx\",\"len\":%zu,\"flags\":%u", HEX(addr), len, flags));
	return ret;
}

static UNUSED int t_munlock(const void *addr, size_t len)
{
	int ret = munlock(addr, len);

	said_code(ret, ARGS("\"call\":\"munlock\",\"addr\":\"0x%lx\",\"len\":%zu", HEX(addr), len));
	return ret;
}

static UNUSED int t_mlockall(int flags)
{
	int ret = mlockall(flags);

	said_code(ret, ARGS("\"call\":\"mlockall\",\"flags\":%d", flags));
	return ret;
}

static UNUSED int t_munlockall(void)
{
	int ret = munlockall();

	said_code(ret, "\"call\":\"munlockall\"");
	return ret;
}

static UNUSED int t_madvise(void *addr, size_t len, int advice)
{
	int ret = madvise(addr, len, advice);

	said_code(ret, ARGS("\"call\":\"madvise\",\"addr\":\"0x%lx\",\"len\":%zu,\"advice\":%d", HEX(addr), len, advice));
	return ret;
}

static UNUSED int t_mincore(void *addr, size_t len, unsigned char *vec)
{
	int ret = mincore(addr, len, vec);

	said_code(ret, ARGS("\"call\":\"mincore\",\"addr\":\"0x%lx\",\"len\":%zu,\"vec\":\"0x%lx\"", HEX(addr), len, HEX(vec)));
	return ret;
}

static UNUSED int t_msync(void *addr, size_t len, int flags)
{
	int ret = msync(addr, len, flags);

	said_code(ret, ARGS("\"call\":\"msync\",\"addr\":\"0x%lx\",\"len\":%zu,\"flags\":%d", HEX(addr), len, flags));
	return ret;
}

/* VmLck: what the kernel counts as locked, in pages. */
static UNUSED long locked_pages(void)
{
	static char text[8192];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t got = read(fd, text, sizeof(text) - 1);
	char *at;

	close(fd);
	text[got > 0 ? got : 0] = '\0';
	at = strstr(text, "VmLck:");
	return at ? strtol(at + 6, NULL, 10) * 1024 / (long)page() : -1;
}

static void copy_smaps(const char *label, const char *dir)
{
	static char buffer[65536];
	char path[4096];
	int in, out;
	ssize_t got;

	snprintf(path, sizeof(path), "%s/%s.%d", dir, label, getpid());
	in = open("/proc/thread-self/smaps", O_RDONLY | O_CLOEXEC);
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	while ((got = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, got) != got)
			abort();
	close(in);
	close(out);
}

/* A point to ask about: marked in the log, and the kernel's truth beside it. */
static UNUSED void look(const char *label)
{
	const char *dir = getenv("SMAPS");

	mark(label);
	if (dir)
		copy_smaps(label, dir);
}

#endif
