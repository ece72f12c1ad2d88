/*
 * random_kernel.c - random calls on the kernel and on the model: both must hold the same state for every page, after
 * every call.
 *
 *   random_kernel [-u] [SEQUENCES] [SEED]      -u: unprivileged, with a limit of 12 locked pages
 *
 * The plans are those of fuzz.py, but for what only a program under the tracer can do. A subject process makes the calls;
 * the model gets the records with the results; then the whole address space with all its flags, and VmLck, are compared
 * with the subject's smaps. Where the model asks to look it gets the listing and must agree from there on.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../../collector/vm/state.h"
#include "../../collector/vm/world.h"
#include "../scene/make_call.h"
#include "../scene/subject.h"
#include "../scene/verdict.h"
#include "choose.h"
#include "sound.h"

enum { CALLS = 40, LIMIT_PAGES = 12, WHAT = CHOOSE_WHOLE | CHOOSE_ELSEWHERE | CHOOSE_FORK };

struct trial {
	struct object object[OBJECTS];
	int segment[SEGMENTS];
	struct plan plan;
	struct values values;
	struct subject subject;
	struct world *world;
	struct ledger *ledger;	/* of the process that makes the calls */
	const struct record *record;
	uint64_t seq;
	int32_t pid;
	bool unprivileged;
	uint64_t looks, calls, unexplained;
	/* of the sequence at hand */
	unsigned steps;
	int64_t ret[PLAN_MAX];
	bool looked[PLAN_MAX];
};

/* ---- the record ---- */

static void describe(struct trial *trial, const struct step *step, struct record_call *call)
{
	const struct word *fd = &step->arg[4];

	if (step->call == CALL_mmap && fd->place == PLACE_OBJECT && trial->object[fd->index].kind != FD_UNKNOWN) {
		const struct object *object = &trial->object[fd->index];

		call->has |= HAS_FILE;
		call->fd_kind = object->kind;
		call->access = object->access;
		call->seals = object->seals;
		call->dev = object->dev;
		call->ino = object->ino;
		call->path = object->path;
	}
	if (call->call == CALL_shmat) {
		call->has |= HAS_SIZE;
		call->size_bytes = segment_bytes(step->arg[0].index);
	}
	if (call->call == CALL_brk) {
		call->has |= HAS_OLD;
		call->old = trial->values.result[0];
		if (!call->err)
			trial->values.result[0] = (uint64_t)call->ret;
	}
}

/* As preload/explain.c does. */
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

static void note_change(void *arg, const struct delta *delta)
{
	struct trial *trial = arg;

	if (ledger_is_changed_by(delta))
		ledger_change(trial->ledger, trial->record, delta);
}

static enum apply_result tell(struct trial *trial, const struct record *record)
{
	enum apply_result result;

	trial->record = record;
	result = world_apply(trial->world, record, note_change, trial);
	ledger_settle(trial->ledger, record, space_of(trial));
	return result;
}

static enum apply_result apply(struct trial *trial, const struct step *step, const uint64_t *args, int64_t ret)
{
	struct record record = { .type = RECORD_CALL, .seq = ++trial->seq, .pid = trial->pid, .tid = trial->pid };

	record.call.call = step->call;
	record.call.has = HAS_RET;
	memcpy(record.call.arg, args, sizeof record.call.arg);
	record.call.ret = ret < 0 ? -1 : ret;
	record.call.err = ret < 0 ? (int)-ret : 0;
	describe(trial, step, &record.call);
	explain_lock(trial, &record.call);
	trial->unexplained += !verdict_fits(space_of(trial), &record);
	return tell(trial, &record);
}

static void give_listing(struct trial *trial, const char *why, uint64_t from, uint64_t to)
{
	struct record record = { .type = RECORD_SNAPSHOT, .seq = ++trial->seq, .pid = trial->pid, .tid = trial->pid };

	record.snapshot = (struct record_snapshot){ .why = why, .last = true, .from = from, .to = to,
						    .count = trial->subject.ranges, .range = trial->subject.range,
						    .has_vmlck = strcmp(why, "start"),
						    .vmlck_bytes = trial->subject.vmlck_bytes };
	tell(trial, &record);
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
	if (sound_ledger(trial->ledger, space_of(trial))) {
		printf("%s\n", sound_ledger(trial->ledger, space_of(trial)));
		good = false;
	}
	if (vmlck != trial->subject.vmlck_bytes) {
		printf("VmLck: model %" PRIu64 ", kernel %" PRIu64 "\n", vmlck, trial->subject.vmlck_bytes);
		good = false;
	}
	return good;
}

/* ---- sequences ---- */

static void print_plan(const struct trial *trial, uint64_t seed)
{
	printf("seed %" PRIu64 ":\n", seed);
	for (unsigned i = 0; i < trial->steps; i++) {
		fputs("  ", stdout);
		step_print(stdout, &trial->plan.step[i]);
		if (trial->ret[i] < 0)
			printf(" = %s", strerrorname_np((int)-trial->ret[i]));
		else
			printf(" = %#" PRIx64, trial->ret[i]);
		puts(trial->looked[i] ? "   looked" : "");
	}
}

static void give_wanted(struct trial *trial)
{
	uint64_t from, to;

	trial->looks++;
	space_look(space_of(trial), &from, &to);
	give_listing(trial, "look", from, to);
}

static bool one_call(struct trial *trial, const struct step *step)
{
	uint64_t args[PLAN_WORDS];
	int64_t *ret = &trial->ret[trial->steps];

	for (int i = 0; i < PLAN_WORDS; i++)
		args[i] = word_value(&step->arg[i], &trial->values);
	if (subject_call(&trial->subject, call_number(step->call), args, ret) || subject_list(&trial->subject))
		return false;
	if (call_table[step->call].result == CLASS_ADDR && *ret > 0)
		trial->values.result[step->label] = (uint64_t)*ret;
	/* The bare brk returns the break as it is, moved or not. */
	if (step->call == CALL_brk && (uint64_t)*ret != args[0])
		*ret = -ENOMEM;
	trial->looked[trial->steps] = apply(trial, step, args, *ret) == APPLY_LOOK;
	trial->calls++;
	if (trial->looked[trial->steps++])
		give_wanted(trial);
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
	ledger_free(trial->ledger);
	trial->ledger = ledger_new(NULL, NULL);
	trial->pid = child;
	trial->ret[trial->steps] = 0;
	trial->looked[trial->steps++] = false;
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
	if (subject_call(&trial->subject, SYS_brk, (const uint64_t[6]){ 0 }, &brk) || subject_list(&trial->subject))
		return false;
	trial->values.place[PLACE_BREAK] = trial->values.result[0] = (uint64_t)brk;
	give_listing(trial, "start", 0, SPACE_END);
	return agrees(trial);
}

/* Where things are is the same in the subject: it is a fork of this program. */
static void find_places(struct trial *trial)
{
	trial->values = (struct values){ .place = { [PLACE_ARENA] = ARENA,
						    [PLACE_LIBC] = page_down((uint64_t)(uintptr_t)strlen),
						    [PLACE_STACK] = page_down((uint64_t)(uintptr_t)&trial),
						    [PLACE_VDSO] = getauxval(AT_SYSINFO_EHDR) } };
	for (int i = 0; i < SEGMENTS; i++)
		trial->values.segment[i] = (uint64_t)trial->segment[i];
}

static bool one_sequence(struct trial *trial, uint64_t seed)
{
	bool good = !segments_make(trial->segment);

	choose_plan(&trial->plan, seed, WHAT, CALLS);
	find_places(trial);
	trial->world = world_new();
	trial->ledger = ledger_new(NULL, NULL);
	trial->seq = 1;
	trial->steps = 0;
	good = good && !subject_start(&trial->subject, trial->unprivileged);
	trial->pid = trial->subject.pid;
	good = good && introduce(trial);
	while (good && trial->steps < trial->plan.steps) {
		const struct step *step = &trial->plan.step[trial->steps];

		good = step->verb == STEP_CALL ? one_call(trial, step) : one_fork(trial);
	}
	if (!good)
		print_plan(trial, seed);
	subject_end(&trial->subject);
	segments_remove(trial->segment);
	ledger_free(trial->ledger);
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
	if (objects_open(trial.object) || (unprivileged && setrlimit(RLIMIT_MEMLOCK, &few))) {
		perror("random_kernel");
		return 1;
	}
	for (uint64_t i = 0; i < sequences && bad < 5; i++)
		bad += !one_sequence(&trial, seed + i);
	printf("%" PRIu64 " calls, %" PRIu64 " looks, %" PRIu64 " sequences differ, %" PRIu64 " results explained wrongly\n",
	       trial.calls, trial.looks, bad, trial.unexplained);
	return bad || trial.unexplained;
}
