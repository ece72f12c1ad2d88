#include "listing.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/sysmacros.h>

#include "clock.h"
#include "guard.h"
#include "raw.h"
#include "shim.h"

/* A line of maps holds a path of up to PATH_MAX bytes, escaped at worst to four times that; longer ones are cut. */
#define BUFFER_BYTES 8192

static struct {
	int fd;
	int used, at;
	int kept;	/* from here on the text is still wanted: a VMA's first line, while its flags are being looked for */
	bool broken;	/* a read has failed */
	enum listing_of of;
	uint64_t begun_ns;
	char text[BUFFER_BYTES];
} reader;

/*
 * The identity whose thread is reading, 0: nobody.  A fork child has another generation than the thread of its parent
 * that it has not got.
 */
static _Atomic uint32_t taken_by;

static bool take(void)
{
	uint32_t owner = atomic_load_explicit(&taken_by, memory_order_relaxed), self;

	guard_enter();
	self = shim.identity ? atomic_load_explicit(&shim.identity->generation, memory_order_relaxed) : 1;
	guard_leave();
	return owner != self && atomic_compare_exchange_strong_explicit(&taken_by, &owner, self, memory_order_acquire,
									 memory_order_relaxed);
}

static void release(void)
{
	atomic_store_explicit(&taken_by, 0, memory_order_release);
}

bool listing_open(enum listing_of of)
{
	const char *path = of == LISTING_MAPS ? "/proc/thread-self/maps" : "/proc/thread-self/smaps";
	long fd;

	if (!take())
		return false;
	reader.begun_ns = clock_session_ns();
	fd = raw_syscall3(SYS_open, (long)path, O_RDONLY | O_CLOEXEC, 0);
	reader.fd = (int)fd;
	reader.used = reader.at = reader.kept = 0;
	reader.broken = false;
	reader.of = of;
	if (raw_failed(fd))
		release();
	return !raw_failed(fd);
}

uint64_t listing_begun_ns(void)
{
	return reader.begun_ns;
}

bool listing_whole(void)
{
	return !reader.broken;
}

void listing_close(void)
{
	raw_syscall3(SYS_close, reader.fd, 0, 0);
	release();
}

/* ---- lines ---- */

static void refill(void)
{
	long n;

	for (int i = reader.kept; i < reader.used; i++)
		reader.text[i - reader.kept] = reader.text[i];
	reader.used -= reader.kept;
	reader.at -= reader.kept;
	reader.kept = 0;
	n = raw_syscall3(SYS_read, reader.fd, (long)(reader.text + reader.used), sizeof(reader.text) - 1 - reader.used);
	if (n > 0)
		reader.used += (int)n;
	reader.broken |= n < 0;
}

static int find_newline(void)
{
	for (int i = reader.at; i < reader.used; i++)
		if (reader.text[i] == '\n')
			return i;
	return -1;
}

/* The next line, NUL-terminated in place; NULL at the end. */
static char *next_line(void)
{
	int end = find_newline();
	char *line;

	if (end < 0) {
		refill();
		end = find_newline();
	}
	if (end < 0)
		return NULL;
	line = reader.text + reader.at;
	reader.text[end] = 0;
	reader.at = end + 1;
	return line;
}

/* ---- fields ---- */

static uint64_t take_number(char **at, unsigned base)
{
	uint64_t value = 0;

	for (;; (*at)++) {
		char c = **at;
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 99;

		if (digit >= base)
			return value;
		value = value * base + digit;
	}
}

static uint64_t take_field(char **at, unsigned base)
{
	uint64_t value = take_number(at, base);

	if (**at)
		(*at)++; /* the separator */
	return value;
}

static void parse_head(char *at, struct listing_vma *vma)
{
	uint64_t major;

	vma->start = take_field(&at, 16);
	vma->end = take_field(&at, 16);
	vma->perms = at;
	at += 5;
	vma->offset = take_field(&at, 16);
	major = take_field(&at, 16);
	vma->device = makedev(major, take_field(&at, 16));
	vma->inode = take_field(&at, 10);
	while (*at == ' ')
		at++;
	vma->path = at;
}

/* Only a VMA's first line begins with a hex digit: "Size:" and the like begin with a capital. */
static bool begins_vma(const char *line)
{
	return (line[0] >= '0' && line[0] <= '9') || (line[0] >= 'a' && line[0] <= 'f');
}

/* "VmFlags: rd wr mr mw me ": the words, without the blank at their end. */
static char *flags_of(char *line)
{
	static const char key[] = "VmFlags: ";
	char *end;

	for (size_t i = 0; i < sizeof(key) - 1; i++)
		if (line[i] != key[i])
			return NULL;
	line += sizeof(key) - 1;
	for (end = line; *end; end++)
		;
	while (end > line && end[-1] == ' ')
		*--end = 0;
	return line;
}

bool listing_next(struct listing_vma *vma)
{
	char *line, *flags = NULL;

	do {
		reader.kept = reader.at;
		line = next_line();
	} while (line && !begins_vma(line));
	/* the flags are a VMA's last line */
	while (line && !flags && reader.of == LISTING_SMAPS) {
		line = next_line();
		flags = line ? flags_of(line) : NULL;
	}
	if (!line)
		return false;
	parse_head(reader.text + reader.kept, vma);
	vma->vmflags = flags;
	return true;
}
