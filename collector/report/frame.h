/*
 * frame.h - frames and stacks as text and as JSON.
 */
#ifndef PAGETRAIL_FRAME_H
#define PAGETRAIL_FRAME_H

#include "../sym/symbols.h"
#include "jout.h"
#include "view.h"

/*
 * frame_brief - where a call came from, in few words: "key_load key.c:40", "secret_alloc+0x1f libapp.so",
 * "libapp.so+0x12f0"
 * @frame: may be NULL: adds nothing
 */
void frame_brief(struct text *text, const struct symbol_frame *frame);

/*
 * frame_full - everything known: "key_load (src/key.c:40) libapp.so+0x12f0 [inlined]"
 */
void frame_full(const struct view *view, struct text *text, const struct symbol_frame *frame);

/*
 * frame_lines - print a stack, a line "at ..." per frame
 * @indent: columns before "at"
 * @most: frames to show, 0 for all; a line says how many more there are
 */
void frame_lines(const struct view *view, struct symbols *symbols, uint32_t stack, size_t indent, size_t most);

void frame_json(struct jout *json, const char *key, const struct symbol_frame *frame);

/*
 * frame_stack_json - "stack": [...], and "truncated": true where the walk stopped early; nothing for stack 0
 */
void frame_stack_json(struct jout *json, struct symbols *symbols, uint32_t stack);

/*
 * frame_base - the last part of a path; NULL for NULL
 */
const char *frame_base(const char *path);

#endif
