#include "digest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "state.h"

/* Text on its way out. */
struct writer {
	digest_fn *fn;
	void *arg;
};

static void __attribute__((format(printf, 2, 3))) put(const struct writer *to, const char *format, ...)
{
	char line[512]; /* 30 numbers of 16 digits at most */
	va_list ap;
	int length;

	va_start(ap, format);
	length = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	to->fn(to->arg, line, (size_t)length);
}

static void put_name(const struct writer *to, const char *name)
{
	if (!name) {
		to->fn(to->arg, " -\n", 3);
		return;
	}
	put(to, " %zu:", strlen(name));
	to->fn(to->arg, name, strlen(name));
	to->fn(to->arg, "\n", 1);
}

/* ---- text ---- */

static void put_limits(const struct writer *to, const struct limits *limits)
{
	put(to, "limits memlock %" PRIu64 " as %" PRIu64 " data %" PRIu64 " stack %" PRIu64, limits->memlock, limits->as,
	    limits->data, limits->stack);
	put(to, " core %" PRIu64 " cap %d known %d undumpable %d\n", limits->core_known ? limits->core : UINT64_MAX,
	    limits->cap_ipc_lock, limits->known, limits->undumpable);
}

/* A VMA's line: with printf() the lines of 60,000 took longer than some 200,000 calls. */
struct line {
	char text[512]; /* 13 numbers of 20 digits at most, and some words */
	size_t length;
};

static void add(struct line *line, const char *text)
{
	const size_t length = strlen(text);

	memcpy(line->text + line->length, text, length);
	line->length += length;
}

static void add_digits(struct line *line, const char *end, size_t count)
{
	memcpy(line->text + line->length, end - count, count);
	line->length += count;
}

static void add_number(struct line *line, const char *before, uint64_t number)
{
	char digits[20], *const end = digits + sizeof(digits), *at = end;

	add(line, before);
	do {
		*--at = (char)('0' + number % 10);
	} while (number /= 10);
	add_digits(line, end, (size_t)(end - at));
}

static void add_address(struct line *line, const char *before, uint64_t number)
{
	char digits[16], *const end = digits + sizeof(digits), *at = end;

	add(line, before);
	do {
		*--at = "0123456789abcdef"[number & 15];
	} while (number >>= 4);
	add_digits(line, end, (size_t)(end - at));
}

static void put_vma(const struct writer *to, const struct space *space, const struct vma *vma)
{
	struct line line;
	char perms[5];

	vma_perms(vma, perms);
	line.length = 0;
	add_address(&line, "vma 0x", vma->start);
	add_address(&line, " 0x", vma->end);
	add(&line, " ");
	add(&line, perms);
	add_number(&line, " ceiling ", vma->ceiling);
	add(&line, " ");
	add(&line, vma_lock_name(vma->lock));
	add(&line, " ");
	add(&line, vma_kind_name(vma->kind));
	add_number(&line, " advice ", vma->advice);
	add_number(&line, " flags ", vma->flags);
	add_number(&line, " object ", vma->dev);
	add_number(&line, " ", vma->ino);
	add_number(&line, " ", vma_has_offset(vma) ? vma->offset : 0);
	add_number(&line, " by ", vma->by.map);
	add_number(&line, " ", vma->by.prot);
	add_number(&line, " ", vma->by.lock);
	add_number(&line, " ", vma->by.advice);
	to->fn(to->arg, line.text, line.length);
	put_name(to, space_path(space, vma->path));
}

static void put_space(const struct writer *to, const struct space *space)
{
	const struct space_totals sums = space_totals(space);
	const struct vma *vma = space_next(space, 0);

	put_limits(to, &space->limits);
	put(to, "rules future %s mdwe %u exec %d merge %d brk 0x%" PRIx64 "\n", vma_lock_name(space->future), space->mdwe,
	    space->read_exec, space->merge_any, space->brk);
	put(to, "sums mapped %" PRIu64 " locked %" PRIu64 " peak %" PRIu64 " vmlck %" PRIu64 " wx %" PRIu64 "\n",
	    sums.mapped, sums.locked, sums.locked_peak, sums.vmlck, sums.wx);
	for (; vma; vma = space_next(space, vma->end))
		put_vma(to, space, vma);
}

void digest_text_process(const struct process *process, digest_fn *fn, void *arg)
{
	const struct writer to = { fn, arg };

	put(&to, "process %" PRId32 " parent %" PRId32 " from %" PRIu64 " exited %d borrows %d revealed %" PRIu64 " exe",
	    process->pid, process->ppid, process->first_seq, process->exited, process->borrows, process->revealed);
	put_name(&to, process->exe);
	put_space(&to, process->space);
	put(&to, "end\n");
}

static void put_segment(void *arg, uint64_t shmid, const struct segment_lock *lock)
{
	put(arg, "segment %" PRIu64 " pid %" PRId32 " by %" PRIu64 " removed %d\n", shmid, lock->pid, lock->seq,
	    lock->removed);
}

void digest_text_common(const struct world *world, digest_fn *fn, void *arg)
{
	struct writer to = { fn, arg };

	put(&to, "pagetrail state %d\n", DIGEST_FORM);
	world_segments(world, put_segment, &to);
}

/* ---- hash ---- */

typedef unsigned __int128 u128;

#define FNV_BASIS ((u128)0x6c62272e07bb0142 << 64 | 0x62b821756295c58d)
#define FNV_PRIME ((u128)1 << 88 | 0x13b)

static void hash(void *arg, const char *text, size_t length)
{
	u128 *sum = arg;

	for (size_t i = 0; i < length; i++)
		*sum = (*sum ^ (unsigned char)text[i]) * FNV_PRIME;
}

static void print(u128 sum, char hex[DIGEST_HEX])
{
	snprintf(hex, DIGEST_HEX, "%016" PRIx64 "%016" PRIx64, (uint64_t)(sum >> 64), (uint64_t)sum);
}

void digest_process(const struct process *process, char hex[DIGEST_HEX])
{
	u128 sum = FNV_BASIS;

	digest_text_process(process, hash, &sum);
	print(sum, hex);
}

void digest_add(struct digest *sum, const char hex[DIGEST_HEX])
{
	u128 total = (u128)sum->high << 64 | sum->low, more = FNV_BASIS;

	hash(&more, hex, DIGEST_HEX - 1);
	total += more;
	*sum = (struct digest){ (uint64_t)(total >> 64), (uint64_t)total };
}

void digest_whole(const struct world *world, const struct digest *processes, char hex[DIGEST_HEX])
{
	struct digest sum = *processes;
	u128 common = FNV_BASIS;

	digest_text_common(world, hash, &common);
	print(common, hex);
	digest_add(&sum, hex);
	print((u128)sum.high << 64 | sum.low, hex);
}

void digest_world(const struct world *world, const struct digest *left, char hex[DIGEST_HEX])
{
	struct digest sum = left ? *left : (struct digest){ 0 };
	const struct process *process;

	for (size_t i = 0; (process = world_each(world, i)); i++) {
		digest_process(process, hex);
		digest_add(&sum, hex);
	}
	digest_whole(world, &sum, hex);
}

void digest_bytes(const void *bytes, size_t length, char hex[DIGEST_HEX])
{
	u128 sum = FNV_BASIS;

	hash(&sum, bytes, length);
	print(sum, hex);
}
