#include "servers.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

#define LIBRARY "libdebuginfod.so.1"
#define URLS "DEBUGINFOD_URLS"
#define ID_BYTES_MAX 64

/* debuginfod_begin(3), debuginfod_find_debuginfo(3): a descriptor, or a negative errno. */
typedef void *begin_fn(void);
typedef void end_fn(void *client);
typedef int find_fn(void *client, const unsigned char *build_id, int bytes, char **path);

struct servers {
	void *library, *client;
	end_fn *end;
	find_fn *debuginfo, *executable;
	char problem[200];	/* empty: none */
};

static bool load(struct servers *servers)
{
	begin_fn *begin;

	servers->library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
	if (!servers->library)
		return false;
	begin = (begin_fn *)dlsym(servers->library, "debuginfod_begin");
	servers->end = (end_fn *)dlsym(servers->library, "debuginfod_end");
	servers->debuginfo = (find_fn *)dlsym(servers->library, "debuginfod_find_debuginfo");
	servers->executable = (find_fn *)dlsym(servers->library, "debuginfod_find_executable");
	if (begin && servers->end && servers->debuginfo && servers->executable)
		servers->client = begin();
	return servers->client != NULL;
}

struct servers *servers_new(struct err *err)
{
	const char *urls = getenv(URLS);
	struct servers *servers;

	if (!urls || !urls[strspn(urls, " ")]) {
		err_set(err, -ENOENT, "--debuginfod: no server to ask: $" URLS " is %s", urls ? "empty" : "not set");
		return NULL;
	}
	servers = alloc_zero(1, sizeof(*servers));
	if (load(servers))
		return servers;
	servers_free(servers);
	err_set(err, -ENOENT, "--debuginfod: " LIBRARY " cannot be loaded (Debian has it in libdebuginfod1)");
	return NULL;
}

void servers_free(struct servers *servers)
{
	if (!servers)
		return;
	if (servers->client)
		servers->end(servers->client);
	if (servers->library)
		dlclose(servers->library);
	free(servers);
}

static int read_digits(const char *hex, unsigned char out[ID_BYTES_MAX])
{
	size_t length = strlen(hex);

	if (length < 2 || length % 2 || length > 2 * ID_BYTES_MAX)
		return 0;
	for (size_t i = 0; i < length; i += 2)
		if (sscanf(hex + i, "%2hhx", &out[i / 2]) != 1)
			return 0;
	return (int)(length / 2);
}

int servers_ask(struct servers *servers, const char *build_id, bool executable, char **name)
{
	unsigned char id[ID_BYTES_MAX];
	int bytes = read_digits(build_id, id), fd;

	if (!bytes || servers->problem[0])
		return -ENOENT;
	fd = (executable ? servers->executable : servers->debuginfo)(servers->client, id, bytes, name);
	if (fd >= 0)
		return fd;
	if (fd != -ENOENT)
		snprintf(servers->problem, sizeof(servers->problem), "debuginfod: %s; not asked again", strerror(-fd));
	return -ENOENT;
}

const char *servers_problem(const struct servers *servers)
{
	return servers->problem[0] ? servers->problem : NULL;
}
