#include "elf.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util/alloc.h"

#define DEBUGINFOD "DEBUGINFOD_URLS"

/*
 * The standard search (build-id and debug link below /usr/lib/debug) would go on to ask debuginfod servers, which would
 * tell them what is traced here.  Without the variable it does not: debuginfod_find_debuginfo(3).
 */
static int find_standard(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, const char *file,
			 const char *link, GElf_Word crc, char **found)
{
	const char *urls = getenv(DEBUGINFOD);
	char *kept = urls ? alloc_copy(urls, strlen(urls)) : NULL;
	int fd;

	unsetenv(DEBUGINFOD);
	fd = dwfl_standard_find_debuginfo(module, user, name, base, file, link, crc, found);
	if (kept)
		setenv(DEBUGINFOD, kept, 1);
	free(kept);
	return fd;
}

/* The file that several debug files share: dwz(1). It has a build-id of its own. */
static int find_shared(Dwfl_Module *module, const struct search *search, char **found)
{
	const char *main_file = NULL, *debug_file = NULL, *link;
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);
	char hex[SEARCH_HEX];
	const void *bits;
	ssize_t length = dwarf ? dwelf_dwarf_gnu_debugaltlink(dwarf, &link, &bits) : -1;

	if (length <= 0)
		return -ENOENT;
	dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, &main_file, &debug_file);
	search_hex(bits, (size_t)length, hex);
	return search_open_shared(search, debug_file ? debug_file : main_file, link, hex, found);
}

/*
 * Besides the debug file libdwfl asks here for the file that several debug files share (.gnu_debugaltlink): with its
 * name and no checksum.  Below another root the standard search is not used, for it looks everywhere.
 */
static int find_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, const char *file,
			  const char *link, GElf_Word crc, char **found)
{
	const struct elf *elf = *user;
	bool shared = link && !crc;
	int fd;

	if (shared)
		fd = find_shared(module, elf->search, found);
	else
		fd = search_open_debug(elf->search, elf->path, link, elf->build_id, found);
	if (fd < 0 && !search_is_below(elf->search))
		fd = find_standard(module, user, name, base, file, link, crc, found);
	if (fd < 0 && !shared)
		fd = search_ask(elf->search, elf->build_id, false, found);
	return fd < 0 ? -1 : fd;
}

/* Never called: modules are reported with their file. */
static int find_elf(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, char **file, Elf **elf)
{
	(void)module, (void)user, (void)name, (void)base, (void)file, (void)elf;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

/* Takes @fd. */
static int open_fd(struct elf *elf, int fd, const char *path, struct err *err)
{
	void **user;

	elf->dwfl = dwfl_begin(&callbacks);
	dwfl_report_begin(elf->dwfl);
	elf->module = dwfl_report_elf(elf->dwfl, path, path, fd, 0, true);
	dwfl_report_end(elf->dwfl, NULL, NULL);
	if (elf->module && dwfl_module_getelf(elf->module, &elf->bias)) {
		dwfl_module_info(elf->module, &user, NULL, NULL, NULL, NULL, NULL, NULL);
		*user = elf;
		return 0;
	}
	if (!elf->module)
		close(fd);
	elf_close(elf);
	return err_set(err, -ENOEXEC, "%s: %s", path, dwfl_errmsg(-1));
}

void elf_close(struct elf *elf)
{
	if (elf->dwfl)
		dwfl_end(elf->dwfl);
	memset(elf, 0, sizeof(*elf));
}

static int open_same(struct elf *elf, const char *path, const char *build_id, struct err *err)
{
	int fd = search_open(elf->search, path, err);
	char have[SEARCH_HEX];

	if (fd < 0)
		return fd;
	/* what is no ELF file is left to libdwfl to name */
	if (!build_id || search_build_id(fd, have) || !strcasecmp(have, build_id))
		return open_fd(elf, fd, path, err);
	close(fd);
	return err_set(err, -ESTALE, "%s: its build-id is %s, the traced one's %.64s", path, have, build_id);
}

/* A debug file has symbols and DWARF at the module's own addresses. */
static int open_other(struct elf *elf, const char *path, const char *build_id)
{
	struct err unused;
	char *name = NULL;
	int fd = search_open_debug(elf->search, path, NULL, build_id, &name), rc;

	if (fd < 0)
		fd = search_ask(elf->search, build_id, false, &name);
	if (fd < 0)
		fd = search_ask(elf->search, build_id, true, &name);
	if (fd < 0)
		return -ENOENT;
	rc = open_fd(elf, fd, name, &unused);
	free(name);
	return rc;
}

int elf_open(struct elf *elf, const struct search *search, const char *path, const char *build_id, struct err *err)
{
	const struct elf asked = { .search = search, .path = path, .build_id = build_id };
	int rc;

	*elf = asked;
	rc = open_same(elf, path, build_id, err);
	if (!rc)
		return 0;
	*elf = asked; /* elf_close() has emptied it */
	if (build_id && !open_other(elf, path, build_id))
		return 0;
	elf_close(elf);
	return rc;
}
