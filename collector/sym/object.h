/*
 * object.h - one ELF file and its debug information.  Addresses are link-time addresses, as in the file's symbol table.
 */
#ifndef PAGETRAIL_OBJECT_H
#define PAGETRAIL_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "demangle.h"
#include "search.h"
#include "symbols.h"

struct object;

/*
 * object_new - an object by the path and build-id in the log; build_id may be NULL
 * @search: where its file is looked for, may be NULL; outlives the object
 *
 * The file is opened at the first lookup.
 */
struct object *object_new(const char *path, const char *build_id, const struct search *search,
			  struct demangler *demangler);
void object_free(struct object *object);

/*
 * object_is - is this the object of that path and build-id
 */
bool object_is(const struct object *object, const char *path, const char *build_id);

/*
 * object_lookup - the functions at a return address: inlined ones first, the one they were inlined into last
 * @offset: the return address minus the load address
 *
 * The instruction looked up is the one before, for the call may be the last of its function or line.
 * Return: at least one frame, owned by the object; *count of them.
 */
const struct symbol_frame *object_lookup(struct object *object, uint64_t offset, size_t *count);

/*
 * object_path, object_build_id - as the log has them
 */
const char *object_path(const struct object *object);
const char *object_build_id(const struct object *object);

/*
 * object_problem - why the file is not used, after a lookup; NULL if it is, or if there is no file to speak of (vdso)
 */
const char *object_problem(const struct object *object);

#endif
