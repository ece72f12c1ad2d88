/*
 * run_model.c - play scenes to the model.
 *
 *   run_model FILE.scene...     exit 1 if any differs
 */
#include <stdlib.h>
#include <string.h>

#include "../../collector/vm/world.h"
#include "scene.h"
#include "verdict.h"

struct stage {
	struct world *world;
	uint64_t seq;
	int32_t pid;
	struct rlimit_pair memlock;
	bool begun;
};

static void apply(struct stage *stage, struct record *record)
{
	record->seq = ++stage->seq;
	if (!record->pid)
		record->pid = stage->pid;
	record->tid = record->pid;
	world_apply(stage->world, record, NULL, NULL);
}

static void begin(struct stage *stage)
{
	struct record record = { .type = RECORD_PROCESS };
	struct rlimit_pair none = { UINT64_MAX, UINT64_MAX };

	record.process = (struct record_process){ .event = PROCESS_START, .memlock = stage->memlock, .as = none,
						  .data = none, .stack = none, .has_limits = true };
	record.process.cap_ipc_lock = stage->memlock.soft == UINT64_MAX;
	apply(stage, &record);
	stage->begun = true;
}

static const char *set_limit(void *data, uint64_t pages)
{
	struct stage *stage = data;

	if (stage->begun)
		return "comes too late";
	stage->memlock = (struct rlimit_pair){ pages * 4096, pages * 4096 };
	return NULL;
}

static const char *make_call(void *data, const struct scene_call *call)
{
	struct stage *stage = data;
	struct record record = { .type = RECORD_CALL };

	if (!stage->begun)
		begin(stage);
	record.call.call = call->call;
	record.call.has = HAS_RET;
	record.call.ret = call->ret;
	record.call.err = call->err;
	memcpy(record.call.arg, call->args, sizeof call->args);
	if (!verdict_fits(world_process(stage->world, stage->pid)->space, &record))
		return "is explained wrongly";
	apply(stage, &record);
	return NULL;
}

static const char *make_child(void *data)
{
	struct stage *stage = data;
	struct record record = { .type = RECORD_PROCESS, .pid = stage->pid + 1 };

	record.process = (struct record_process){ .event = PROCESS_FORK, .ppid = stage->pid };
	apply(stage, &record);
	stage->pid++;
	return NULL;
}

static const char *look(void *data)
{
	struct stage *stage = data;

	if (!stage->begun)
		begin(stage);
	return NULL;
}

static bool page_at(void *data, uint64_t addr, struct vma *vma)
{
	struct stage *stage = data;
	const struct vma *found = space_find(world_process(stage->world, stage->pid)->space, addr);

	if (found)
		*vma = *found;
	return found;
}

static uint64_t vmlck(void *data)
{
	struct stage *stage = data;

	return space_totals(world_process(stage->world, stage->pid)->space).vmlck;
}

int main(int argc, char **argv)
{
	int *results = calloc((size_t)argc, sizeof *results), status;

	for (int i = 1; i < argc; i++) {
		struct stage stage = { .world = world_new(), .pid = 100, .memlock = { UINT64_MAX, UINT64_MAX } };
		struct player player = { &stage, set_limit, make_call, make_child, look, page_at, vmlck, 0 };

		results[i] = scene_play(argv[i], &player);
		world_free(stage.world);
	}
	status = scene_report("model", results + 1, argc - 1);
	free(results);
	return status;
}
