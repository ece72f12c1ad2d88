#include "maps.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/sysmacros.h>

#include "event.h"
#include "own.h"
#include "raw.h"
#include "shim.h"
#include "sites.h"

/* A line of maps holds a path of up to PATH_MAX bytes, escaped at worst to four times that; longer ones are cut. */
#define BUFFER_BYTES 8192

/* Slots left for one more range and the closing fields: a part ends when its chain is this long. */
#define PART_SLOTS 24

#define ADDRESS_END 0xfffffffffffff000ull /* above the vsyscall page */

struct reader {
	int fd;
	int used, at;
	char text[BUFFER_BYTES];
};

/* One line of maps, taken apart.  Sample: 7f10aaf06000-7f10aaf16000 rw-p 00000000 fe:00 1234    /usr/lib/x.so */
struct range {
	uint64_t start, end, offset, inode, device;
	const char *perms, *path;
	const char *vmflags;	/* NULL: maps does not tell */
};

static struct reader reader;
static _Atomic bool busy;
static const char *moment;

static void refill(void)
{
	long n;

	for (int i = reader.at; i < reader.used; i++)
		reader.text[i - reader.at] = reader.text[i];
	reader.used -= reader.at;
	reader.at = 0;
	n = raw_syscall3(SYS_read, reader.fd, (long)(reader.text + reader.used), sizeof(reader.text) - 1 - reader.used);
	if (n > 0)
		reader.used += (int)n;
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
	char *line = reader.text + reader.at;

	if (end < 0) {
		refill();
		end = find_newline();
		line = reader.text;
	}
	if (end < 0)
		return NULL;
	reader.text[end] = 0;
	reader.at = end + 1;
	return line;
}

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

static void parse_line(char *at, struct range *range)
{
	uint64_t major;

	range->start = take_field(&at, 16);
	range->end = take_field(&at, 16);
	range->perms = at;
	at += 5;
	range->offset = take_field(&at, 16);
	major = take_field(&at, 16);
	range->device = makedev(major, take_field(&at, 16));
	range->inode = take_field(&at, 10);
	while (*at == ' ')
		at++;
	range->path = at;
}

static void write_range(struct line *line, const struct range *range, bool first)
{
	line_raw(line, first ? "{\"start\":" : ",{\"start\":");
	line_hex(line, range->start);
	line_key(line, "end");
	line_hex(line, range->end);
	line_key(line, "perms");
	line_quoted(line, range->perms, 4);
	if (range->inode || range->device) { /* a System V segment's inode is its number, which can be 0 */
		line_key(line, "offset");
		line_unsigned(line, range->offset);
		line_key(line, "dev");
		line_unsigned(line, range->device);
		line_key(line, "ino");
		line_unsigned(line, range->inode);
	}
	if (range->path[0]) {
		line_key(line, "path");
		line_quoted(line, range->path, 4096);
	}
	if (range->vmflags) {
		line_key(line, "vmflags");
		line_quoted(line, range->vmflags, 64);
	}
	line_raw(line, "}");
}

/*
 * Our own pages are named, wherever in an unnamed VMA they lie, and their advice, which we gave, is told: nobody shall take
 * them for the program's.
 */
static void write_pieces(struct line *line, struct range range, bool *first)
{
	uint64_t end = range.end, from, to;
	const char *path = range.path;

	while (range.start < end) {
		range.vmflags = own_range(range.start, end, &from, &to);
		if (range.vmflags && from > range.start) {
			range.end = from;
			range.vmflags = NULL;
		} else {
			range.end = range.vmflags ? to : end;
		}
		range.path = range.vmflags && !path[0] ? "[pagetrail]" : path;
		write_range(line, &range, *first);
		*first = false;
		range.offset += range.end - range.start;
		range.start = range.end;
	}
}

static bool begin_part(struct line *line, uint32_t part, uint64_t from)
{
	if (!event_open(line, SLOT_SNAPSHOT, shim.identity->pid))
		return false;
	line_key(line, "why");
	line_quoted(line, moment, 16);
	line_key(line, "part");
	line_unsigned(line, part);
	line_key(line, "from");
	line_hex(line, from);
	line_key(line, "ranges");
	line_raw(line, "[");
	return true;
}

static void end_part(struct line *line, uint64_t to, bool last)
{
	line_raw(line, "]");
	line_key(line, "to");
	line_hex(line, to);
	line_key(line, "last");
	line_bool(line, last);
	event_close(line);
}

static void send_parts(void)
{
	struct line line;
	struct range range;
	uint64_t from = 0;
	uint32_t part = 0;
	bool first = true;
	char *text;

	if (!begin_part(&line, part, from))
		return;
	while ((text = next_line())) {
		parse_line(text, &range);
		write_pieces(&line, range, &first);
		if (line.chained < PART_SLOTS)
			continue;
		end_part(&line, range.end, false);
		from = range.end;
		first = true;
		if (!begin_part(&line, ++part, from))
			return;
	}
	end_part(&line, ADDRESS_END, true);
}

void maps_send(const char *why)
{
	long fd;

	if (atomic_exchange_explicit(&busy, true, memory_order_acquire))
		return;
	fd = raw_syscall3(SYS_open, (long)"/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
	if (!raw_failed(fd)) {
		moment = why;
		reader.fd = (int)fd;
		reader.used = reader.at = 0;
		send_parts();
		raw_syscall3(SYS_close, fd, 0, 0);
	}
	atomic_store_explicit(&busy, false, memory_order_release);
}

void maps_send_unseen(const char *why)
{
	if (shim.ring && !sites_active() && !shim.restricted && identity_current() &&
	    !atomic_load_explicit(&shim.ring->closed, memory_order_relaxed))
		maps_send(why);
}
