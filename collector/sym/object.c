#include "object.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "../util/table.h"
#include "elf.h"
#include "units.h"

#define INLINES_MAX 64 /* functions at one address; crafted DWARF may nest deeper */

/* What a lookup gave, kept by offset. */
struct found {
	size_t count;
	struct symbol_frame frame[];
};

struct object {
	char *path, *build_id;
	bool opened;
	struct err problem;	/* text is empty: none */
	struct elf elf;		/* all zero: not usable */
	struct units units;
	const struct search *search;
	struct demangler *demangler;
	struct table found;
	char **text;		/* names of our own making */
	size_t texts;
};

/* The frames of one address while they are put together. */
struct lookup {
	struct object *object;
	Dwarf_Addr address;	/* of the instruction, for libdwfl */
	struct symbol_frame frame[INLINES_MAX];
	size_t count;
};

static char *copy_or_null(const char *text)
{
	return text ? alloc_copy(text, strlen(text)) : NULL;
}

struct object *object_new(const char *path, const char *build_id, const struct search *search,
			  struct demangler *demangler)
{
	struct object *object = alloc_zero(1, sizeof(*object));

	object->path = copy_or_null(path);
	object->build_id = copy_or_null(build_id);
	object->search = search;
	object->demangler = demangler;
	return object;
}

void object_free(struct object *object)
{
	if (!object)
		return;
	table_clear(&object->found, free);
	units_clear(&object->units);
	elf_close(&object->elf);
	for (size_t i = 0; i < object->texts; i++)
		free(object->text[i]);
	free(object->text);
	free(object->path);
	free(object->build_id);
	free(object);
}

bool object_is(const struct object *object, const char *path, const char *build_id)
{
	if (strcmp(object->path, path))
		return false;
	return build_id && object->build_id ? !strcmp(object->build_id, build_id) : build_id == object->build_id;
}

const char *object_path(const struct object *object)
{
	return object->path;
}

const char *object_build_id(const struct object *object)
{
	return object->build_id;
}

const char *object_problem(const struct object *object)
{
	return object->problem.text[0] ? object->problem.text : NULL;
}

/* A module without a path from the root is no file: linux-vdso.so.1, [vdso]. */
static void open_once(struct object *object)
{
	if (object->opened)
		return;
	object->opened = true;
	if (object->path[0] == '/' &&
	    !elf_open(&object->elf, object->search, object->path, object->build_id, &object->problem))
		object->problem.text[0] = '\0'; /* the debug file may have stood in for the file itself */
}

static const char *keep(struct object *object, char *text)
{
	object->text = alloc_resize(object->text, object->texts + 1, sizeof(*object->text));
	return object->text[object->texts++] = text;
}

/* memcpy@@GLIBC_2.14 is memcpy to everyone but the linker. */
static const char *plain_name(struct object *object, const char *name)
{
	char *readable = demangle(object->demangler, name);
	size_t length = strcspn(name, "@");

	if (readable)
		return keep(object, readable);
	if (name[length] && length)
		return keep(object, alloc_copy(name, length));
	return name;
}

static const char *die_name(struct object *object, Dwarf_Die *die)
{
	Dwarf_Attribute memory;
	Dwarf_Attribute *attribute = dwarf_attr_integrate(die, DW_AT_linkage_name, &memory);
	const char *linkage;
	char *readable;

	if (!attribute)
		attribute = dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &memory);
	linkage = attribute ? dwarf_formstring(attribute) : NULL;
	readable = linkage ? demangle(object->demangler, linkage) : NULL;
	return readable ? keep(object, readable) : dwarf_diename(die);
}

static void push(struct lookup *lookup, const char *function, bool inlined, const char *file, int line)
{
	lookup->frame[lookup->count++] = (struct symbol_frame){
		.function = function, .file = file, .line = line, .inlined = inlined,
	};
}

/* Where the call stood that was replaced by the function's body: DW_AT_call_file, DW_AT_call_line. */
static void call_site(Dwarf_Die *unit, Dwarf_Die *die, const char **file, int *line)
{
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	Dwarf_Word index, number;
	size_t count;

	*file = NULL;
	*line = 0;
	if (!dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attribute), &number))
		*line = (int)number;
	if (!dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attribute), &index) &&
	    !dwarf_getsrcfiles(unit, &files, &count))
		*file = dwarf_filesrc(files, index, NULL, NULL);
}

/* From the innermost scope outwards to the function that has code of its own. */
static void push_scopes(struct lookup *lookup, Dwarf_Die *unit, Dwarf_Die *scope, int count, const char *file, int line)
{
	struct object *object = lookup->object;

	for (int i = 0; i < count && lookup->count < INLINES_MAX; i++) {
		int tag = dwarf_tag(&scope[i]);

		if (tag == DW_TAG_inlined_subroutine) {
			push(lookup, die_name(object, &scope[i]), true, file, line);
			call_site(unit, &scope[i], &file, &line);
		} else if (tag == DW_TAG_subprogram) {
			push(lookup, die_name(object, &scope[i]), false, file, line);
			return;
		}
	}
	push(lookup, NULL, false, file, line);
}

/* dwarf_getscopes() leaves the concrete tree at an inlined function; its innermost DIE asked again stays in it. */
static int concrete_scopes(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die **scopes)
{
	Dwarf_Die *found = NULL, innermost;
	int count = dwarf_getscopes(unit, address, &found);

	*scopes = NULL;
	if (count <= 0)
		return 0;
	innermost = found[0];
	free(found);
	count = dwarf_getscopes_die(&innermost, scopes);
	return count < 0 ? 0 : count;
}

/* Files of a unit are named as the compiler was told them, relative to where it ran; DWARF 5, section 3.1.1. */
static const char *unit_dir(Dwarf_Die *unit)
{
	Dwarf_Attribute attribute;

	return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
}

/* The unit whose DIEs describe the code: with -gsplit-dwarf they are in the .dwo file of the skeleton found. */
static void whole_unit(Dwarf_Die *unit)
{
	Dwarf_Die split;
	uint8_t type;

	if (!dwarf_cu_info(unit->cu, NULL, &type, NULL, &split, NULL, NULL, NULL) && type == DW_UT_skeleton && split.cu)
		*unit = split;
}

static void lookup_dwarf(struct lookup *lookup)
{
	struct object *object = lookup->object;
	const char *file = NULL, *dir;
	int line = 0, count;
	Dwarf_Die unit, *scopes;
	Dwarf_Line *row;
	Dwarf_Addr bias;

	if (!units_find(&object->units, &object->elf, lookup->address, &unit, &bias))
		return;
	row = dwarf_getsrc_die(&unit, lookup->address - bias);
	if (row) {
		file = dwarf_linesrc(row, NULL, NULL);
		dwarf_lineno(row, &line);
	}
	dir = unit_dir(&unit);
	whole_unit(&unit);
	count = concrete_scopes(&unit, lookup->address - bias, &scopes);
	push_scopes(lookup, &unit, scopes, count, file, line);
	for (size_t i = 0; i < lookup->count; i++)
		lookup->frame[i].dir = lookup->frame[i].file ? dir : NULL;
	free(scopes);
}

/*
 * The symbol names the outermost function where DWARF does not.  libdwfl takes a symbol that has a size only for
 * addresses inside it, one without only for addresses of its own section.
 */
static void lookup_symbol(struct lookup *lookup, uint64_t back)
{
	struct symbol_frame *last;
	GElf_Off inside;
	GElf_Sym symbol;
	const char *name;

	name = dwfl_module_addrinfo(lookup->object->elf.module, lookup->address, &inside, &symbol, NULL, NULL, NULL);
	if (!lookup->count)
		push(lookup, NULL, false, NULL, 0);
	last = &lookup->frame[lookup->count - 1];
	if (!name || !name[0] || last->inlined)
		return;
	last->in_function = inside + back;
	if (!last->function)
		last->function = plain_name(lookup->object, name);
}

static struct found *store(const struct lookup *lookup, uint64_t offset)
{
	struct object *object = lookup->object;
	struct found *found = alloc_zero(1, sizeof(*found) + lookup->count * sizeof(found->frame[0]));

	found->count = lookup->count;
	memcpy(found->frame, lookup->frame, lookup->count * sizeof(found->frame[0]));
	for (size_t i = 0; i < found->count; i++) {
		found->frame[i].module = object->path;
		found->frame[i].build_id = object->build_id;
		found->frame[i].offset = offset;
	}
	table_add(&object->found, offset, found);
	return found;
}

static struct found *search(struct object *object, uint64_t offset)
{
	struct lookup lookup = { .object = object };
	uint64_t back = offset ? 1 : 0;

	open_once(object);
	if (object->elf.module) {
		lookup.address = offset - back + object->elf.bias;
		lookup_dwarf(&lookup);
		lookup_symbol(&lookup, back);
	} else {
		push(&lookup, NULL, false, NULL, 0);
	}
	return store(&lookup, offset);
}

const struct symbol_frame *object_lookup(struct object *object, uint64_t offset, size_t *count)
{
	struct found *found = table_find(&object->found, offset);

	if (!found)
		found = search(object, offset);
	*count = found->count;
	return found->frame;
}
