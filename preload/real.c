#include "real.h"

#include <dlfcn.h>

void *real_next(const char *name, void *fallback)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found)
		return found;
	dlerror();
	return fallback;
}

void real_resolve(void)
{
	shim_resolve();
	special_resolve();
	process_resolve();
	exec_resolve();
	loader_resolve();
}
