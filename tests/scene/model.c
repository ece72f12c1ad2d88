#include "model.h"

#include <string.h>

#include "model_call.h"

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

void model_apply(struct model *model, struct record *record)
{
	record->seq = ++model->seq;
	if (!record->pid)
		record->pid = model->pid;
	record->tid = record->pid;
	model->looks |= world_apply(model->world, record, NULL, NULL) == APPLY_LOOK;
}

const struct space *model_space(const struct model *model)
{
	return world_process(model->world, model->pid)->space;
}

static void list(struct model *model, const struct snapshot_range *range, size_t count, uint64_t from, uint64_t to)
{
	struct record record = {.type = RECORD_SNAPSHOT};

	record.snapshot = (struct record_snapshot){
		.why = "look", .last = true, .from = from, .to = to, .count = count, .range = range};
	model_apply(model, &record);
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
	model_apply(model, &record);
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

/* ---- steps ---- */

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
	model_apply(model, &record);
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
	model_apply(model, &clone);
	model_call(model, step, child);
}

static void do_stripe(struct model *model, const struct step *step)
{
	struct step single = {.verb = STEP_CALL, .call = CALL_mprotect};
	uint64_t start = expr_value(&step->arg[0], &model->values), bytes = expr_value(&step->arg[1], &model->values);

	for (uint64_t at = 0; at < bytes && space_vmas(model_space(model)) + 2 <= MAPPINGS_MAX; at += 2 * PAGE_BYTES) {
		single.arg[0].number = start + at;
		single.arg[1].number = PAGE_BYTES;
		single.arg[2] = step->arg[2];
		model_call(model, &single, model->pid);
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
			model_call(model, step, model->pid);
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
	const struct vma *vma = space_next(model_space(data), addr);

	if (!vma)
		return false;
	*area = (struct area){vma->start, vma->end, state_of_vma(vma)};
	return true;
}

static int guard_at(void *data, uint64_t addr)
{
	const struct vma *vma = space_find(model_space(data), addr);

	return vma && (vma->flags & VMA_GUARD);
}

static bool lockable(void *data, const struct area *area)
{
	return vma_is_lockable(space_find(model_space(data), area->start));
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
			     space_totals(model_space(model)).vmlck,
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
	const struct vma *vma = space_find(model_space(model), range->start);

	if (!vma || vma_is_plain(vma))
		return;
	range->dev = vma->dev;
	range->ino = vma->ino;
	range->offset = vma->offset;
	range->path = vma->kind == KIND_SECRET ? "/secretmem (deleted)" : space_path(model_space(model), vma->path);
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
