#include "frame.h"

#include <string.h>

const char *frame_base(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && slash[1] ? slash + 1 : path;
}

static void add_place(struct text *text, const struct symbol_frame *frame)
{
	if (frame->module) {
		text_safe(text, frame_base(frame->module));
		text_printf(text, "+0x%llx", (unsigned long long)frame->offset);
	} else {
		text_printf(text, "0x%llx", (unsigned long long)frame->offset);
	}
}

void frame_brief(struct text *text, const struct symbol_frame *frame)
{
	if (!frame)
		return;
	if (!frame->function) {
		add_place(text, frame);
		return;
	}
	text_safe(text, frame->function);
	if (frame->file) {
		text_put(text, " ");
		text_safe(text, frame_base(frame->file));
		text_printf(text, ":%d", frame->line);
		return;
	}
	if (frame->in_function)
		text_printf(text, "+0x%llx", (unsigned long long)frame->in_function);
	if (frame->module) {
		text_put(text, " ");
		text_safe(text, frame_base(frame->module));
	}
}

void frame_full(const struct view *view, struct text *text, const struct symbol_frame *frame)
{
	if (frame->function) {
		text_safe(text, frame->function);
		if (frame->in_function && !frame->file)
			text_printf(text, "+0x%llx", (unsigned long long)frame->in_function);
		text_put(text, " ");
	}
	if (frame->file) {
		text_put(text, "(");
		view_path(view, text, frame->file, 40);
		text_printf(text, ":%d) ", frame->line);
	}
	view_begin(view, text, TONE_DIM);
	add_place(text, frame);
	if (frame->inlined)
		text_put(text, " [inlined]");
	view_end(view, text, TONE_DIM);
}

void frame_lines(const struct view *view, struct symbols *symbols, uint32_t stack, size_t indent, size_t most)
{
	size_t count = 0;
	bool truncated = false;
	const struct symbol_frame *frame = symbols_stack(symbols, stack, &count, &truncated);
	size_t shown = most && count > most + 1 ? most : count;	/* no line to say that one line is missing */
	struct text line = { 0 };

	for (size_t i = 0; i < shown; i++) {
		text_printf(&line, "%*sat ", (int)indent, "");
		frame_full(view, &line, &frame[i]);
		view_line(view, &line, indent + 6);
	}
	if (shown < count)
		text_printf(&line, "%*s... %zu more frames (--stacks)", (int)indent, "", count - shown);
	else if (truncated)
		text_printf(&line, "%*s... the stack could not be followed further", (int)indent, "");
	if (line.length)
		view_line(view, &line, indent + 6);
	text_free(&line);
}

void frame_json(struct jout *json, const char *key, const struct symbol_frame *frame)
{
	jout_object(json, key);
	jout_string(json, "function", frame->function);
	jout_string(json, "file", frame->file);
	if (frame->line)
		jout_signed(json, "line", frame->line);
	else
		jout_null(json, "line");
	jout_string(json, "module", frame->module);
	if (frame->build_id)
		jout_string(json, "build_id", frame->build_id);
	jout_hex(json, "offset", frame->offset);
	if (frame->inlined)
		jout_bool(json, "inlined", true);
	jout_end(json);
}

void frame_stack_json(struct jout *json, struct symbols *symbols, uint32_t stack)
{
	size_t count = 0;
	bool truncated = false;
	const struct symbol_frame *frame = stack ? symbols_stack(symbols, stack, &count, &truncated) : NULL;

	if (!frame)
		return;
	jout_array(json, "stack");
	for (size_t i = 0; i < count; i++)
		frame_json(json, NULL, &frame[i]);
	jout_end(json);
	if (truncated)
		jout_bool(json, "truncated", true);
}
