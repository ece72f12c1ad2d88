#include "scan_code.h"

#include <elf.h>
#include <emmintrin.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../util/alloc.h"
#include "../util/table.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

#define FILE_MAX     (512ull << 20)
#define SEGMENTS_MAX 16
#define BLOCK	     65536
#define PATTERN	     9 /* bytes of the longer one */

_Static_assert(CALL_COUNT <= 64, "a set of calls is 64 bits");

/* ---- in code ---- */

/* The calls whose success can change a page's mapping, protection, lock or advice. */
static uint64_t bit_of(uint32_t number)
{
	switch (number) {
#define NUMBER(name)                                                                                                   \
	case SYS_##name:                                                                                               \
		return 1ull << CALL_##name
		NUMBER(mmap);
		NUMBER(munmap);
		NUMBER(mremap);
		NUMBER(brk);
		NUMBER(remap_file_pages);
		NUMBER(mprotect);
		NUMBER(pkey_mprotect);
		NUMBER(mseal);
		NUMBER(mlock);
		NUMBER(mlock2);
		NUMBER(munlock);
		NUMBER(mlockall);
		NUMBER(munlockall);
		NUMBER(madvise);
		NUMBER(process_madvise);
		NUMBER(shmat);
		NUMBER(shmdt);
#undef NUMBER
	default:
		return 0;
	}
}

static uint32_t number_at(const uint8_t *code)
{
	uint32_t number;

	memcpy(&number, code, sizeof(number));
	return number;
}

/* @at: a syscall instruction, @before bytes of code stand before it.  b8 NR 00 00 00, or 48 c7 c0 NR 00 00 00. */
static uint64_t call_at(const uint8_t *at, size_t before)
{
	if (before >= 5 && at[-5] == 0xb8)
		return bit_of(number_at(at - 4));
	if (before >= 7 && at[-7] == 0x48 && at[-6] == 0xc7 && at[-5] == 0xc0)
		return bit_of(number_at(at - 4));
	return 0;
}

/* One bit for each of sixteen places where 0f 05 stands; seventeen bytes are read. */
static unsigned syscalls_in(const uint8_t *at)
{
	__m128i first = _mm_loadu_si128((const __m128i *)(const void *)at);
	__m128i second = _mm_loadu_si128((const __m128i *)(const void *)(at + 1));

	return (unsigned)_mm_movemask_epi8(
		_mm_and_si128(_mm_cmpeq_epi8(first, _mm_set1_epi8(0x0f)), _mm_cmpeq_epi8(second, _mm_set1_epi8(0x05))));
}

/* Megabytes of it: 0f alone stands in every other instruction of some programs, too often to be searched for by
 * memchr(). */
uint64_t scan_code_bytes(const uint8_t *code, size_t bytes)
{
	uint64_t calls = 0;
	size_t at = 0;

	for (; at + 17 <= bytes; at += 16)
		for (unsigned found = syscalls_in(code + at); found; found &= found - 1)
			calls |= call_at(code + at + __builtin_ctz(found), at + (size_t)__builtin_ctz(found));
	for (; at + 2 <= bytes; at++)
		if (code[at] == 0x0f && code[at + 1] == 0x05)
			calls |= call_at(code + at, at);
	return calls;
}

/* ---- files ---- */

struct waiting {
	char *path;
	uint64_t ino;
	int32_t pid;
};

struct scan_code {
	struct table seen; /* by device and inode */
	struct waiting *waiting;
	size_t count, room;
	/* the file at hand */
	int fd; /* -1: none */
	struct waiting file;
	uint64_t calls;
	Elf64_Phdr segment[SEGMENTS_MAX];
	size_t segments, next;
	uint64_t at, end; /* in the file, of the segment at hand */
	uint8_t block[BLOCK];
};

struct scan_code *scan_code_new(void)
{
	struct scan_code *scan = alloc_zero(1, sizeof(*scan));

	scan->fd = -1;
	return scan;
}

static void close_file(struct scan_code *scan)
{
	if (scan->fd >= 0)
		close(scan->fd);
	scan->fd = -1;
}

void scan_code_free(struct scan_code *scan)
{
	if (!scan)
		return;
	close_file(scan);
	free(scan->file.path);
	for (size_t i = 0; i < scan->count; i++)
		free(scan->waiting[i].path);
	free(scan->waiting);
	table_clear(&scan->seen, NULL);
	free(scan);
}

bool scan_code_idle(const struct scan_code *scan)
{
	return scan->fd < 0 && !scan->count;
}

/* The shim rewrites what these call, and says so if it cannot; or they are the shim. */
static bool is_covered(const char *path)
{
	static const char *const names[] = {"libc.so.", "libc-2.", "ld-linux", "ld-2.", "libpagetrail.so"};
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	return false;
}

static void see(struct scan_code *scan, const char *path, uint64_t dev, uint64_t ino, int32_t pid)
{
	uint64_t key = ino ^ dev * UINT64_C(0x9e3779b97f4a7c15);

	if (!path || path[0] != '/' || !ino || table_find(&scan->seen, key))
		return;
	table_add(&scan->seen, key, scan);
	if (is_covered(path))
		return;
	scan->waiting = alloc_room(scan->waiting, scan->count, &scan->room, sizeof(*scan->waiting));
	scan->waiting[scan->count++] = (struct waiting){alloc_copy(path, strlen(path)), ino, pid};
}

static void see_ranges(struct scan_code *scan, const struct record *record)
{
	for (size_t i = 0; i < record->snapshot.count; i++) {
		const struct snapshot_range *range = &record->snapshot.range[i];

		if (range->perms[2] == 'x')
			see(scan, range->path, range->dev, range->ino, record->pid);
	}
}

void scan_code_see(struct scan_code *scan, const struct record *record)
{
	const struct record_call *call = &record->call;

	if (record->type == RECORD_SNAPSHOT)
		see_ranges(scan, record);
	else if (record->type == RECORD_CALL && call->call == CALL_mmap && (call->arg[2] & PROT_EXEC) &&
		 (call->has & HAS_FILE) && !call->err)
		see(scan, call->path, call->dev, call->ino, record->pid);
}

/* The device is not compared: overlayfs and btrfs show another one in maps than stat(2) gives. */
static int open_same(const char *path, uint64_t ino)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_ino == ino && (uint64_t)st.st_size <= FILE_MAX)
		return fd;
	close(fd);
	return -1;
}

/* As we see it, or as a process does that has another root. */
static int open_mapped(const struct waiting *file)
{
	int fd = open_same(file->path, file->ino);
	char *path;

	if (fd >= 0 || asprintf(&path, "/proc/%" PRId32 "/root%s", file->pid, file->path) < 0)
		return fd;
	fd = open_same(path, file->ino);
	free(path);
	return fd;
}

static bool read_at(int fd, void *into, size_t bytes, uint64_t at)
{
	return pread(fd, into, bytes, (off_t)at) == (ssize_t)bytes;
}

/* Its executable segments; none where it is no ELF file of this machine. */
static void read_segments(struct scan_code *scan)
{
	Elf64_Ehdr head;
	Elf64_Phdr segment;

	scan->segments = scan->next = 0;
	if (!read_at(scan->fd, &head, sizeof(head), 0) || memcmp(head.e_ident, ELFMAG, SELFMAG) ||
	    head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_machine != EM_X86_64 || head.e_phentsize != sizeof(segment))
		return;
	for (unsigned i = 0; i < head.e_phnum && scan->segments < SEGMENTS_MAX; i++)
		if (read_at(scan->fd, &segment, sizeof(segment), head.e_phoff + i * sizeof(segment)) &&
		    segment.p_type == PT_LOAD && (segment.p_flags & PF_X))
			scan->segment[scan->segments++] = segment;
}

static void next_file(struct scan_code *scan)
{
	free(scan->file.path);
	scan->file = scan->waiting[--scan->count];
	scan->fd = open_mapped(&scan->file);
	scan->calls = scan->at = scan->end = 0;
	if (scan->fd >= 0)
		read_segments(scan);
}

/* Return: how much of the file at hand was read; 0: it is through. */
static size_t scan_block(struct scan_code *scan)
{
	uint64_t left = scan->end - scan->at;
	ssize_t bytes;

	if (scan->at >= scan->end) {
		if (scan->next == scan->segments)
			return 0;
		scan->at = scan->segment[scan->next].p_offset;
		left = scan->segment[scan->next].p_filesz;
		scan->end = left <= FILE_MAX ? scan->at + left : scan->at;
		scan->next++;
		return 1;
	}
	bytes = pread(scan->fd, scan->block, left < BLOCK ? left : BLOCK, (off_t)scan->at);
	if (bytes <= 0) {
		scan->at = scan->end;
		return 1;
	}
	scan->calls |= scan_code_bytes(scan->block, (size_t)bytes);
	/* a pattern may lie across the edge */
	scan->at += (size_t)bytes > PATTERN && (uint64_t)bytes < left ? (size_t)bytes - PATTERN + 1 : (size_t)bytes;
	return (size_t)bytes;
}

bool scan_code_step(struct scan_code *scan, size_t bytes, struct scan_found *found)
{
	size_t done = 0;

	while (done < bytes && !scan_code_idle(scan)) {
		size_t more = scan->fd >= 0 ? scan_block(scan) : 0;

		done += more;
		if (more)
			continue;
		close_file(scan);
		if (scan->calls) {
			*found = (struct scan_found){scan->file.pid, scan->file.path, scan->calls};
			scan->calls = 0;
			return true;
		}
		if (scan->count)
			next_file(scan);
	}
	return false;
}
