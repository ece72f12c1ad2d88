/* cmd_symbolize.c - write the names of functions into a log, so that it can be read where its programs are not. */
#include <errno.h>
#include <stdlib.h>

#include "cmd.h"
#include "copy.h"
#include "lookup.h"
#include "reader.h"
#include "sym/symbols.h"
#include "util/alloc.h"

static const struct verb_help help = {
	"symbolize LOG -o LOG2 [OPTION...]",
	"Writes LOG once more, with the function, file and line of every frame in it, so that\n"
	"all reports can be made on a machine that has none of the programs. Names that are\n"
	"in the log already stay; frames whose file is not there can be named by running it\n"
	"again elsewhere. Nothing else is changed.\n",
};

struct symbolize {
	struct copy_words copy;
	struct lookup_words lookup;
	struct search *search;
	struct symbols *symbols;
	struct frame_names *names;	/* of the stack at hand */
	size_t room;
	uint64_t frames, named, unknown; /* unknown: their files were not there */
};

static struct stack_name name_of(const struct symbol_frame *frame)
{
	return (struct stack_name){
		.function = frame->function, .file = frame->file, .dir = frame->dir, .line = frame->line,
		.in_function = frame->in_function, .inlined = frame->inlined,
	};
}

/* Where the file knows nothing there is one frame, without a name. */
static void take_names(struct frame_names *names, const struct symbol_frame *frame, size_t count, bool known)
{
	bool any = count > 1 || frame->function || frame->file;
	struct stack_name *name = alloc_zero(count, sizeof(*name));

	for (size_t i = 0; i < count; i++)
		name[i] = name_of(&frame[i]);
	*names = (struct frame_names){ .known = known, .count = known && any ? count : 0, .name = name };
}

/* Return: whether there is a name the log does not have yet. */
static bool look_up(struct symbolize *run, const struct record_stack *stack)
{
	bool news = false;

	if (stack->count > run->room) {
		run->room = stack->count;
		run->names = alloc_resize(run->names, run->room, sizeof(*run->names));
	}
	for (size_t i = 0; i < stack->count; i++) {
		size_t count = 0;
		bool known = false;
		const struct symbol_frame *frame = symbols_frame(run->symbols, stack->id, i, &count, &known);

		take_names(&run->names[i], frame, count, known);
		news = news || (known && !(stack->names && stack->names[i].known));
		run->frames++;
		run->named += run->names[i].count > 0;
		run->unknown += !known;
	}
	return news;
}

/* A second stack of the same number is not the one that symbols knows. */
static bool is_known(struct symbols *symbols, const struct record_stack *stack)
{
	bool truncated;
	size_t count;

	return symbols_stack(symbols, stack->id, &count, &truncated) != NULL;
}

static int name_stack(void *arg, const struct record *record, struct rewrite_line *line, struct err *err)
{
	struct symbolize *run = arg;
	const struct record_stack *stack = &record->stack;
	int what = REWRITE_KEEP;

	if (record->type == RECORD_STACK && is_known(run->symbols, stack))
		return REWRITE_KEEP;
	symbols_add(run->symbols, record);
	if (record->type != RECORD_STACK || !stack->count)
		return REWRITE_KEEP;
	if (look_up(run, stack))
		what = rewrite_names(line, run->names, stack->count, err);
	for (size_t i = 0; i < stack->count; i++)
		free((void *)(uintptr_t)run->names[i].name);
	return what;
}

static int symbolize(struct symbolize *run, const char *path)
{
	int status;

	run->symbols = symbols_new();
	symbols_search(run->symbols, run->search);
	status = copy_log("symbolize", path, &run->copy, name_stack, run);
	if (status == EXIT_CLEAN) {
		complain_of_names(run->symbols);
		complain("%s: %llu of %llu frames named, %llu not looked up for want of their files", run->copy.output,
			 (unsigned long long)run->named, (unsigned long long)run->frames,
			 (unsigned long long)run->unknown);
	}
	symbols_free(run->symbols);
	free(run->names);
	return status;
}

int cmd_symbolize(int argc, char **argv)
{
	struct symbolize run = { 0 };
	const struct option_group groups[] = {
		{ "Options", copy_rows, &run.copy },
		{ "Names of functions", lookup_rows, &run.lookup },
		{ 0 },
	};
	const char *path;
	struct err err;
	int status, code = options_operand(argc, argv, &help, groups, &path, &err);

	if (code == OPTIONS_HELP)
		return EXIT_CLEAN;
	if (!code)
		code = lookup_search(&run.lookup, &run.search, &err);
	if (code) {
		complain("symbolize: %s (see `pagetrail help symbolize`)", err.text);
		return EXIT_UNUSABLE;
	}
	status = symbolize(&run, path);
	search_free(run.search);
	return status;
}
