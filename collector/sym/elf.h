/*
 * elf.h - opening an ELF file with libdwfl, and which files may stand for a module.
 */
#ifndef PAGETRAIL_ELF_H
#define PAGETRAIL_ELF_H

#include <elfutils/libdwfl.h>

#include "../util/err.h"
#include "search.h"

/* An open file.  An address in the file is that address plus bias for libdwfl. */
struct elf {
	Dwfl *dwfl;
	Dwfl_Module *module;
	Dwarf_Addr bias;
	/* what was asked for: debug information is looked for at the first need */
	const struct search *search;
	const char *path, *build_id;
};

/*
 * elf_open - open the file of a module, or the debug file its build-id leads to
 * @elf: stays where it is until elf_close()
 * @search: where to look; NULL: in the usual places; outlives @elf, as @path and @build_id do
 * @build_id: hex digits; a file with another build-id, or with none, is not used; NULL: whatever @path holds is used
 *
 * Only regular files on this machine are opened; debuginfod is asked only where @search says so.
 * Return: 0, -ENOENT, -ESTALE for another build-id, or another -errno and a message.
 */
int elf_open(struct elf *elf, const struct search *search, const char *path, const char *build_id, struct err *err);
void elf_close(struct elf *elf);

#endif
