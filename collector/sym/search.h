/*
 * search.h - where a module's file and its debug information are looked for.
 *
 * Without a search: the module's own path, and below /usr/lib/debug.  A build-id that is known decides: a file that has
 * another is not used.
 */
#ifndef PAGETRAIL_SEARCH_H
#define PAGETRAIL_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "../util/err.h"

struct search;

struct search *search_new(void);
void search_free(struct search *search);

/*
 * search_add_dirs - look into these directories first, as gdb's debug-file-directory
 * @dirs: "DIR" or "DIR:DIR"; a directory has files by build-id (.build-id/ab/cdef.debug) or by the module's path, with or
 *        without ".debug" behind it
 *
 * Return: 0, or -errno with a message: each must be a directory.
 */
int search_add_dirs(struct search *search, const char *dirs, struct err *err);

/*
 * search_below - look for the modules below this directory only, as if it were the root: neither a symbolic link nor
 * ".." leads out of it
 *
 * Return: 0, or -errno with a message.
 */
int search_below(struct search *search, const char *dir, struct err *err);

/*
 * search_ask_servers - ask the servers in $DEBUGINFOD_URLS for what is not found; without this call they never are
 *
 * Return: 0; -ENOENT with a message where the variable names none or libdebuginfod is not installed.
 */
int search_ask_servers(struct search *search, struct err *err);

/*
 * search_is_below - has search_below() been called
 */
bool search_is_below(const struct search *search);

/*
 * search_open - open the file of a module
 * @search: may be NULL, here and below
 * @path: from the log, absolute; only regular files are opened, nothing is waited for
 *
 * Return: a descriptor, or -errno with a message.
 */
int search_open(const struct search *search, const char *path, struct err *err);

/*
 * search_open_debug - open a file with this build-id that is not the module's own
 * @path: of the module
 * @link: name of its debug file as .gnu_debuglink has it; NULL: unknown
 * @build_id: NULL: nothing is found
 * @name: receives the file's name, to be freed
 *
 * Return: a descriptor; -ENOENT: none is here.
 */
int search_open_debug(const struct search *search, const char *path, const char *link, const char *build_id,
		      char **name);

/*
 * search_open_shared - open the file that several debug files share (.gnu_debugaltlink; dwz(1))
 * @from: the debug file that names it, as search_open_debug() named it
 * @link: its name there, absolute or from where @from is
 *
 * Return, and the others: as above.
 */
int search_open_shared(const struct search *search, const char *from, const char *link, const char *build_id,
		       char **name);

/*
 * search_ask - the same, from the servers; @executable: the module itself
 */
int search_ask(const struct search *search, const char *build_id, bool executable, char **name);

/*
 * search_problem - why the servers are no longer asked, NULL: they are, or never were
 */
const char *search_problem(const struct search *search);

/* Digits of the longest build-id that is looked for, and a NUL. */
#define SEARCH_HEX 130

/*
 * search_hex - the digits of a build-id of @length bytes, cut to what fits
 */
void search_hex(const void *bits, size_t length, char hex[SEARCH_HEX]);

/*
 * search_build_id - the digits of an open file's build-id, "none" without
 *
 * Return: -ENOEXEC: no ELF file.
 */
int search_build_id(int fd, char hex[SEARCH_HEX]);

#endif
