/*
 * run_log.c - play scenes to the tool: does the log of a recorded run_kernel give, at each of its marks, the pages that
 * were seen of the process then?
 *
 *   run_log LOG SEEN     exit 1 if anything differs
 *
 * Mapping, protection, share, lock, advice and every other flag of each page are compared, over the whole address
 * space, and VmLck. The scene itself is not asked: that what was seen is what it says is for run_kernel to judge, and
 * SEEN has its verdict.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../collector/log/log.h"
#include "../../collector/vm/state.h"
#include "../../collector/vm/world.h"
#include "scene.h"

/* What was seen at one mark: a piece of the text of SEEN. */
struct sight {
	size_t scene, step;
	int32_t pid;
	uint64_t vmlck;
	enum everywhere everywhere;
	const char *text; /* its ranges and guards */
	bool found;	  /* the log has the mark */
};

struct outcome_of_scene {
	bool played, agrees; /* as SEEN says */
	char *title;
	unsigned differences;
};

struct trial {
	struct world *world;
	struct sight *sight;
	size_t sights;
	struct outcome_of_scene *scene;
	size_t scenes;
	const struct sight *at; /* the one being compared */
};

/* ---- what was seen ---- */

static char *read_whole(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (!file || getdelim(&text, &room, '\0', file) < 0)
		text = NULL;
	if (file)
		fclose(file);
	return text;
}

static void *grow(void *array, size_t count, size_t size)
{
	array = realloc(array, count * size);
	if (!array)
		abort();
	return array;
}

static void add_sight(struct trial *trial, const char *line)
{
	struct sight sight = {0};
	int everywhere;

	if (sscanf(line, "mark %zu %zu %d %" SCNu64 " %d", &sight.scene, &sight.step, &sight.pid, &sight.vmlck,
		   &everywhere) != 5)
		return;
	sight.everywhere = (enum everywhere)everywhere;
	sight.text = strchr(line, '\n') + 1;
	trial->sight = grow(trial->sight, trial->sights + 1, sizeof *trial->sight);
	trial->sight[trial->sights++] = sight;
}

static void add_scene(struct trial *trial, const char *line)
{
	char word[16], title[512];
	size_t number;

	if (sscanf(line, "scene %zu %15s %511[^\n]", &number, word, title) != 3 || number < trial->scenes)
		return;
	trial->scene = grow(trial->scene, number + 1, sizeof *trial->scene);
	while (trial->scenes < number)
		trial->scene[trial->scenes++] = (struct outcome_of_scene){0};
	trial->scene[trial->scenes++] = (struct outcome_of_scene){true, !strcmp(word, "agrees"), strdup(title), 0};
}

static void read_seen(struct trial *trial, const char *text)
{
	for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		if (*line == 'm')
			add_sight(trial, line);
		else if (*line == 's')
			add_scene(trial, line);
	}
}

/* ---- comparing ---- */

static void differ(struct trial *trial, uint64_t addr, const char *have, const char *want)
{
	struct outcome_of_scene *scene = &trial->scene[trial->at->scene];

	if (scene->differences++ < 3)
		printf("log: step %zu: 0x%" PRIx64 " (page %" PRId64 ") is %s, was %s (%s)\n", trial->at->step, addr,
		       ((int64_t)addr - (int64_t)ARENA_START) / (int64_t)PAGE_BYTES, have, want, scene->title);
}

static bool is_apart(const struct vma *vma)
{
	return vma && (vma->kind == KIND_TRACER || vma->kind == KIND_VSYSCALL);
}

/* [start, end) was seen in one state, NULL: not mapped; the model may have several there. */
static void compare_range(struct trial *trial, const struct space *space, uint64_t start, uint64_t end,
			  const struct state *seen)
{
	char have[96], want[96];

	while (start < end) {
		const struct vma *vma = space_next(space, start);
		bool mapped = vma && vma->start <= start;
		uint64_t to = !vma ? end : min_u64(end, mapped ? vma->end : vma->start);
		struct state state = mapped ? state_of_vma(vma) : (struct state){0};

		if (!(mapped && is_apart(vma)) && (mapped != !!seen || (mapped && !state_same(&state, seen)))) {
			state_text(mapped ? &state : NULL, have, sizeof have);
			state_text(seen, want, sizeof want);
			differ(trial, start, have, want);
		}
		start = to;
	}
}

static void compare_guard(struct trial *trial, const struct space *space, const char *line)
{
	uint64_t addr;
	int marked;
	const struct vma *vma;

	if (sscanf(line, "guard %" SCNx64 " %d", &addr, &marked) != 2 || marked < 0)
		return;
	vma = space_find(space, addr);
	if (vma && !!(vma->flags & VMA_GUARD) != marked)
		differ(trial, addr, marked ? "without a guard marker" : "with a guard marker", "otherwise");
}

static void compare_everywhere(struct trial *trial, const struct space *space)
{
	static const uint8_t lock[] = {[EVERYWHERE_LOCKED] = VMA_LOCKED, [EVERYWHERE_ONFAULT] = VMA_LOCKED_ONFAULT};
	uint8_t want = lock[trial->at->everywhere];

	if (!trial->at->everywhere)
		return;
	for (const struct vma *vma = space_next(space, 0); vma; vma = space_next(space, vma->end))
		if (!is_apart(vma) && vma->lock != (vma_is_lockable(vma) ? want : VMA_UNLOCKED))
			differ(trial, vma->start, vma_lock_name(vma->lock), "to have the same lock as all others");
}

static const char *next_line(const char *line)
{
	return strchr(line, '\n') + 1;
}

/* Sample: 7f10aaf06000-7f10aaf16000 rw-p rd wr mr mw me lo */
static void parse_range(const char *line, struct snapshot_range *range)
{
	static char flags[256];
	char *rest;

	range->start = strtoull(line, &rest, 16);
	range->end = strtoull(rest + 1, &rest, 16);
	memcpy(range->perms, rest + 1, 4);
	snprintf(flags, sizeof flags, "%.*s", (int)strcspn(rest + 6, "\n"), rest + 6);
	range->vmflags = flags;
}

static void compare(struct trial *trial, const struct space *space)
{
	const char *line = trial->at->text;
	struct snapshot_range range = {0};
	uint64_t reached = 0;

	for (; *line && *line != 'm' && *line != 's' && *line != 'g'; line = next_line(line)) {
		struct state state;

		parse_range(line, &range);
		state = state_of_listing(&range);
		compare_range(trial, space, reached, range.start, NULL);
		compare_range(trial, space, range.start, range.end, &state);
		reached = range.end;
	}
	compare_range(trial, space, reached, UINT64_MAX & ~(PAGE_BYTES - 1), NULL);
	for (; *line == 'g'; line = next_line(line))
		compare_guard(trial, space, line);
	compare_everywhere(trial, space);
}

static void compare_vmlck(struct trial *trial, const struct space *space)
{
	uint64_t vmlck = space_totals(space).vmlck;
	char have[40], want[40];

	if (vmlck == trial->at->vmlck)
		return;
	snprintf(have, sizeof have, "VmLck %" PRIu64, vmlck);
	snprintf(want, sizeof want, "%" PRIu64, trial->at->vmlck);
	differ(trial, 0, have, want);
}

/* ---- the log ---- */

static struct sight *sight_of(struct trial *trial, const char *label)
{
	size_t scene, step;

	if (sscanf(label, "scene %zu step %zu", &scene, &step) != 2)
		return NULL;
	for (size_t i = 0; i < trial->sights; i++)
		if (trial->sight[i].scene == scene && trial->sight[i].step == step)
			return &trial->sight[i];
	return NULL;
}

static void see_mark(struct trial *trial, const struct record *record)
{
	const struct process *process = world_process(trial->world, record->pid);
	struct sight *sight = sight_of(trial, record->mark.label);

	if (!sight || !process || sight->scene >= trial->scenes)
		return;
	sight->found = true;
	trial->at = sight;
	compare(trial, process->space);
	compare_vmlck(trial, process->space);
}

static int read_log(struct trial *trial, const char *path)
{
	struct log_reader *reader;
	struct record record;
	struct err err;
	int rc = log_open(path, &reader, &err);

	if (rc)
		return rc;
	while ((rc = log_next(reader, &record, &err)) > 0) {
		world_apply(trial->world, &record, NULL, NULL);
		if (record.type == RECORD_MARK)
			see_mark(trial, &record);
	}
	log_close(reader);
	return rc;
}

static int report(const struct trial *trial)
{
	unsigned passed = 0, failed = 0;

	for (size_t i = 0; i < trial->sights; i++)
		if (!trial->sight[i].found && trial->sight[i].scene < trial->scenes) {
			struct outcome_of_scene *scene = &trial->scene[trial->sight[i].scene];

			printf("log: %s: no mark of step %zu\n", scene->title, trial->sight[i].step);
			scene->differences++;
		}
	for (size_t i = 0; i < trial->scenes; i++) {
		bool good = trial->scene[i].agrees && !trial->scene[i].differences;

		passed += trial->scene[i].played && good;
		failed += trial->scene[i].played && !good;
	}
	printf("tool: %u passed, %u failed\n", passed, failed);
	return failed || !passed;
}

int main(int argc, char **argv)
{
	struct trial trial = {.world = world_new()};
	char *seen = argc == 3 ? read_whole(argv[2]) : NULL;

	if (!seen) {
		fprintf(stderr, "run_log: usage: run_log LOG SEEN\n");
		return 2;
	}
	read_seen(&trial, seen);
	if (read_log(&trial, argv[1]) < 0) {
		fprintf(stderr, "run_log: %s: not a log\n", argv[1]);
		return 2;
	}
	return report(&trial);
}
