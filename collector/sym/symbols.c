#include "symbols.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "../util/table.h"
#include "../vm/strings.h"
#include "object.h"

struct stack {
	size_t raw_count, count;
	bool truncated, resolved;
	struct stack_frame *raw;
	struct baked *baked;		/* one for each of raw, or NULL: the log has no names */
	struct symbol_frame *frame;	/* after resolved */
};

/* Names that are in the log. */
struct baked {
	bool known;
	size_t count;
	struct symbol_frame *frame;	/* at least one where known */
};

struct symbols {
	const struct search *search;
	struct demangler *demangler;
	struct object **object;
	size_t objects;
	struct table modules;	/* id to object */
	struct table stacks;	/* id to struct stack */
	struct strings text;	/* of baked names */
	struct symbol_frame bare; /* of a frame that belongs to no object */
	bool no_files;
};

struct symbols *symbols_new(void)
{
	struct symbols *symbols = alloc_zero(1, sizeof(*symbols));

	symbols->demangler = demangler_new();
	strings_init(&symbols->text);
	return symbols;
}

void symbols_search(struct symbols *symbols, const struct search *search)
{
	symbols->search = search;
}

void symbols_no_files(struct symbols *symbols)
{
	symbols->no_files = true;
}

static void free_stack(void *value)
{
	struct stack *stack = value;

	for (size_t i = 0; stack->baked && i < stack->raw_count; i++)
		free(stack->baked[i].frame);
	free(stack->baked);
	free(stack->raw);
	free(stack->frame);
	free(stack);
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	table_clear(&symbols->stacks, free_stack);
	table_clear(&symbols->modules, NULL);
	for (size_t i = 0; i < symbols->objects; i++)
		object_free(symbols->object[i]);
	free(symbols->object);
	demangler_free(symbols->demangler);
	strings_free(&symbols->text);
	free(symbols);
}

/* Processes of one session load the same files again and again. */
static struct object *find_object(struct symbols *symbols, const char *path, const char *build_id)
{
	struct object *object;

	for (size_t i = 0; i < symbols->objects; i++)
		if (object_is(symbols->object[i], path, build_id))
			return symbols->object[i];
	object = object_new(path, build_id, symbols->search, symbols->demangler);
	symbols->object = alloc_resize(symbols->object, symbols->objects + 1, sizeof(*symbols->object));
	return symbols->object[symbols->objects++] = object;
}

static void add_module(struct symbols *symbols, const struct record_module *module)
{
	if (!table_find(&symbols->modules, module->id))
		table_add(&symbols->modules, module->id, find_object(symbols, module->path, module->build_id));
}

static const char *keep(struct symbols *symbols, const char *text)
{
	return strings_get(&symbols->text, strings_intern(&symbols->text, text));
}

/* A file without a name for the address leaves one frame that says where it is. */
static struct symbol_frame *copy_names(struct symbols *symbols, const struct frame_names *names,
				       const struct symbol_frame *place)
{
	struct symbol_frame *frame = alloc_zero(names->count + 1, sizeof(*frame));

	frame[0] = *place;
	for (size_t i = 0; i < names->count; i++) {
		const struct stack_name *name = &names->name[i];

		frame[i] = *place;
		frame[i].function = keep(symbols, name->function);
		frame[i].file = keep(symbols, name->file);
		frame[i].dir = keep(symbols, name->dir);
		frame[i].line = name->line;
		frame[i].in_function = name->in_function;
		frame[i].inlined = name->inlined;
	}
	return frame;
}

static void add_names(struct symbols *symbols, struct stack *stack, const struct frame_names *names)
{
	stack->baked = alloc_zero(stack->raw_count, sizeof(*stack->baked));
	for (size_t i = 0; i < stack->raw_count; i++) {
		struct object *object = table_find(&symbols->modules, stack->raw[i].module);
		struct symbol_frame place = { .offset = stack->raw[i].offset };

		if (!names[i].known)
			continue;
		place.module = object ? object_path(object) : NULL;
		place.build_id = object ? object_build_id(object) : NULL;
		stack->baked[i].known = true;
		stack->baked[i].count = names[i].count ? names[i].count : 1;
		stack->baked[i].frame = copy_names(symbols, &names[i], &place);
	}
}

static void add_stack(struct symbols *symbols, const struct record_stack *record)
{
	struct stack *stack;

	if (table_find(&symbols->stacks, record->id))
		return;
	stack = alloc_zero(1, sizeof(*stack));
	stack->truncated = record->truncated;
	stack->raw_count = record->count;
	stack->raw = alloc_zero(record->count, sizeof(*stack->raw));
	if (record->count)
		memcpy(stack->raw, record->frame, record->count * sizeof(*stack->raw));
	if (record->names)
		add_names(symbols, stack, record->names);
	table_add(&symbols->stacks, record->id, stack);
}

void symbols_add(struct symbols *symbols, const struct record *record)
{
	if (record->type == RECORD_MODULE)
		add_module(symbols, &record->module);
	else if (record->type == RECORD_STACK)
		add_stack(symbols, &record->stack);
}

static void append(struct stack *stack, size_t *room, const struct symbol_frame *frames, size_t count)
{
	if (stack->count + count > *room) {
		*room = (stack->count + count) * 2;
		stack->frame = alloc_resize(stack->frame, *room, sizeof(*stack->frame));
	}
	memcpy(stack->frame + stack->count, frames, count * sizeof(*frames));
	stack->count += count;
}

static const struct symbol_frame *frame_at(struct symbols *symbols, const struct stack *stack, size_t index,
					   size_t *count, bool *known)
{
	const struct stack_frame *raw = &stack->raw[index];
	struct object *object = table_find(&symbols->modules, raw->module);
	const struct symbol_frame *frames;

	*known = true;
	if (stack->baked && stack->baked[index].known) {
		*count = stack->baked[index].count;
		return stack->baked[index].frame;
	}
	if (object && !symbols->no_files) {
		frames = object_lookup(object, raw->offset, count);
		*known = !object_problem(object);
		return frames;
	}
	*count = 1;
	*known = raw->module == 0;
	symbols->bare = (struct symbol_frame){ .offset = raw->offset, .module = object ? object_path(object) : NULL };
	return &symbols->bare;
}

static void resolve(struct symbols *symbols, struct stack *stack)
{
	size_t room = 0, count;
	bool known;

	stack->resolved = true;
	for (size_t i = 0; i < stack->raw_count; i++) {
		const struct symbol_frame *frames = frame_at(symbols, stack, i, &count, &known);

		append(stack, &room, frames, count);
	}
}

const struct symbol_frame *symbols_frame(struct symbols *symbols, uint32_t id, size_t index, size_t *count,
					 bool *known)
{
	const struct stack *stack = table_find(&symbols->stacks, id);

	return stack && index < stack->raw_count ? frame_at(symbols, stack, index, count, known) : NULL;
}

const struct symbol_frame *symbols_stack(struct symbols *symbols, uint32_t id, size_t *count, bool *truncated)
{
	struct stack *stack = table_find(&symbols->stacks, id);

	*count = 0;
	if (truncated)
		*truncated = false;
	if (!stack)
		return NULL;
	if (!stack->resolved)
		resolve(symbols, stack);
	*count = stack->count;
	if (truncated)
		*truncated = stack->truncated;
	return stack->frame;
}

/* The C library, the loader and the tracer: they act on behalf of whoever called them. */
static bool is_system(const struct symbol_frame *frame)
{
	static const char *const names[] = {
		"libc.so.", "libc-2.", "ld-linux", "libpthread.so.", "libpthread-", "libpagetrail.so",
	};
	const char *slash = frame->module ? strrchr(frame->module, '/') : NULL;

	for (size_t i = 0; slash && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(slash + 1, names[i], strlen(names[i])))
			return true;
	return false;
}

const struct symbol_frame *symbols_caller(struct symbols *symbols, uint32_t id)
{
	size_t count;
	const struct symbol_frame *frame = symbols_stack(symbols, id, &count, NULL);

	for (size_t i = 0; i < count; i++)
		if (!is_system(&frame[i]))
			return &frame[i];
	return count ? frame : NULL;
}

const char *symbols_problem(const struct symbols *symbols, size_t index)
{
	for (size_t i = 0; i < symbols->objects; i++) {
		const char *problem = object_problem(symbols->object[i]);

		if (problem && !index--)
			return problem;
	}
	return index ? NULL : search_problem(symbols->search);
}
