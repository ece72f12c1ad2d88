#include "demangle.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

#define NAME_MAX_BYTES 4096 /* the demangler recurses and takes stack in proportion to the name */

/* Itanium C++ ABI, 3.4: __cxa_demangle(name, NULL, NULL, &status) gives a malloc()ed string. */
typedef char *demangle_fn(const char *name, char *buffer, size_t *length, int *status);

struct demangler {
	bool tried;
	void *library;
	demangle_fn *function;
};

struct demangler *demangler_new(void)
{
	return alloc_zero(1, sizeof(struct demangler));
}

void demangler_free(struct demangler *demangler)
{
	if (!demangler)
		return;
	if (demangler->library)
		dlclose(demangler->library);
	free(demangler);
}

static void load(struct demangler *demangler)
{
	demangler->tried = true;
	demangler->library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);
	if (demangler->library)
		demangler->function = (demangle_fn *)dlsym(demangler->library, "__cxa_demangle");
}

char *demangle(struct demangler *demangler, const char *name)
{
	int status;

	if (strncmp(name, "_Z", 2) || strlen(name) > NAME_MAX_BYTES)
		return NULL;
	if (!demangler->tried)
		load(demangler);
	return demangler->function ? demangler->function(name, NULL, NULL, &status) : NULL;
}
