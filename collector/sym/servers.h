/*
 * servers.h - debuginfod servers, by libdebuginfod, which is loaded when it is asked for.
 */
#ifndef PAGETRAIL_SERVERS_H
#define PAGETRAIL_SERVERS_H

#include <stdbool.h>

#include "../util/err.h"

struct servers;

/*
 * servers_new - load the library
 *
 * Return: NULL with a message where $DEBUGINFOD_URLS names no server or the library is not there.
 */
struct servers *servers_new(struct err *err);
void servers_free(struct servers *servers);

/*
 * servers_ask - fetch a file, or find it among those fetched before (debuginfod_find_debuginfo(3))
 * @build_id: hex digits
 * @executable: the module itself, not its debug information
 * @name: receives where it is kept, to be freed
 *
 * A server that does not have it may have the next; one that cannot be reached is not asked again.
 * Return: a descriptor; -ENOENT: nobody has it.
 */
int servers_ask(struct servers *servers, const char *build_id, bool executable, char **name);

/*
 * servers_problem - why they are not asked any more, or NULL
 */
const char *servers_problem(const struct servers *servers);

#endif
