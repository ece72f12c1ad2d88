#include "model_call.h"

#include <errno.h>

#include "verdict.h"

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
		return space_totals(model_space(model)).vmlck;
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

void model_call(struct model *model, const struct step *step, int32_t pid)
{
	struct record record = {.type = RECORD_CALL, .pid = pid};
	struct call_range range[2];

	model->values.of[NAME_VMSIZE] = model->values.of[NAME_VMDATA] = space_totals(model_space(model)).mapped;
	record.call.call = step->call;
	for (int i = 0; i < CALL_ARGS_MAX; i++)
		record.call.arg[i] = expr_value(&step->arg[i], &model->values);
	set_result(model, step, &record.call);
	add_details(model, step, &record.call);
	if (step->call == CALL_process_madvise)
		set_ranges(model, step, &record.call, range);
	model->explained &= verdict_fits(model_space(model), &record);
	model_apply(model, &record);
}
