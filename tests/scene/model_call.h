/*
 * model_call.h - a step that is a call, as the record pagetrail would log.  Private to model*.c.
 */
#ifndef TESTS_MODEL_CALL_H
#define TESTS_MODEL_CALL_H

#include "model.h"

/*
 * model_apply - tell the model a record; without a process of its own it is the scene's
 */
void model_apply(struct model *model, struct record *record);

const struct space *model_space(const struct model *model);

/*
 * model_call - make the call of a step
 * @pid: who makes it
 */
void model_call(struct model *model, const struct step *step, int32_t pid);

#endif
