/*
 * model.h - a process of the model that is told what a scene does: each step becomes the record pagetrail would log.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include "../../collector/vm/state.h"
#include "../../collector/vm/world.h"
#include "check.h"

/* What a descriptor is of. */
struct model_file {
	enum fd_kind kind;
	enum fd_access access;
	uint32_t seals;
	bool noexec;
};

struct model {
	struct world *world;
	struct values values;
	uint64_t seq, elsewhere, brk, memlock;
	int32_t pid, pids;
	bool cap;
	struct model_file file[NAMES_MAX];
	uint64_t segment_bytes[NAMES_MAX];
	size_t files, segments;
	bool looks;	/* the model asked to look at the last step */
	bool explained; /* and has a reason for how the call ended, as far as it gives reasons */
	bool silent;	/* something happens in this scene that no call shows */
};

/*
 * model_begin - a process with a heap, a stack and a vdso
 */
void model_begin(struct model *model);
void model_end(struct model *model);

/*
 * model_do - one step, ending as the scene says
 */
void model_do(struct model *model, const struct step *step);

/*
 * model_show - the listing a collector would read when the model asks to look: the pages the step's expectation lists
 */
void model_show(struct model *model, const struct step *step);

/*
 * model_view - its pages
 */
struct view model_view(struct model *model);

#endif
