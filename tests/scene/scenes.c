/*
 * scenes.c - scenes in memory: what the two readers and the players share.
 */
#include "scene.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Nothing has a name at first, so the first number of a table is a good size. */
static void *more(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	array = realloc(array, (count ? 2 * count : 1) * size);
	if (!array)
		abort();
	return array;
}

int script_open(struct script *script, const char *path)
{
	size_t length = strlen(path);

	*script = (struct script){.path = path, .file = fopen(path, "re")};
	script->is_json = length > 6 && !strcmp(path + length - 6, ".jsonl");
	if (!script->file)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return script->file ? 0 : -1;
}

static void free_expectation(struct expectation *expect)
{
	if (expect)
		free(expect->run);
	free(expect);
}

static void free_scene(struct scene *scene)
{
	for (size_t i = 0; i < scene->steps; i++) {
		free_expectation(scene->step[i].expect);
		free(scene->step[i].outcome.vector);
		free(scene->step[i].path);
	}
	for (unsigned i = 0; i < scene->owns; i++)
		free(scene->own[i]);
	free(scene->step);
	free(scene->title);
	free(scene->needs_unknown);
}

int script_next(struct script *script)
{
	bool first = !script->scene.file;
	int rc;

	free_scene(&script->scene);
	script->scene = (struct scene){.file = script->path};
	rc = script->is_json ? script_next_case(script) : script_next_text(script);
	script->index += rc == 1 && !first;
	return rc;
}

void script_close(struct script *script)
{
	free_scene(&script->scene);
	free(script->text);
	fclose(script->file);
}

bool script_line(struct script *script)
{
	bool there = getline(&script->text, &script->room, script->file) > 0;

	script->line += there;
	return there;
}

int script_puzzled(const struct script *script, const char *what)
{
	fprintf(stderr, "%s:%d: cannot understand %s\n", script->path, script->line, what);
	return -1;
}

struct step *scene_add_step(struct scene *scene, enum step_verb verb, int line)
{
	struct step *step;

	scene->step = more(scene->step, scene->steps, sizeof *scene->step);
	step = &scene->step[scene->steps++];
	*step = (struct step){.verb = verb, .line = line, .outcome = {.kind = OUTCOME_SUCCESS}};
	return step;
}

struct expectation *scene_expectation(struct scene *scene, int line)
{
	struct step *step = scene->steps ? &scene->step[scene->steps - 1] : scene_add_step(scene, STEP_NOTHING, line);

	if (!step->expect) {
		step->expect = calloc(1, sizeof *step->expect);
		if (!step->expect)
			abort();
		step->expect->vmlck_pages = -1;
	}
	return step->expect;
}

struct run *expectation_add(struct expectation *expect)
{
	struct run *run;

	expect->run = more(expect->run, expect->runs, sizeof *expect->run);
	run = &expect->run[expect->runs++];
	*run = (struct run){.bytes = {.number = PAGE_BYTES}, .mapped = true, .present = -1, .guard = -1, .byte = -1};
	return run;
}

uint8_t scene_name(struct scene *scene, const char *name, size_t length, bool make)
{
	static const char *const known[NAME_OWN] = {[NAME_NONE] = "",
						    [NAME_VDSO] = "vdso",
						    [NAME_VDSO_END] = "vdsoend",
						    [NAME_VVAR] = "vvar",
						    [NAME_VVAR_END] = "vvarend",
						    [NAME_VCLOCK] = "vclock",
						    [NAME_VCLOCK_END] = "vclockend",
						    [NAME_STACK] = "stack",
						    [NAME_STACK_END] = "stackend",
						    [NAME_HEAP] = "heap",
						    [NAME_HEAP_END] = "heapend",
						    [NAME_VSYSCALL] = "vsyscall",
						    [NAME_VSYSCALL_END] = "vsyscallend",
						    [NAME_BRK] = "brk",
						    [NAME_VMSIZE] = "vmsize",
						    [NAME_VMDATA] = "vmdata",
						    [NAME_VMSTK] = "vmstk",
						    [NAME_VMLCK] = "vmlck"};

	for (unsigned i = NAME_NONE + 1; i < NAME_OWN; i++)
		if (strlen(known[i]) == length && !strncasecmp(known[i], name, length))
			return (uint8_t)i;
	for (unsigned i = 0; i < scene->owns; i++)
		if (strlen(scene->own[i]) == length && !memcmp(scene->own[i], name, length))
			return (uint8_t)(NAME_OWN + i);
	if (!make || scene->owns == NAMES_MAX - NAME_OWN || !length)
		return NAME_NONE;
	scene->own[scene->owns] = strndup(name, length);
	return (uint8_t)(NAME_OWN + scene->owns++);
}

bool step_is_address(const struct step *step)
{
	return step->verb == STEP_SHADOW_STACK ||
	       (step->verb == STEP_CALL && (call_table[step->call].result == CLASS_ADDR || step->call == CALL_brk));
}

const char *step_text(const struct step *step)
{
	static const char *const verb[] = {[STEP_OPEN] = "open",
					   [STEP_CLOSE] = "close",
					   [STEP_TRUNCATE] = "ftruncate",
					   [STEP_SEAL_FILE] = "F_ADD_SEALS",
					   [STEP_SEGMENT] = "shmget",
					   [STEP_SHM_LOCKED] = "SHM_STAT",
					   [STEP_READ] = "read",
					   [STEP_WRITE] = "write",
					   [STEP_JUMP] = "jump",
					   [STEP_FORK] = "fork",
					   [STEP_EXEC] = "exec",
					   [STEP_BECOME] = "setresuid",
					   [STEP_STRIPE] = "mprotect of every second page",
					   [STEP_SHADOW_STACK] = "map_shadow_stack",
					   [STEP_NOTHING] = "nothing"};

	return step->verb == STEP_CALL ? call_table[step->call].name : verb[step->verb];
}
