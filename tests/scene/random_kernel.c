/*
 * random_kernel.c - random calls on the kernel and on the model: both must hold the same state for every page, after every call.
 *
 *   random_kernel [-u] [SEQUENCES] [SEED]      -u: unprivileged, with a limit of 12 locked pages
 *
 * A subject process makes the calls; the model gets the records with the results; then each page of the arena, and VmLck, are
 * compared with the subject's smaps. Where the model asks to look it gets the listing and must agree from there on.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../collector/vm/state.h"
#include "../../collector/vm/world.h"
#include "subject.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

#define ARENA UINT64_C(0x200000000000)
#define PAGE(n) (ARENA + (uint64_t)(n) * PAGE_BYTES)

enum { ARENA_PAGES = 48, CALLS = 40, LIMIT_PAGES = 12, LINE = 240 };

struct trial {
	struct subject subject;
	struct world *world;
	uint64_t seq, seed;
	int32_t pid;
	bool unprivileged;
	int memfd;
	struct stat stat;
	uint64_t looks, calls;
	char history[CALLS][LINE];
	unsigned steps;
};

static unsigned pick(struct trial *trial, unsigned below)
{
	trial->seed = trial->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(trial->seed >> 33) % below;
}

/* ---- calls ---- */

struct choice {
	enum call_id call;
	long number;
	uint64_t args[6];
};

static uint64_t some_page(struct trial *trial)
{
	uint64_t addr = PAGE(pick(trial, ARENA_PAGES));

	return pick(trial, 40) ? addr : addr + pick(trial, 4096);
}

static uint64_t some_length(struct trial *trial)
{
	uint64_t bytes = (1 + pick(trial, pick(trial, 4) ? 6 : 30)) * PAGE_BYTES;

	switch (pick(trial, 40)) {
	case 0:
		return bytes + pick(trial, 4096);
	case 1:
		return pick(trial, 2) ? 0 : UINT64_MAX - pick(trial, 8192);
	default:
		return bytes;
	}
}

static uint64_t some_of(struct trial *trial, const uint64_t *values, size_t count)
{
	return values[pick(trial, (unsigned)count)];
}
#define SOME(trial, ...)                                                                                               \
	some_of(trial, (const uint64_t[]){ __VA_ARGS__ }, sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

static struct choice choose_map(struct trial *trial)
{
	struct choice choice = { CALL_mmap, SYS_mmap, { some_page(trial), some_length(trial), pick(trial, 8) } };
	uint64_t flags = SOME(trial, K_MAP_PRIVATE, K_MAP_PRIVATE, K_MAP_SHARED, K_MAP_DROPPABLE) | K_MAP_ANONYMOUS;

	if (!pick(trial, 5))
		flags = SOME(trial, K_MAP_PRIVATE, K_MAP_SHARED, K_MAP_SHARED_VALIDATE);
	flags |= SOME(trial, K_MAP_FIXED, K_MAP_FIXED, K_MAP_FIXED, K_MAP_FIXED_NOREPLACE);
	if (!pick(trial, 4))
		flags |= K_MAP_LOCKED;
	if (!pick(trial, 6))
		flags |= SOME(trial, K_MAP_NORESERVE, K_MAP_STACK, K_MAP_GROWSDOWN, K_MAP_SYNC);
	choice.args[3] = flags;
	choice.args[4] = flags & K_MAP_ANONYMOUS ? UINT64_MAX : (uint64_t)trial->memfd;
	choice.args[5] = pick(trial, 8) * PAGE_BYTES;
	return choice;
}

static struct choice choose_remap(struct trial *trial)
{
	uint64_t old = some_length(trial), new = pick(trial, 2) ? old : some_length(trial);
	uint64_t flags = SOME(trial, 0, 0, K_MREMAP_MAYMOVE | K_MREMAP_FIXED, K_MREMAP_MAYMOVE | K_MREMAP_FIXED,
			      K_MREMAP_MAYMOVE | K_MREMAP_FIXED | K_MREMAP_DONTUNMAP);

	if (!pick(trial, 12))
		old = 0;
	return (struct choice){ CALL_mremap, SYS_mremap, { some_page(trial), old, new, flags, some_page(trial) } };
}

static struct choice choose_advice(struct trial *trial)
{
	uint64_t advice = SOME(trial, 0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 24, 102, 103, 99);

	return (struct choice){ CALL_madvise, SYS_madvise, { some_page(trial), some_length(trial), advice } };
}

static struct choice choose_protect(struct trial *trial)
{
	uint64_t prot = pick(trial, 8);

	if (!pick(trial, 10))
		prot |= SOME(trial, K_PROT_SEM, K_PROT_GROWSDOWN, K_PROT_GROWSUP, 16);
	return (struct choice){ CALL_mprotect, SYS_mprotect, { some_page(trial), some_length(trial), prot } };
}

static struct choice choose(struct trial *trial)
{
	uint64_t addr = some_page(trial), len = some_length(trial);

	switch (pick(trial, 24)) {
	case 0: case 1: case 2: case 3: case 4: case 5:
		return choose_map(trial);
	case 6: case 7:
		return (struct choice){ CALL_munmap, SYS_munmap, { addr, len } };
	case 8: case 9: case 10:
		return choose_protect(trial);
	case 11: case 12:
		return (struct choice){ CALL_mlock, SYS_mlock, { addr, len } };
	case 13:
		return (struct choice){ CALL_mlock2, SYS_mlock2, { addr, len, SOME(trial, 0, 1, 1, 1, 2) } };
	case 14: case 15:
		return (struct choice){ CALL_munlock, SYS_munlock, { addr, len } };
	case 16:
		if (!pick(trial, 3))
			return (struct choice){ CALL_mlockall, SYS_mlockall, { pick(trial, 9) } };
		return (struct choice){ CALL_munlockall, SYS_munlockall, { 0 } };
	case 17: case 18: case 19:
		return choose_advice(trial);
	case 20:
		if (!pick(trial, 3))
			return (struct choice){ CALL_mseal, SYS_mseal, { addr, PAGE_BYTES, 0 } };
		return (struct choice){ CALL_msync, SYS_msync, { addr, len, K_MS_INVALIDATE } };
	case 21:
		return (struct choice){ CALL_remap_file_pages, SYS_remap_file_pages, { addr, len, 0, pick(trial, 8), 0 } };
	default:
		return choose_remap(trial);
	}
}

/* A move of unknown target could land in the middle of the subject's own pages; keep to the arena. */
static bool is_harmless(const struct choice *choice)
{
	const uint64_t *a = choice->args;

	if (choice->call == CALL_mremap && !(a[3] & K_MREMAP_FIXED) && (a[3] & K_MREMAP_MAYMOVE))
		return false;
	return true;
}

/* ---- the record ---- */

static void describe_file(struct trial *trial, struct record_call *call)
{
	if (call->call != CALL_mmap || (call->arg[3] & K_MAP_ANONYMOUS))
		return;
	call->has |= HAS_FILE;
	call->fd_kind = FD_MEMFD;
	call->access = ACCESS_BOTH;
	call->dev = (uint64_t)(trial->stat.st_dev >> 8) << 20 | (trial->stat.st_dev & 0xff);
	call->ino = trial->stat.st_ino;
	call->path = "/memfd:random (deleted)";
}

static void explain_lock(struct trial *trial, struct record_call *call)
{
	enum call_effect effect = call_table[call->call].effect;

	if (!call->err || (effect != EFFECT_LOCK && effect != EFFECT_LOCKALL))
		return;
	call->has |= HAS_LIMIT;
	call->limit_bytes = trial->unprivileged ? LIMIT_PAGES * PAGE_BYTES : UINT64_MAX;
	call->cap_ipc_lock = !trial->unprivileged;
	call->vmlck_bytes = trial->subject.vmlck_bytes;
}

static enum apply_result apply(struct trial *trial, const struct choice *choice, int64_t ret)
{
	struct record record = { .type = RECORD_CALL, .seq = ++trial->seq, .pid = trial->pid, .tid = trial->pid };

	record.call.call = choice->call;
	record.call.has = HAS_RET;
	memcpy(record.call.arg, choice->args, sizeof choice->args);
	record.call.ret = ret < 0 ? -1 : ret;
	record.call.err = ret < 0 ? (int)-ret : 0;
	describe_file(trial, &record.call);
	explain_lock(trial, &record.call);
	return world_apply(trial->world, &record, NULL, NULL);
}

static void give_listing(struct trial *trial, const char *why, uint64_t from, uint64_t to)
{
	struct record record = { .type = RECORD_SNAPSHOT, .seq = ++trial->seq, .pid = trial->pid, .tid = trial->pid };

	record.snapshot = (struct record_snapshot){ why, 0, true, from, to, trial->subject.ranges, trial->subject.range };
	world_apply(trial->world, &record, NULL, NULL);
}

/* ---- comparing, without the code under test ---- */

static const struct snapshot_range *listed_at(const struct subject *subject, uint64_t addr)
{
	for (size_t i = 0; i < subject->ranges; i++)
		if (subject->range[i].start <= addr && addr < subject->range[i].end)
			return &subject->range[i];
	return NULL;
}

static bool has_word(const char *flags, const char *word)
{
	const char *at = strstr(flags, word);

	return at && (at == flags || at[-1] == ' ');
}

static void listed_text(const struct snapshot_range *range, char *out, size_t size)
{
	static const char *const words[] = { "mr", "mw", "me", "lo", "lf", "rr", "sr", "dc", "wf", "dd", "de", "hg", "nh",
					     "mg", "gd", "nr", "ht", "sf", "dp", "sl" };
	size_t used;

	if (!range) {
		snprintf(out, size, "none");
		return;
	}
	used = (size_t)snprintf(out, size, "%s", range->perms);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (has_word(range->vmflags, words[i]))
			used += (size_t)snprintf(out + used, size - used, " %s", words[i]);
}

static void model_text(const struct vma *vma, char *out, size_t size)
{
	const struct {
		const char *word;
		bool on;
	} words[] = {
		{ "mr", vma && (vma->ceiling & 1) }, { "mw", vma && (vma->ceiling & 2) }, { "me", vma && (vma->ceiling & 4) },
		{ "lo", vma && vma->lock }, { "lf", vma && vma->lock == VMA_LOCKED_ONFAULT },
		{ "rr", vma && (vma->advice & ADVICE_RANDOM) }, { "sr", vma && (vma->advice & ADVICE_SEQUENTIAL) },
		{ "dc", vma && (vma->advice & ADVICE_DONTFORK) }, { "wf", vma && (vma->advice & ADVICE_WIPEONFORK) },
		{ "dd", vma && (vma->advice & ADVICE_DONTDUMP) }, { "de", vma && (vma->flags & VMA_DONTEXPAND) },
		{ "hg", vma && (vma->advice & ADVICE_HUGEPAGE) }, { "nh", vma && (vma->advice & ADVICE_NOHUGEPAGE) },
		{ "mg", vma && (vma->advice & ADVICE_MERGEABLE) }, { "gd", vma && (vma->flags & VMA_GROWSDOWN) },
		{ "nr", vma && (vma->flags & VMA_NORESERVE) }, { "ht", vma && (vma->flags & VMA_HUGETLB) },
		{ "sf", vma && (vma->flags & VMA_SYNC) }, { "dp", vma && (vma->flags & VMA_DROPPABLE) },
		{ "sl", vma && (vma->flags & VMA_SEALED) },
	};
	char perms[5];
	size_t used;

	if (!vma) {
		snprintf(out, size, "none");
		return;
	}
	vma_perms(vma, perms);
	used = (size_t)snprintf(out, size, "%s", perms);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].on)
			used += (size_t)snprintf(out + used, size - used, " %s", words[i].word);
}

static bool page_agrees(struct trial *trial, uint64_t addr)
{
	const struct vma *vma = space_find(world_process(trial->world, trial->pid)->space, addr);
	const struct snapshot_range *range = listed_at(&trial->subject, addr);
	char have[160], want[160];

	listed_text(range, want, sizeof want);
	model_text(vma, have, sizeof have);
	if (!strcmp(have, want) && (!vma || !vma_has_offset(vma) ||
				    vma->offset + (addr - vma->start) == range->offset + (addr - range->start)))
		return true;
	printf("page %d: model '%s' offset %#" PRIx64 ", kernel '%s' offset %#" PRIx64 "\n",
	       (int)((addr - ARENA) / PAGE_BYTES), have, vma ? vma->offset + (addr - vma->start) : 0, want,
	       range ? range->offset + (addr - range->start) : 0);
	return false;
}

static bool agrees(struct trial *trial)
{
	const struct process *process = world_process(trial->world, trial->pid);
	uint64_t vmlck = space_totals(process->space).vmlck;
	bool good = true;

	for (int i = -64; i < ARENA_PAGES + 64; i++)
		good &= page_agrees(trial, PAGE(i));
	if (vmlck != trial->subject.vmlck_bytes) {
		printf("VmLck: model %" PRIu64 ", kernel %" PRIu64 "\n", vmlck, trial->subject.vmlck_bytes);
		good = false;
	}
	return good;
}

/* ---- sequences ---- */

static void word_text(uint64_t word, char *out, size_t size)
{
	if (word >= ARENA && word < PAGE(4096))
		snprintf(out, size, "p%" PRIu64 "+%" PRIu64, (word - ARENA) / PAGE_BYTES, word % PAGE_BYTES);
	else
		snprintf(out, size, "%#" PRIx64, word);
}

static void note(struct trial *trial, const struct choice *choice, int64_t ret, bool looked)
{
	char *line = trial->history[trial->steps++], text[24];
	size_t used = (size_t)snprintf(line, LINE, "%s", call_table[choice->call].name);

	for (int i = 0; i < call_table[choice->call].nargs; i++) {
		word_text(choice->args[i], text, sizeof text);
		used += (size_t)snprintf(line + used, LINE - used, "%c%s", i ? ' ' : '(', text);
	}
	snprintf(line + used, LINE - used, ") = %s%s", ret < 0 ? strerrorname_np((int)-ret) : "ok", looked ? "   looked" : "");
}

static void print_history(const struct trial *trial, uint64_t seed)
{
	printf("seed %" PRIu64 ":\n", seed);
	for (unsigned i = 0; i < trial->steps; i++)
		printf("  %s\n", trial->history[i]);
}

static bool one_call(struct trial *trial)
{
	struct choice choice = choose(trial);
	enum apply_result result;
	int64_t ret;

	if (!is_harmless(&choice))
		return true;
	if (subject_call(&trial->subject, choice.number, choice.args, &ret) || subject_list(&trial->subject))
		return false;
	result = apply(trial, &choice, ret);
	trial->calls++;
	note(trial, &choice, ret, result == APPLY_LOOK);
	if (result == APPLY_LOOK) {
		uint64_t from, to;

		trial->looks++;
		space_look(world_process(trial->world, trial->pid)->space, &from, &to);
		give_listing(trial, "look", from, to);
	}
	return agrees(trial);
}

static bool one_fork(struct trial *trial)
{
	struct record record = { .type = RECORD_PROCESS, .seq = ++trial->seq };
	int child = subject_fork(&trial->subject);

	if (child < 0)
		return false;
	record.pid = record.tid = child;
	record.process = (struct record_process){ .event = PROCESS_FORK, .ppid = trial->pid };
	world_apply(trial->world, &record, NULL, NULL);
	trial->pid = child;
	snprintf(trial->history[trial->steps++], LINE, "fork");
	return !subject_list(&trial->subject) && agrees(trial);
}

static bool begin(struct trial *trial)
{
	struct record start = { .type = RECORD_PROCESS, .seq = 1 };
	struct rlimit_pair none = { UINT64_MAX, UINT64_MAX }, few = { LIMIT_PAGES * PAGE_BYTES, LIMIT_PAGES * PAGE_BYTES };

	trial->world = world_new();
	trial->seq = 1;
	trial->steps = 0;
	if (subject_start(&trial->subject, trial->unprivileged))
		return false;
	trial->pid = start.pid = start.tid = trial->subject.pid;
	start.process = (struct record_process){ .event = PROCESS_START, .has_limits = true, .as = none, .data = none,
						 .stack = { 8 << 20, 8 << 20 }, .cap_ipc_lock = !trial->unprivileged };
	start.process.memlock = trial->unprivileged ? few : none;
	world_apply(trial->world, &start, NULL, NULL);
	if (subject_list(&trial->subject))
		return false;
	give_listing(trial, "start", 0, SPACE_END);
	return true;
}

static bool one_sequence(struct trial *trial, uint64_t seed)
{
	bool good;

	trial->seed = seed;
	good = begin(trial);
	while (good && trial->steps < CALLS - 1)
		good = pick(trial, 60) ? one_call(trial) : one_fork(trial);
	if (!good)
		print_history(trial, seed);
	subject_end(&trial->subject);
	world_free(trial->world);
	return good;
}

int main(int argc, char **argv)
{
	bool unprivileged = argc > 1 && !strcmp(argv[1], "-u");
	static struct trial trial;
	uint64_t sequences, seed, bad = 0;

	argc -= unprivileged;
	argv += unprivileged;
	sequences = argc > 1 ? strtoull(argv[1], NULL, 0) : 100;
	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	if (getuid()) {
		printf("random_kernel: needs root to read the subject's pages; skipped\n");
		return 77;
	}
	trial.unprivileged = unprivileged;
	/* Inherited by the subjects. */
	if (unprivileged && setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ LIMIT_PAGES * PAGE_BYTES, LIMIT_PAGES * PAGE_BYTES }))
		return 1;
	trial.memfd = memfd_create("random", 0);
	if (trial.memfd < 0 || ftruncate(trial.memfd, 64 * PAGE_BYTES) || fstat(trial.memfd, &trial.stat))
		return 1;
	for (uint64_t i = 0; i < sequences && bad < 5; i++)
		bad += !one_sequence(&trial, seed + i);
	printf("%" PRIu64 " calls, %" PRIu64 " looks, %" PRIu64 " sequences differ\n", trial.calls, trial.looks, bad);
	return bad > 0;
}
