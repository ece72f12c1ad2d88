/*
 * symbols.h - from a stack id to functions, files and lines.  The only door to libdw.
 *
 * Names are looked up when asked for, from the module's file (search.h says where): its own DWARF, or the separate debug
 * file by build-id or debug link, or at least its dynamic symbols. A file whose build-id is not the recorded one is not
 * used.  Names that are in the log itself, after `pagetrail symbolize`, go before all files.
 */
#ifndef PAGETRAIL_SYMBOLS_H
#define PAGETRAIL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm/record.h"
#include "search.h"

struct symbols;

struct symbol_frame {
	const char *function;	/* demangled; NULL: unknown */
	const char *file;	/* source file; NULL: unknown */
	const char *dir;	/* where it was compiled, what a relative file is relative to; NULL: unknown */
	int line;		/* 0: unknown */
	const char *module;	/* path of the object; NULL: none (generated code) */
	const char *build_id;	/* NULL: none */
	uint64_t offset;	/* into the module, as in the log; the address where there is no module */
	uint64_t in_function;	/* bytes from the start of the function, 0 if unknown */
	bool inlined;		/* this function was inlined into the next frame of the list */
};

struct symbols *symbols_new(void);
void symbols_free(struct symbols *symbols);

/*
 * symbols_search - where files are looked for; to be called before the first symbols_add()
 * @search: outlives @symbols
 */
void symbols_search(struct symbols *symbols, const struct search *search);

/*
 * symbols_no_files - no file is opened for names: frames are what the log itself has, the same on every machine; to be
 * called before the first symbols_stack()
 */
void symbols_no_files(struct symbols *symbols);

/*
 * symbols_add - learn from a RECORD_MODULE or RECORD_STACK; other types are ignored
 */
void symbols_add(struct symbols *symbols, const struct record *record);

/*
 * symbols_stack - the frames of a stack, innermost first, inlined ones in their place
 * @count: receives how many; @truncated: whether the walk stopped early, may be NULL
 *
 * Resolved once per stack and kept.
 * Return: the frames, owned by @symbols; NULL and 0 for an id never seen.
 */
const struct symbol_frame *symbols_stack(struct symbols *symbols, uint32_t stack, size_t *count, bool *truncated);

/*
 * symbols_frame - what symbols_stack() has for frame @index of the record
 * @count: receives how many functions there are, at least 1
 * @known: whether the file, or the log, could be asked
 *
 * Return: the frames, valid until the next call; NULL where the stack or the frame does not exist.
 */
const struct symbol_frame *symbols_frame(struct symbols *symbols, uint32_t stack, size_t index, size_t *count,
					 bool *known);

/*
 * symbols_caller - the first frame that is the application's own: not in libc, ld.so or the tracer
 *
 * Return: that frame; the innermost frame if all are the system's; NULL for no stack.
 */
const struct symbol_frame *symbols_caller(struct symbols *symbols, uint32_t stack);

/*
 * symbols_problem - a file that was wanted for names and could not be used, and why
 * @index: counts from 0; more may follow as more stacks are resolved
 *
 * "/usr/lib/libx.so.1: its build-id is 1234.., the traced one's abcd..". Each file once.
 * Return: the text, owned by @symbols; NULL past the last.
 */
const char *symbols_problem(const struct symbols *symbols, size_t index);

#endif
