#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct program *find(struct programs *programs, const char *name)
{
	struct program *program = programs->program;

	for (size_t i = 0; i < programs->count; i++, program++)
		if (!strcmp(program->name, name))
			return program;
	if (programs->count == PROGRAMS_APART)
		return NULL;
	programs->count++;
	*program = (struct program){ .processes = 0 };
	snprintf(program->name, sizeof(program->name), "%s", name);
	return program;
}

void programs_add(struct programs *programs, const char *name, int32_t pid, uint64_t calls)
{
	struct program *program = calls ? find(programs, name[0] ? name : "?") : NULL;

	programs->callers += calls > 0;
	if (!program)
		return;
	program->pid = program->processes ? program->pid : pid;
	program->processes++;
	program->calls += calls;
}

static int by_calls(const void *a, const void *b)
{
	const struct program *x = a, *y = b;

	return x->calls < y->calls ? 1 : x->calls > y->calls ? -1 : x->pid - y->pid;
}

void programs_sort(struct programs *programs)
{
	qsort(programs->program, programs->count, sizeof(*programs->program), by_calls);
}
