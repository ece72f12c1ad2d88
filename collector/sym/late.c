/*
 * late.c - libdw's functions, under their own names: the library is loaded when the first of them is called.
 *
 * It brings others along (libelf, libz, liblzma, libbz2), and whoever records never asks for a name: every start paid 0.3 ms
 * for them.
 */
#include <dlfcn.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>

#define LIBRARY "libdw.so.1"

/* Installed with what we were built with; where it has gone, nothing better can be said than the loader would have. */
static void *find(const char *name)
{
	static void *library;
	void *found;

	if (!library)
		library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
	/* libelf's are found through libdw, which needs it */
	found = library ? dlsym(library, name) : NULL;
	if (!found) {
		fprintf(stderr, "pagetrail: %s\n", dlerror());
		exit(125);
	}
	return found;
}

/* The headers declare them, so a row that does not agree is an error. */
#define LATE(type, name, parameters, arguments)                                                                        \
	type name parameters                                                                                           \
	{                                                                                                              \
		static __typeof__(&name) real;                                                                         \
                                                                                                                       \
		if (!real)                                                                                             \
			*(void **)&real = find(#name);                                                                 \
		return real arguments;                                                                                 \
	}

LATE(unsigned, elf_version, (unsigned version), (version))
LATE(Elf *, elf_begin, (int fd, Elf_Cmd cmd, Elf *ref), (fd, cmd, ref))
LATE(Elf_Kind, elf_kind, (Elf * elf), (elf))
LATE(int, elf_end, (Elf * elf), (elf))
LATE(ssize_t, dwelf_elf_gnu_build_id, (Elf * elf, const void **id), (elf, id))
LATE(ssize_t, dwelf_dwarf_gnu_debugaltlink, (Dwarf * dwarf, const char **link, const void **id), (dwarf, link, id))

LATE(Dwfl *, dwfl_begin, (const Dwfl_Callbacks *callbacks), (callbacks))
LATE(void, dwfl_end, (Dwfl * dwfl), (dwfl))
LATE(const char *, dwfl_errmsg, (int err), (err))
LATE(void, dwfl_report_begin, (Dwfl * dwfl), (dwfl))
LATE(Dwfl_Module *, dwfl_report_elf,
     (Dwfl * dwfl, const char *name, const char *file, int fd, GElf_Addr base, bool add_p_vaddr),
     (dwfl, name, file, fd, base, add_p_vaddr))
LATE(int, dwfl_report_end,
     (Dwfl * dwfl, int (*removed)(Dwfl_Module *, void *, const char *, Dwarf_Addr, void *), void *arg),
     (dwfl, removed, arg))
LATE(int, dwfl_offline_section_address,
     (Dwfl_Module * module, void **data, const char *name, Dwarf_Addr base, const char *section, GElf_Word index,
      const GElf_Shdr *header, Dwarf_Addr *address),
     (module, data, name, base, section, index, header, address))
LATE(int, dwfl_standard_find_debuginfo,
     (Dwfl_Module * module, void **data, const char *name, Dwarf_Addr base, const char *file, const char *link,
      GElf_Word crc, char **found),
     (module, data, name, base, file, link, crc, found))
LATE(const char *, dwfl_module_info,
     (Dwfl_Module * module, void ***data, Dwarf_Addr *start, Dwarf_Addr *end, Dwarf_Addr *dwarf_bias,
      Dwarf_Addr *symbol_bias, const char **file, const char **debug_file),
     (module, data, start, end, dwarf_bias, symbol_bias, file, debug_file))
LATE(Elf *, dwfl_module_getelf, (Dwfl_Module * module, GElf_Addr *bias), (module, bias))
LATE(Dwarf *, dwfl_module_getdwarf, (Dwfl_Module * module, Dwarf_Addr *bias), (module, bias))
LATE(Dwarf_Die *, dwfl_module_nextcu, (Dwfl_Module * module, Dwarf_Die *last, Dwarf_Addr *bias), (module, last, bias))
LATE(Dwarf_Die *, dwfl_module_addrdie, (Dwfl_Module * module, Dwarf_Addr address, Dwarf_Addr *bias),
     (module, address, bias))
LATE(const char *, dwfl_module_addrinfo,
     (Dwfl_Module * module, GElf_Addr address, GElf_Off *offset, GElf_Sym *symbol, GElf_Word *section, Elf **elf,
      Dwarf_Addr *bias),
     (module, address, offset, symbol, section, elf, bias))

LATE(int, dwarf_tag, (Dwarf_Die * die), (die))
LATE(const char *, dwarf_diename, (Dwarf_Die * die), (die))
LATE(Dwarf_Attribute *, dwarf_attr, (Dwarf_Die * die, unsigned name, Dwarf_Attribute *out), (die, name, out))
LATE(Dwarf_Attribute *, dwarf_attr_integrate, (Dwarf_Die * die, unsigned name, Dwarf_Attribute *out), (die, name, out))
LATE(const char *, dwarf_formstring, (Dwarf_Attribute * attribute), (attribute))
LATE(int, dwarf_formudata, (Dwarf_Attribute * attribute, Dwarf_Word *value), (attribute, value))
LATE(ptrdiff_t, dwarf_ranges,
     (Dwarf_Die * die, ptrdiff_t offset, Dwarf_Addr *base, Dwarf_Addr *start, Dwarf_Addr *end),
     (die, offset, base, start, end))
LATE(int, dwarf_cu_info,
     (Dwarf_CU * unit, Dwarf_Half *version, uint8_t *type, Dwarf_Die *die, Dwarf_Die *sub, uint64_t *id,
      uint8_t *address_size, uint8_t *offset_size),
     (unit, version, type, die, sub, id, address_size, offset_size))
LATE(int, dwarf_getscopes, (Dwarf_Die * unit, Dwarf_Addr pc, Dwarf_Die **scopes), (unit, pc, scopes))
LATE(int, dwarf_getscopes_die, (Dwarf_Die * die, Dwarf_Die **scopes), (die, scopes))
LATE(Dwarf_Line *, dwarf_getsrc_die, (Dwarf_Die * unit, Dwarf_Addr address), (unit, address))
LATE(int, dwarf_getsrcfiles, (Dwarf_Die * unit, Dwarf_Files **files, size_t *count), (unit, files, count))
LATE(const char *, dwarf_filesrc, (Dwarf_Files * files, size_t index, Dwarf_Word *mtime, Dwarf_Word *length),
     (files, index, mtime, length))
LATE(const char *, dwarf_linesrc, (Dwarf_Line * line, Dwarf_Word *mtime, Dwarf_Word *length), (line, mtime, length))
LATE(int, dwarf_lineno, (Dwarf_Line * line, int *number), (line, number))
