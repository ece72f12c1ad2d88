/*
 * run_cases.c - hold the model against a file of cases that were measured on a kernel.
 *
 *   run_cases FILE.jsonl [NAME]     exit 1 if the model was sure of something and wrong
 *
 * A case is JSON: setup operations that succeed, one operation with its result and the state of every page after it,
 * and more operations behind. Nothing is executed: each operation becomes the record pagetrail would have logged, with
 * the result the case tells, and the model's pages are compared with the case's. Where the model asks to look at the
 * kernel (APPLY_LOOK) it is counted apart, and the expected pages are given to it as a snapshot.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

enum verdict { AGREES, LOOKS_RIGHT, LOOKS_WRONG, UNSEEN, WRONG, VERDICTS };

static void step(struct run *run, json_t *op, json_t *expect, const char *where)
{
	size_t blamed = strlen(run->why);

	run->looked = false;
	case_do(run, op, expect);
	case_check(run, expect, where);
	if (run->looked && run->why[blamed]) {
		run->why[blamed] = '\0';
		run->guessed_wrong = true;
	}
	if (run->looked && json_object_get(expect, "pages"))
		case_look(run, expect);
}

static enum verdict run_case(json_t *cs, char *why, size_t size)
{
	json_t *op = json_object_get(cs, "op"), *item, *list;
	bool looked = false;
	struct run run;
	enum verdict verdict;
	size_t i;

	case_begin(&run, cs);
	list = json_object_get(cs, "setup");
	json_array_foreach(list, i, item)
		step(&run, item, json_object_get(item, "expect"), "setup");
	if (op) {
		step(&run, op, json_object_get(cs, "expect"), text_of(op, "call"));
		looked |= run.looked;
	}
	list = json_object_get(cs, "after");
	json_array_foreach(list, i, item) {
		step(&run, item, json_object_get(item, "expect"), "after");
		looked |= run.looked;
	}
	snprintf(why, size, "%s", run.why);
	if (run.why[0])
		verdict = run.unseen ? UNSEEN : WRONG;
	else
		verdict = run.guessed_wrong ? LOOKS_WRONG : looked ? LOOKS_RIGHT : AGREES;
	world_free(run.world);
	return verdict;
}

int main(int argc, char **argv)
{
	static const char *const word[] = { "agree", "look", "look and differ", "no call shows it", "WRONG" };
	unsigned counts[VERDICTS] = { 0 };
	char *line = NULL, why[512];
	size_t room = 0;
	FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;

	if (!file) {
		fprintf(stderr, "run_cases: usage: run_cases FILE.jsonl [NAME]\n");
		return 2;
	}
	while (getline(&line, &room, file) > 0) {
		json_t *cs = line[0] == '{' ? json_loads(line, 0, NULL) : NULL;
		enum verdict verdict;

		if (!cs || (argc > 2 && strcmp(argv[2], text_of(cs, "name")))) {
			json_decref(cs);
			continue;
		}
		verdict = run_case(cs, why, sizeof why);
		counts[verdict]++;
		if (verdict != AGREES)
			printf("%-16s %s%s%s\n", word[verdict], text_of(cs, "name"), why[0] ? ": " : "", why);
		json_decref(cs);
	}
	for (unsigned i = 0; i < VERDICTS; i++)
		printf("%u %s%s", counts[i], word[i], i + 1 < VERDICTS ? ", " : "\n");
	free(line);
	fclose(file);
	return counts[WRONG] > 0;
}
