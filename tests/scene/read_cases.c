/*
 * read_cases.c - scenes from JSON cases, one object a line: setup operations, one operation with what is expected, more
 * operations behind, the right and the limit they begin with.
 */
#include <stdlib.h>
#include <string.h>

#include "../../collector/vm/uapi.h"
#include "cases.h"
#include "needs.h"

static void read_outcome(struct reader *reader, struct step *step, json_t *expect)
{
	json_t *ret = json_object_get(expect, "ret");
	const char *error = json_text(expect, "errno"), *text = json_string_value(ret),
		   *vector = json_text(expect, "vec");
	struct outcome *outcome = &step->outcome;
	const struct word *signal = text ? word_find(words_signal, text, strlen(text)) : NULL;

	outcome->kind = !ret || (text && !strcmp(text, "ok")) ? OUTCOME_SUCCESS : OUTCOME_VALUE;
	if (vector)
		outcome->vector = strdup(vector);
	if (error) {
		outcome->kind = OUTCOME_ERRNO;
		outcome->number = (int)reader_word(reader, words_errno, error, strlen(error));
	} else if (signal) {
		outcome->kind = OUTCOME_SIGNAL;
		outcome->number = (int)signal->value;
	} else if (text && !strcmp(text, "elsewhere")) {
		outcome->kind = OUTCOME_ELSEWHERE;
	} else if (outcome->kind == OUTCOME_VALUE) {
		outcome->value =
			text ? reader_expr(reader, text, ARENA_START) : expr_number((uint64_t)json_integer_value(ret));
	}
}

/* "rw-p locked rr dd" */
static void read_state(struct reader *reader, struct run *run, const char *text)
{
	run->mapped = strcmp(text, "none") != 0;
	if (!run->mapped)
		return;
	for (int i = 0; i < 3; i++)
		run->state.prot |= text[i] != '-' ? (uint8_t)(1 << i) : 0;
	run->state.shared = text[3] == 's';
	for (text += strcspn(text, " "); *text; text += strcspn(text, " ")) {
		unsigned flag = state_flag(++text);

		if (!strncmp(text, "locked", 6))
			run->state.lock = VMA_LOCKED;
		else if (!strncmp(text, "onfault", 7))
			run->state.lock = VMA_LOCKED_ONFAULT;
		else if (flag < FLAGS)
			run->state.flags |= FLAG_BIT(flag);
		else
			reader_puzzled(reader, text);
	}
}

/* "mw !me" */
static void read_flags(struct reader *reader, struct run *run, const char *text)
{
	for (; text && *text; text += strcspn(text, " "), text += *text == ' ') {
		bool not = *text == '!';
		unsigned flag = state_flag(text + not );

		if (flag == FLAGS)
			reader_puzzled(reader, text);
		else
			*(not ? &run->without : &run->with) |= FLAG_BIT(flag);
	}
}

static void read_pages(struct reader *reader, struct expectation *expect, json_t *page)
{
	struct run *run = expectation_add(expect);
	const char *state = json_text(page, "state");

	if (json_object_get(page, "at"))
		run->at = reader_address(reader, page, "at");
	else
		run->at = expr_number(ARENA_START + (uint64_t)json_number(page, "page", 0) * PAGE_BYTES);
	run->bytes = expr_number((uint64_t)json_number(page, "n", 1) * PAGE_BYTES);
	run->present = (int8_t)json_number(page, "present", -1);
	run->guard = (int8_t)json_number(page, "guard", -1);
	run->byte = (int16_t)json_number(page, "byte", -1);
	read_flags(reader, run, json_text(page, "vmflags"));
	if (state)
		read_state(reader, run, state);
	else
		reader_puzzled(reader, "pages without a state");
}

static void read_expectation(struct reader *reader, json_t *op, json_t *from)
{
	static const struct word everywhere[] = {
		{"full", EVERYWHERE_LOCKED}, {"onfault", EVERYWHERE_ONFAULT}, {"none", EVERYWHERE_UNLOCKED}, {NULL, 0}};
	struct step *step = &reader->scene->step[reader->scene->steps - 1];
	json_t *pages = json_object_get(from, "pages"), *page;
	const char *all = json_text(from, "all_locked"), *name = json_text(op, "as");
	struct expectation *expect;
	size_t i;

	if (from && step->verb != STEP_STRIPE)
		read_outcome(reader, step, from);
	if (step->verb == STEP_STRIPE)
		step->outcome.kind = OUTCOME_ANY;
	if (name)
		step->name = scene_name(reader->scene, name, strlen(name), true);
	if (!from)
		return;
	expect = scene_expectation(reader->scene, reader->line);
	expect->lists_pages = pages != NULL;
	json_array_foreach(pages, i, page) read_pages(reader, expect, page);
	expect->vmlck_pages = json_number(from, "vmlck", -1);
	if (all)
		expect->everywhere = (enum everywhere)reader_word(reader, everywhere, all, strlen(all));
}

/* ---- cases ---- */

static void read_beginning(struct reader *reader, json_t *cs)
{
	const char *right = json_text(cs, "privilege");
	json_t *limit = json_object_get(cs, "rlimit_memlock");
	struct step *step;

	if (json_is_integer(limit)) {
		step = scene_add_step(reader->scene, STEP_CALL, reader->line);
		step->call = CALL_setrlimit;
		step->arg[0] = expr_number(K_RLIMIT_MEMLOCK);
		step->arg[1] = expr_number((uint64_t)json_integer_value(limit));
	}
	if (!right || !strcmp(right, "root")) {
		reader->scene->needs |= 1u << NEED_IPC_LOCK;
		return;
	}
	step = scene_add_step(reader->scene, STEP_BECOME, reader->line);
	step->arg[0] = expr_number(reader_word(reader, words_right, right, strlen(right)));
}

static void read_step(struct reader *reader, json_t *op, json_t *expect)
{
	size_t had = reader->scene->steps;

	reader_step(reader, op);
	if (reader->scene->steps > had)
		read_expectation(reader, op, expect);
}

static void read_case(struct reader *reader, json_t *cs)
{
	json_t *list, *item;
	const char *name = json_text(cs, "name"), *needs = json_text(cs, "needs");
	size_t i;

	reader->scene->title = strdup(name ? name : "?");
	if (needs && !needs_read(reader->scene, needs))
		reader->scene->needs_unknown = strdup(needs);
	read_beginning(reader, cs);
	list = json_object_get(cs, "setup");
	json_array_foreach(list, i, item) read_step(reader, item, json_object_get(item, "expect"));
	if (json_object_get(cs, "op"))
		read_step(reader, json_object_get(cs, "op"), json_object_get(cs, "expect"));
	list = json_object_get(cs, "after");
	json_array_foreach(list, i, item) read_step(reader, item, json_object_get(item, "expect"));
}

int script_next_case(struct script *script)
{
	struct reader reader = {.scene = &script->scene};
	json_error_t error;
	json_t *cs;
	int rc = 1;

	do {
		if (!script_line(script))
			return 0;
	} while (*script->text == '#' || *script->text == '\n');
	cs = json_loads(script->text, 0, &error);
	if (!cs)
		return script_puzzled(script, error.text);
	reader.line = script->scene.line = script->line;
	read_case(&reader, cs);
	if (reader.problem)
		rc = script_puzzled(script, reader.problem);
	json_decref(cs);
	return rc;
}
