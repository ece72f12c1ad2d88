/*
 * sitekey.h - a name for a place in a program that another run, machine or build of it has too.  Pure.
 *
 * A frame is "MODULE!FUNCTION", "MODULE" where no symbol is known, "?" where there is no module (generated code).
 * - MODULE is the base name of the file without what a rebuild or an update changes: " (deleted)", a version before
 *   ".so" that has a dot, and all behind ".so": libgcrypt.so.20.4.1, libgcrypt.so.20 and libgcrypt.so are one, as are
 *   libc-2.31.so and libc.so.6; libpython3.11.so.1.0 is libpython3.11.so, ld-linux-x86-64.so.2 ld-linux-x86-64.so.
 * - FUNCTION is the symbol or the nearest one before, without what the optimizer added (.part.0, .constprop.0, .isra.0,
 *   .cold, .lto_priv.0, .llvm.N, [clone ...]) and without the hash of a Rust symbol.
 * - Neither has offsets, lines, directories or addresses, so ASLR, shifted lines and other build directories do not
 *   matter.  What was inlined counts as the call it was in the source, so it matters little what the compiler inlines.
 *
 * A stack is its frames, innermost first, joined by newlines (text_safe() lets none into a frame):
 * - recursion is told once: frames, or runs of up to eight frames, that repeat what stands before them are left out;
 * - the C library's and the loader's frames at the outer end are left out, with _start: they start programs and
 *   threads, under other names in every version.  A stack of nothing else keeps those not known to start anything.
 */
#ifndef PAGETRAIL_SITEKEY_H
#define PAGETRAIL_SITEKEY_H

#include <stdbool.h>

#include "../sym/symbols.h"
#include "text.h"

/*
 * sitekey_module - the part of a frame's name before "!"
 * @path: of the object, NULL: none
 */
void sitekey_module(struct text *text, const char *path);

/*
 * sitekey_function - the part behind it, nothing for NULL
 */
void sitekey_function(struct text *text, const char *function);

/*
 * sitekey_frame - both; "?" for a frame that is NULL
 */
void sitekey_frame(struct text *text, const struct symbol_frame *frame);

/*
 * sitekey_stack - a stack, as symbols_stack() gives it: innermost first, inlined frames in their places
 * @count: 0: nothing is added
 */
void sitekey_stack(struct text *text, const struct symbol_frame *frame, size_t count);

#endif
