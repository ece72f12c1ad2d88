/*
 * change.h - the state of a page, and a change of it, in words.
 */
#ifndef PAGETRAIL_CHANGE_H
#define PAGETRAIL_CHANGE_H

#include <stdbool.h>

#include "../vm/record.h"
#include "../vm/space.h"
#include "text.h"

/*
 * change_is_real - do the two states differ in anything but their history
 * @before, @after: NULL: not mapped
 */
bool change_is_real(const struct vma *before, const struct vma *after);

/*
 * change_text - what happened to a page: "mapped rw- private anon", "-> locked", "-> r-x (was rw-)", ...
 *
 * Parts are separated by ", ". Adds nothing where nothing but the history differs.
 */
void change_text(struct text *text, const struct vma *before, const struct vma *after);

/*
 * change_none - why a call that spoke of a page left it as it was: "already locked: no second lock, locks do not nest"
 * @record: a RECORD_CALL
 * @vma: the page's state; NULL: not mapped
 */
void change_none(struct text *text, const struct record *record, const struct vma *vma);

/*
 * change_state - "rw- private anon, NOT locked, dontdump"
 */
void change_state(struct text *text, const struct vma *vma);

/*
 * change_advice - the advice in force, words separated by @separator; adds "-" for none
 */
void change_advice(struct text *text, const struct vma *vma, const char *separator);

#endif
