/*
 * random_kernel.c - random calls on the kernel and on the model: both must hold the same state for every page, after
 * every call.
 *
 *   random_kernel [-u] [SEQUENCES] [SEED]      -u: unprivileged, with a limit of 12 locked pages
 *
 * A subject process makes the calls; the model gets the records with the results; then the whole address space, and
 * VmLck, are compared with the subject's smaps. Where the model asks to look it gets the listing and must agree from
 * there on.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../../collector/vm/state.h"
#include "../../collector/vm/world.h"
#include "choose.h"
#include "subject.h"
#include "verdict.h"

enum { CALLS = 40, LIMIT_PAGES = 12, LINE = 240 };

struct trial {
	struct chooser chooser;
	struct subject subject;
	struct world *world;
	uint64_t seq;
	int32_t pid;
	bool unprivileged;
	uint64_t looks, calls, unexplained;
	char history[CALLS][LINE];
	unsigned steps;
};

/* ---- the record ---- */

static void describe(struct trial *trial, const struct choice *choice, struct record_call *call)
{
	if (choice->object && call->call == CALL_mmap) {
		call->has |= HAS_FILE;
		call->fd_kind = choice->object->kind;
		call->access = choice->object->access;
		call->dev = choice->object->dev;
		call->ino = choice->object->ino;
		call->path = choice->object->path;
	}
	if (call->call == CALL_shmat) {
		call->has |= HAS_SIZE;
		call->size_bytes = choice->segment_bytes;
	}
	if (call->call == CALL_brk) {
		call->has |= HAS_OLD;
		call->old = trial->chooser.brk;
		trial->chooser.brk = (uint64_t)call->ret;
	}
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

static struct space *space_of(const struct trial *trial)
{
	return world_process(trial->world, trial->pid)->space;
}

static enum apply_result apply(struct trial *trial, const struct choice *choice, int64_t ret)
{
	struct record record = { .type = RECORD_CALL, .seq = ++trial->seq, .pid = trial->pid, .tid = trial->pid };

	record.call.call = choice->call;
	record.call.has = HAS_RET;
	memcpy(record.call.arg, choice->args, sizeof choice->args);
	record.call.ret = ret < 0 ? -1 : ret;
	record.call.err = ret < 0 ? (int)-ret : 0;
	describe(trial, choice, &record.call);
	explain_lock(trial, &record.call);
	trial->unexplained += !verdict_fits(space_of(trial), &record);
	return world_apply(trial->world, &record, NULL, NULL);
}

static void give_listing(struct trial *trial, const char *why, uint64_t from, uint64_t to)
{
	struct record record = { .type = RECORD_SNAPSHOT, .seq = ++trial->seq, .pid = trial->pid, .tid = trial->pid };

	record.snapshot = (struct record_snapshot){ why, 0, true, from, to, trial->subject.ranges, trial->subject.range,
						    strcmp(why, "start"), trial->subject.vmlck_bytes };
	world_apply(trial->world, &record, NULL, NULL);
}

/* ---- comparing, without the code under test ---- */

static const char *const words[] = { "mr", "mw", "me", "lo", "lf", "rr", "sr", "dc", "wf", "dd", "de",
				     "hg", "nh", "mg", "gd", "nr", "ht", "sf", "dp", "sl" };

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
	size_t used = (size_t)snprintf(out, size, "%s", range ? range->perms : "none");

	for (size_t i = 0; range && i < sizeof words / sizeof *words; i++)
		if (has_word(range->vmflags, words[i]))
			used += (size_t)snprintf(out + used, size - used, " %s", words[i]);
}

/* One bit for each of words[], as the model sees it. */
static uint32_t model_bits(const struct vma *vma)
{
	static const struct {
		const char *word;
		uint16_t advice, flag;
	} marks[] = {
		{ "rr", ADVICE_RANDOM, 0 }, { "sr", ADVICE_SEQUENTIAL, 0 }, { "dc", ADVICE_DONTFORK, 0 },
		{ "wf", ADVICE_WIPEONFORK, 0 }, { "dd", ADVICE_DONTDUMP, 0 }, { "de", 0, VMA_DONTEXPAND },
		{ "hg", ADVICE_HUGEPAGE, 0 }, { "nh", ADVICE_NOHUGEPAGE, 0 }, { "mg", ADVICE_MERGEABLE, 0 },
		{ "gd", 0, VMA_GROWSDOWN }, { "nr", 0, VMA_NORESERVE }, { "ht", 0, VMA_HUGETLB }, { "sf", 0, VMA_SYNC },
		{ "dp", 0, VMA_DROPPABLE }, { "sl", 0, VMA_SEALED } };
	uint32_t bits = vma->ceiling | (vma->lock ? 8u : 0) | (vma->lock == VMA_LOCKED_ONFAULT ? 16u : 0);

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if ((vma->advice & marks[i].advice) || (vma->flags & marks[i].flag))
			bits |= 32u << i;
	return bits;
}

static void model_text(const struct vma *vma, char *out, size_t size)
{
	uint32_t bits = vma ? model_bits(vma) : 0;
	char perms[5] = "none";
	size_t used;

	if (vma)
		vma_perms(vma, perms);
	used = (size_t)snprintf(out, size, "%s", perms);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (bits >> i & 1)
			used += (size_t)snprintf(out + used, size - used, " %s", words[i]);
}

static bool page_agrees(struct trial *trial, uint64_t addr)
{
	const struct vma *vma = space_find(space_of(trial), addr);
	const struct snapshot_range *range = listed_at(&trial->subject, addr);
	uint64_t have_offset = 0, want_offset = 0;
	char have[160], want[160];

	listed_text(range, want, sizeof want);
	model_text(vma, have, sizeof have);
	/* The kernel takes private /dev/zero for anonymous memory and renumbers it when it moves. */
	if (vma && range && vma_has_offset(vma) && (!range->path || strcmp(range->path, "/dev/zero"))) {
		have_offset = vma->offset + (addr - vma->start);
		want_offset = range->offset + (addr - range->start);
	}
	if (!strcmp(have, want) && have_offset == want_offset)
		return true;
	printf("page %" PRId64 " (%#" PRIx64 "): model '%s' offset %#" PRIx64 ", kernel '%s' offset %#" PRIx64 "\n",
	       (int64_t)(addr - ARENA) / (int64_t)PAGE_BYTES, addr, have, have_offset, want, want_offset);
	return false;
}

/* Between two edges of either side nothing changes, so one page each is enough. */
static bool agrees(struct trial *trial)
{
	const struct vma *vma = space_next(space_of(trial), 0);
	uint64_t vmlck = space_totals(space_of(trial)).vmlck;
	bool good = true;

	for (; vma; vma = space_next(space_of(trial), vma->end))
		good &= page_agrees(trial, vma->start) && page_agrees(trial, vma->end);
	for (size_t i = 0; good && i < trial->subject.ranges; i++) {
		const struct snapshot_range *range = &trial->subject.range[i];

		good &= page_agrees(trial, range->start) && page_agrees(trial, range->end);
	}
	if (vmlck != trial->subject.vmlck_bytes) {
		printf("VmLck: model %" PRIu64 ", kernel %" PRIu64 "\n", vmlck, trial->subject.vmlck_bytes);
		good = false;
	}
	return good;
}

/* ---- sequences ---- */

static void word_text(uint64_t word, char *out, size_t size)
{
	if (word >= ARENA && word < ARENA_PAGE(4096))
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
	word_text((uint64_t)ret, text, sizeof text);
	snprintf(line + used, LINE - used, ") = %s%s", ret < 0 ? strerrorname_np((int)-ret) : text,
		 looked ? "   looked" : "");
}

static void print_history(const struct trial *trial, uint64_t seed)
{
	printf("seed %" PRIu64 ":\n", seed);
	for (unsigned i = 0; i < trial->steps; i++)
		printf("  %s\n", trial->history[i]);
}

static bool one_call(struct trial *trial)
{
	struct choice choice = choose(&trial->chooser);
	enum apply_result result;
	int64_t ret;

	if (subject_call(&trial->subject, choice.number, choice.args, &ret) || subject_list(&trial->subject))
		return false;
	/* The bare brk returns the break as it is, moved or not. */
	if (choice.call == CALL_brk && (uint64_t)ret != choice.args[0])
		ret = -ENOMEM;
	result = apply(trial, &choice, ret);
	trial->calls++;
	note(trial, &choice, ret, result == APPLY_LOOK);
	if (result == APPLY_LOOK) {
		uint64_t from, to;

		trial->looks++;
		space_look(space_of(trial), &from, &to);
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

static bool introduce(struct trial *trial)
{
	struct record record = { .type = RECORD_HEADER };
	struct rlimit_pair none = { UINT64_MAX, UINT64_MAX };
	struct rlimit_pair few = { LIMIT_PAGES * PAGE_BYTES, LIMIT_PAGES * PAGE_BYTES };
	struct utsname host;
	int64_t brk = 0;

	uname(&host);
	record.header.kernel = host.release;
	world_apply(trial->world, &record, NULL, NULL);
	record = (struct record){ .type = RECORD_PROCESS, .seq = 1, .pid = trial->pid, .tid = trial->pid };
	record.process = (struct record_process){ .event = PROCESS_START, .has_limits = true, .as = none, .data = none,
						  .stack = { 8 << 20, 8 << 20 }, .cap_ipc_lock = !trial->unprivileged };
	record.process.memlock = trial->unprivileged ? few : none;
	world_apply(trial->world, &record, NULL, NULL);
	if (subject_call(&trial->subject, 12, (const uint64_t[6]){ 0 }, &brk) || subject_list(&trial->subject))
		return false;
	trial->chooser.brk = (uint64_t)brk;
	give_listing(trial, "start", 0, SPACE_END);
	return agrees(trial);
}

static bool one_sequence(struct trial *trial, uint64_t seed)
{
	bool good;

	trial->chooser.seed = seed;
	trial->world = world_new();
	trial->seq = 1;
	trial->steps = 0;
	good = !subject_start(&trial->subject, trial->unprivileged);
	trial->pid = trial->subject.pid;
	good = good && introduce(trial);
	while (good && trial->steps < CALLS - 1)
		good = pick(&trial->chooser, 60) ? one_call(trial) : one_fork(trial);
	if (!good)
		print_history(trial, seed);
	subject_end(&trial->subject);
	world_free(trial->world);
	return good;
}

int main(int argc, char **argv)
{
	bool unprivileged = argc > 1 && !strcmp(argv[1], "-u");
	struct rlimit few = { LIMIT_PAGES * PAGE_BYTES, LIMIT_PAGES * PAGE_BYTES };
	static struct trial trial;
	uint64_t sequences, seed, bad = 0;

	argc -= unprivileged;
	argv += unprivileged;
	sequences = argc > 1 ? strtoull(argv[1], NULL, 0) : 100;
	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	if (getuid()) {
		printf("skip random calls: root is needed to read another process's pages\n");
		return 0;
	}
	trial.unprivileged = unprivileged;
	/* Inherited by the subjects. */
	if (chooser_open(&trial.chooser) || (unprivileged && setrlimit(RLIMIT_MEMLOCK, &few))) {
		perror("random_kernel");
		return 1;
	}
	for (uint64_t i = 0; i < sequences && bad < 5; i++)
		bad += !one_sequence(&trial, seed + i);
	chooser_close(&trial.chooser);
	printf("%" PRIu64 " calls, %" PRIu64 " looks, %" PRIu64 " sequences differ, %" PRIu64 " results explained wrongly\n",
	       trial.calls, trial.looks, bad, trial.unexplained);
	return bad || trial.unexplained;
}
