#include "model.h"

#include <errno.h>
#include <string.h>

#include "verdict.h"

#define ELSEWHERE UINT64_C(0x300000000000)
#define HEAP	  UINT64_C(0x1000000)
#define HEAP_END  UINT64_C(0x1021000)
#define VVAR	  UINT64_C(0x7ffff7fb9000)
#define VDSO	  UINT64_C(0x7ffff7fbe000)
#define STACK	  UINT64_C(0x7ffffffde000)
#define STACK_END UINT64_C(0x7ffffffff000)
#define VSYSCALL  UINT64_C(0xffffffffff600000)

enum { PID = 1000, MAPPINGS_MAX = 65530 }; /* vm.max_map_count */

static const struct snapshot_range first_listing[] = {
	{0x400000, 0x500000, "r-xp", 0, 1, 2, "/bin/scene", "rd ex mr mw me sd"},
	{HEAP, HEAP_END, "rw-p", 0, 0, 0, "[heap]", "rd wr mr mw me ac sd"},
	{VVAR, VVAR + PAGE_BYTES, "r--p", 0, 0, 0, "[vvar]", "rd mr pf io de dd sd"},
	{VDSO, VDSO + 2 * PAGE_BYTES, "r-xp", 0, 0, 0, "[vdso]", "rd ex mr mw me de sd"},
	{STACK, STACK_END, "rw-p", 0, 0, 0, "[stack]", "rd wr mr mw me gd ac"},
	{VSYSCALL, VSYSCALL + PAGE_BYTES, "--xp", 0, 0, 0, "[vsyscall]", "ex"},
};

static void apply(struct model *model, struct record *record)
{
	record->seq = ++model->seq;
	if (!record->pid)
		record->pid = model->pid;
	record->tid = record->pid;
	model->looks |= world_apply(model->world, record, NULL, NULL) == APPLY_LOOK;
}

static const struct space *space_of(const struct model *model)
{
	return world_process(model->world, model->pid)->space;
}

static void list(struct model *model, const struct snapshot_range *range, size_t count, uint64_t from, uint64_t to)
{
	struct record record = {.type = RECORD_SNAPSHOT};

	record.snapshot = (struct record_snapshot){
		.why = "look", .last = true, .from = from, .to = to, .count = count, .range = range};
	apply(model, &record);
}

static void begin_program(struct model *model, enum process_event event)
{
	struct record record = {.type = RECORD_PROCESS};
	struct rlimit_pair none = {UINT64_MAX, UINT64_MAX};

	record.process = (struct record_process){.event = event,
						 .memlock = {model->memlock, model->memlock},
						 .as = none,
						 .data = none,
						 .stack = {8 << 20, UINT64_MAX},
						 .has_limits = true,
						 .cap_ipc_lock = model->cap};
	apply(model, &record);
	list(model, first_listing, sizeof first_listing / sizeof *first_listing, 0, SPACE_END);
	model->brk = HEAP_END;
}

void model_begin(struct model *model)
{
	static const struct {
		enum name_id name;
		uint64_t value;
	} place[] = {{NAME_VDSO, VDSO},
		     {NAME_VDSO_END, VDSO + 2 * PAGE_BYTES},
		     {NAME_VVAR, VVAR},
		     {NAME_VVAR_END, VVAR + PAGE_BYTES},
		     {NAME_STACK, STACK},
		     {NAME_STACK_END, STACK_END},
		     {NAME_HEAP, HEAP},
		     {NAME_HEAP_END, HEAP_END},
		     {NAME_BRK, HEAP_END},
		     {NAME_VSYSCALL, VSYSCALL},
		     {NAME_VSYSCALL_END, VSYSCALL + PAGE_BYTES}};

	*model = (struct model){
		.world = world_new(), .pid = PID, .pids = PID, .elsewhere = ELSEWHERE, .cap = true, .memlock = 8 << 20};
	for (size_t i = 0; i < sizeof place / sizeof *place; i++)
		model->values.of[place[i].name] = place[i].value;
	begin_program(model, PROCESS_START);
}

void model_end(struct model *model)
{
	world_free(model->world);
}

/* ---- calls ---- */

static uint64_t usual_result(const struct record_call *call)
{
	switch (call->call) {
	case CALL_mmap:
		return page_down(call->arg[0]);
	case CALL_mremap:
		return call->arg[3] & K_MREMAP_FIXED ? call->arg[4] : call->arg[0];
	case CALL_shmat:
		return page_down(call->arg[1]);
	default:
		return 0;
	}
}

static void set_result(struct model *model, const struct step *step, struct record_call *call)
{
	const struct outcome *outcome = &step->outcome;

	call->has |= HAS_RET;
	call->ret = (int64_t)usual_result(call);
	if (outcome->kind == OUTCOME_ERRNO) {
		call->ret = -1;
		call->err = outcome->number;
	} else if (outcome->kind == OUTCOME_ELSEWHERE) {
		call->ret = (int64_t)(model->elsewhere += UINT64_C(1) << 32);
	} else if (outcome->kind == OUTCOME_VALUE) {
		call->ret = (int64_t)expr_value(&outcome->value, &model->values);
	}
	if (step->name)
		model->values.of[step->name] = (uint64_t)call->ret;
}

/* VmLck after the step: told by the scene, or the sum of the locks it lists, or unchanged. */
static uint64_t vmlck_after(const struct model *model, const struct step *step)
{
	const struct expectation *expect = step->expect;
	uint64_t sum = 0;

	if (expect && expect->vmlck_pages >= 0)
		return (uint64_t)expect->vmlck_pages * PAGE_BYTES;
	if (!expect || !expect->lists_pages)
		return space_totals(space_of(model)).vmlck;
	for (size_t i = 0; i < expect->runs; i++)
		if (expect->run[i].mapped && expect->run[i].state.lock)
			sum += expr_value(&expect->run[i].bytes, &model->values);
	return sum;
}

/* Can the limit on locks have refused it?  As preload/explain.c has it. */
static bool may_be_a_limit(const struct record_call *call)
{
	switch (call_table[call->call].effect) {
	case EFFECT_LOCK:
	case EFFECT_LOCKALL:
	case EFFECT_BRK:
		return call->err;
	case EFFECT_MAP:
	case EFFECT_REMAP:
	case EFFECT_ATTACH:
		return call->err == EAGAIN || call->err == EPERM || call->err == ENOMEM;
	default:
		return false;
	}
}

/* What the shim adds to a lock that failed. */
static void explain_lock(const struct model *model, const struct step *step, struct record_call *call)
{
	if (!may_be_a_limit(call))
		return;
	call->has |= HAS_LIMIT;
	call->limit_bytes = model->memlock;
	call->cap_ipc_lock = model->cap;
	call->vmlck_bytes = vmlck_after(model, step);
}

static void set_file(struct model *model, struct record_call *call)
{
	uint64_t fd = call->arg[4];

	if (!fd || fd > model->files || (call->arg[3] & K_MAP_ANONYMOUS))
		return;
	call->has |= HAS_FILE;
	call->fd_kind = model->file[fd].kind;
	call->access = model->file[fd].access;
	call->seals = model->file[fd].seals;
	call->noexec = model->file[fd].noexec;
	call->dev = 42;
	call->ino = 100 + fd;
	call->path = "/scene/file";
}

/* brk is logged as the C library's: 0, or -1, and the break before. */
static void set_brk(struct model *model, struct record_call *call)
{
	call->has |= HAS_OLD;
	call->old = model->brk;
	if (!call->err) {
		call->ret = 0;
		model->brk = call->arg[0];
	}
}

static void set_limit(struct model *model, struct record_call *call)
{
	call->has |= HAS_RLIMIT;
	call->soft = call->arg[1];
	call->hard = UINT64_MAX;
	if (call->arg[0] == K_RLIMIT_MEMLOCK)
		model->memlock = call->soft;
}

/* process_madvise on oneself, with its ranges. */
static void set_ranges(struct model *model, const struct step *step, struct record_call *call,
		       struct call_range range[2])
{
	for (int i = 0; i < 2; i++) {
		range[i].addr = expr_value(&step->arg[4 * i], &model->values);
		range[i].len = expr_value(&step->arg[4 * i + 1], &model->values);
	}
	call->has |= HAS_IOV | HAS_TARGET;
	call->target = model->pid;
	call->iov = range;
	call->iov_count = range[1].len ? 2 : 1;
	call->arg[2] = call->iov_count;
	call->arg[4] = 0;
}

static void add_details(struct model *model, const struct step *step, struct record_call *call)
{
	switch (call->call) {
	case CALL_mmap:
		set_file(model, call);
		break;
	case CALL_shmat:
		call->has |= HAS_SIZE;
		call->size_bytes = model->segment_bytes[call->arg[0] % NAMES_MAX];
		break;
	case CALL_brk:
		set_brk(model, call);
		break;
	case CALL_setrlimit:
		set_limit(model, call);
		break;
	default:
		break;
	}
	explain_lock(model, step, call);
}

static void do_call(struct model *model, const struct step *step, int32_t pid)
{
	struct record record = {.type = RECORD_CALL, .pid = pid};
	struct call_range range[2];

	model->values.of[NAME_VMSIZE] = model->values.of[NAME_VMDATA] = space_totals(space_of(model)).mapped;
	record.call.call = step->call;
	for (int i = 0; i < CALL_ARGS_MAX; i++)
		record.call.arg[i] = expr_value(&step->arg[i], &model->values);
	set_result(model, step, &record.call);
	add_details(model, step, &record.call);
	if (step->call == CALL_process_madvise)
		set_ranges(model, step, &record.call, range);
	model->explained &= verdict_fits(space_of(model), &record);
	apply(model, &record);
}

/* ---- other steps ---- */

static void do_open(struct model *model, const struct step *step)
{
	static const enum fd_kind kinds[] = {
		[OPEN_FILE] = FD_REGULAR,  [OPEN_MEMFD] = FD_MEMFD, [OPEN_SECRET] = FD_SECRET,
		[OPEN_SOCKET] = FD_SOCKET, [OPEN_PIPE] = FD_PIPE,   [OPEN_SPARSE] = FD_REGULAR,
		[OPEN_NOEXEC] = FD_REGULAR, [OPEN_PATH] = FD_REGULAR};

	model->file[++model->files] = (struct model_file){kinds[step->kind], step->access, .noexec = step->kind == OPEN_NOEXEC};
	model->values.of[step->name] = model->files;
}

static void do_seal_file(struct model *model, const struct step *step)
{
	uint64_t fd = expr_value(&step->arg[0], &model->values);

	model->silent = true;
	if (fd && fd <= model->files)
		model->file[fd].seals |= (uint32_t)expr_value(&step->arg[1], &model->values);
}

static void do_fork(struct model *model, bool stay)
{
	struct record record = {.type = RECORD_PROCESS, .pid = ++model->pids};

	record.process = (struct record_process){.event = PROCESS_FORK, .ppid = model->pid};
	apply(model, &record);
	if (!stay)
		model->pid = model->pids;
}

/* The call of a child that shares the address space. */
static void do_by_child(struct model *model, const struct step *step)
{
	struct record clone = {.type = RECORD_CALL};
	int32_t child = ++model->pids;

	clone.call = (struct record_call){.call = CALL_clone, .has = HAS_RET};
	clone.call.arg[0] = K_CLONE_VM | K_CLONE_VFORK;
	clone.call.ret = child;
	apply(model, &clone);
	do_call(model, step, child);
}

static void do_stripe(struct model *model, const struct step *step)
{
	struct step single = {.verb = STEP_CALL, .call = CALL_mprotect};
	uint64_t start = expr_value(&step->arg[0], &model->values), bytes = expr_value(&step->arg[1], &model->values);

	for (uint64_t at = 0; at < bytes && space_vmas(space_of(model)) + 2 <= MAPPINGS_MAX; at += 2 * PAGE_BYTES) {
		single.arg[0].number = start + at;
		single.arg[1].number = PAGE_BYTES;
		single.arg[2] = step->arg[2];
		do_call(model, &single, model->pid);
	}
}

static void do_segment(struct model *model, const struct step *step)
{
	model->segment_bytes[++model->segments] = expr_value(&step->arg[0], &model->values);
	model->values.of[step->name] = model->segments;
}

void model_do(struct model *model, const struct step *step)
{
	model->looks = false;
	model->explained = true;
	switch (step->verb) {
	case STEP_CALL:
		if (step->by == BY_CHILD)
			do_by_child(model, step);
		else
			do_call(model, step, model->pid);
		break;
	case STEP_OPEN:
		do_open(model, step);
		break;
	case STEP_SEGMENT:
		do_segment(model, step);
		break;
	case STEP_FORK:
		do_fork(model, step->arg[0].number);
		break;
	case STEP_EXEC:
		begin_program(model, PROCESS_EXEC);
		break;
	case STEP_BECOME:
		model->cap &= step->arg[0].number == RIGHT_ALL;
		break;
	case STEP_STRIPE:
		do_stripe(model, step);
		break;
	case STEP_READ:
	case STEP_WRITE:
	case STEP_TRUNCATE:
		model->silent = true;
		break;
	case STEP_SEAL_FILE:
		do_seal_file(model, step);
		break;
	default:
		break;
	}
}

/* ---- pages ---- */

static bool next_area(void *data, uint64_t addr, struct area *area)
{
	const struct vma *vma = space_next(space_of(data), addr);

	if (!vma)
		return false;
	*area = (struct area){vma->start, vma->end, state_of_vma(vma)};
	return true;
}

static int guard_at(void *data, uint64_t addr)
{
	const struct vma *vma = space_find(space_of(data), addr);

	return vma && (vma->flags & VMA_GUARD);
}

static bool lockable(void *data, const struct area *area)
{
	return vma_is_lockable(space_find(space_of(data), area->start));
}

struct view model_view(struct model *model)
{
	const uint64_t ceiling = FLAG_BIT(FLAG_MR) | FLAG_BIT(FLAG_MW) | FLAG_BIT(FLAG_ME);

	return (struct view){model,
			     next_area,
			     guard_at,
			     NULL,
			     NULL,
			     lockable,
			     space_totals(space_of(model)).vmlck,
			     ceiling | FLAG_BIT(FLAG_MS) | FLAG_BIT(FLAG_SH)};
}

/* ---- looking ---- */

static void write_flags(const struct state *state, char *out, size_t size)
{
	char text[160], *flags;

	state_text(state, text, sizeof text);
	flags = strchr(text, ' ');
	snprintf(out, size, "mr mw me %s%s", state->lock ? state->lock == VMA_LOCKED ? "lo" : "lo lf" : "",
		 !flags	       ? ""
		 : state->lock ? flags + strcspn(flags + 1, " ") + 1
			       : flags);
}

/* A scene does not say what object is mapped; the model knows. */
static void set_object(const struct model *model, struct snapshot_range *range)
{
	const struct vma *vma = space_find(space_of(model), range->start);

	if (!vma || vma_is_plain(vma))
		return;
	range->dev = vma->dev;
	range->ino = vma->ino;
	range->offset = vma->offset;
	range->path = vma->kind == KIND_SECRET ? "/secretmem (deleted)" : space_path(space_of(model), vma->path);
}

void model_show(struct model *model, const struct step *step)
{
	static struct snapshot_range range[256];
	static char flags[256][160];
	const struct expectation *expect = step->expect;
	uint64_t at = ARENA_LOW;
	size_t count = 0;

	/* in address order, whatever order the scene tells them in */
	for (bool more = true; more && count < 256;) {
		const struct run *next = NULL;
		uint64_t start, best = ARENA_HIGH;

		for (size_t i = 0; i < expect->runs; i++) {
			start = expr_value(&expect->run[i].at, &model->values);
			if (expect->run[i].mapped && start >= at && start < best) {
				next = &expect->run[i];
				best = start;
			}
		}
		more = next != NULL;
		if (!more)
			break;
		at = best + expr_value(&next->bytes, &model->values);
		write_flags(&next->state, flags[count], sizeof flags[0]);
		range[count] = (struct snapshot_range){.start = best, .end = at, .vmflags = flags[count]};
		vma_perms(&(struct vma){.prot = next->state.prot, .shared = next->state.shared}, range[count].perms);
		set_object(model, &range[count++]);
	}
	list(model, range, count, ARENA_LOW, ARENA_HIGH);
}
