/*
 * run_model.c - play scenes to the model alone: no process does anything, each step is told as a record.
 *
 *   run_model [-v] FILE...     exit 1 if the model was sure of something and wrong
 *
 * Where the model asks to look at the kernel it may be wrong, and is shown the pages; where pages change without a call
 * it cannot know. Both are counted apart.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model.h"

enum verdict { AGREES, LOOKS, SILENT, WRONG, VERDICTS };

static bool quiet_check(struct blame *blamed, const struct model *model, const struct view *view)
{
	struct blame probe = *blamed;

	probe.quiet = true;
	probe.count = 0;
	check_pages(&probe, view, &model->values);
	return !probe.count;
}

static enum verdict play(const struct scene *scene)
{
	struct blame blamed = {.scene = scene, .side = "model"};
	enum verdict verdict = AGREES;
	struct model model;

	model_begin(&model);
	for (size_t i = 0; i < scene->steps; i++) {
		struct view view;

		blamed.step = &scene->step[i];
		model_do(&model, blamed.step);
		if (!model.explained)
			blame(&blamed, "is explained wrongly");
		if (!blamed.step->expect)
			continue;
		view = model_view(&model);
		if (model.looks) {
			verdict = LOOKS;
			if (blamed.step->expect->lists_pages)
				model_show(&model, blamed.step);
		} else if (model.silent && !quiet_check(&blamed, &model, &view)) {
			verdict = SILENT;
			break;
		} else {
			check_pages(&blamed, &view, &model.values);
		}
	}
	model_end(&model);
	return blamed.count ? WRONG : verdict;
}

static int play_file(const char *path, unsigned count[VERDICTS], bool verbose)
{
	static const char *const word[] = {"agrees", "asks to look", "cannot know", "is wrong"};
	struct script script;
	int rc;

	if (script_open(&script, path))
		return -1;
	while ((rc = script_next(&script)) > 0) {
		enum verdict verdict = play(&script.scene);

		count[verdict]++;
		if (verbose && verdict != AGREES)
			printf("%s: %s\n", word[verdict], script.scene.title);
	}
	script_close(&script);
	return rc;
}

int main(int argc, char **argv)
{
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");
	unsigned count[VERDICTS] = {0};

	for (int i = verbose ? 2 : 1; i < argc; i++)
		if (play_file(argv[i], count, verbose))
			return 2;
	printf("model: %u passed, %u failed, 0 skipped\n", count[AGREES] + count[LOOKS] + count[SILENT], count[WRONG]);
	printf("of these it asks to look in %u and cannot know in %u\n", count[LOOKS], count[SILENT]);
	return count[WRONG] > 0;
}
