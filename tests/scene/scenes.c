/*
 * scenes.c - scenes in memory: what the two readers and the players share.  Nothing is ever freed: a run reads its
 * files and ends.
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

int scenes_read(struct scenes *scenes, const char *path)
{
	size_t length = strlen(path);
	bool json = length > 6 && !strcmp(path + length - 6, ".jsonl");
	FILE *file = fopen(path, "re");
	int rc;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	rc = json ? scenes_read_cases(scenes, file, path) : scenes_read_text(scenes, file, path);
	fclose(file);
	return rc;
}

struct scene *scenes_add(struct scenes *scenes, const char *path, int line)
{
	struct scene *scene;

	scenes->scene = more(scenes->scene, scenes->count, sizeof *scenes->scene);
	scene = &scenes->scene[scenes->count++];
	*scene = (struct scene){ .file = path, .line = line };
	return scene;
}

struct step *scene_add_step(struct scene *scene, enum step_verb verb, int line)
{
	struct step *step;

	scene->step = more(scene->step, scene->steps, sizeof *scene->step);
	step = &scene->step[scene->steps++];
	*step = (struct step){ .verb = verb, .line = line, .outcome = { .kind = OUTCOME_SUCCESS } };
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
	*run = (struct run){ .bytes = { .number = PAGE_BYTES }, .mapped = true, .present = -1, .guard = -1, .byte = -1 };
	return run;
}

uint8_t scene_name(struct scene *scene, const char *name, size_t length, bool make)
{
	static const char *const known[NAME_OWN] = {
		[NAME_NONE] = "", [NAME_VDSO] = "vdso", [NAME_VDSO_END] = "vdsoend", [NAME_VVAR] = "vvar",
		[NAME_VVAR_END] = "vvarend", [NAME_VCLOCK] = "vclock", [NAME_VCLOCK_END] = "vclockend",
		[NAME_STACK] = "stack", [NAME_STACK_END] = "stackend", [NAME_HEAP] = "heap",
		[NAME_HEAP_END] = "heapend", [NAME_VSYSCALL] = "vsyscall", [NAME_VSYSCALL_END] = "vsyscallend",
		[NAME_BRK] = "brk", [NAME_VMSIZE] = "vmsize", [NAME_VMDATA] = "vmdata",
		[NAME_VMSTK] = "vmstk", [NAME_VMLCK] = "vmlck" };

	for (unsigned i = NAME_NONE + 1; i < NAME_OWN; i++)
		if (strlen(known[i]) == length && !strncasecmp(known[i], name, length))
			return (uint8_t)i;
	for (unsigned i = 0; i < scene->owns; i++)
		if (strlen(scene->own[i]) == length && !memcmp(scene->own[i], name, length))
			return (uint8_t)(NAME_OWN + i);
	if (!make || scene->owns == NAMES_MAX - NAME_OWN || !length || length >= sizeof scene->own[0])
		return NAME_NONE;
	memcpy(scene->own[scene->owns], name, length);
	return (uint8_t)(NAME_OWN + scene->owns++);
}

bool step_is_address(const struct step *step)
{
	return step->verb == STEP_SHADOW_STACK ||
	       (step->verb == STEP_CALL && (call_table[step->call].result == CLASS_ADDR || step->call == CALL_brk));
}

const char *step_text(const struct step *step)
{
	static const char *const verb[] = {
		[STEP_OPEN] = "open", [STEP_CLOSE] = "close", [STEP_TRUNCATE] = "ftruncate",
		[STEP_SEAL_FILE] = "F_ADD_SEALS", [STEP_SEGMENT] = "shmget", [STEP_SHM_LOCKED] = "SHM_STAT",
		[STEP_READ] = "read", [STEP_WRITE] = "write", [STEP_JUMP] = "jump", [STEP_FORK] = "fork",
		[STEP_EXEC] = "exec", [STEP_BECOME] = "setresuid", [STEP_STRIPE] = "mprotect of every second page",
		[STEP_SHADOW_STACK] = "map_shadow_stack", [STEP_NOTHING] = "nothing" };

	return step->verb == STEP_CALL ? call_table[step->call].name : verb[step->verb];
}
