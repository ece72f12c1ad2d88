/*
 * loader.c - code and stacks that libc maps for the program: what the loader does at its sites, dlopen and dlclose, threads.
 */
#include "loader.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>

#include "guard.h"
#include "keys.h"
#include "maps.h"
#include "raw.h"
#include "real.h"
#include "shim.h"
#include "sites.h"
#include "step.h"

static struct {
	int (*dlclose)(void *);
	int (*pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
} real;

static void take_new_key(bool forget)
{
	uint32_t key;

	guard_enter();
	if (shim.ring) {
		key = atomic_fetch_add_explicit(&shim.ring->next_key, 1, memory_order_relaxed);
		keys_take(key, forget);
		atomic_store(&shim.key, key);
	}
	guard_leave();
	shim.key_shared = false;
}

/*
 * The loader maps an object whole, then its segments over that; it holds its lock meanwhile, so one object is under way at
 * a time, in every namespace together.
 */
static uintptr_t loading_start, loading_end;

/* Under its key a fork child may come to mean something else than its parent. */
static void choose_key(int fd)
{
	uint32_t key = keys_arrived(loading_start, loading_end, fd, atomic_load(&shim.key));

	if (shim.key_shared || !key)
		take_new_key(shim.key_shared);
	else
		atomic_store(&shim.key, key);
}

static void loader_mapped(const long args[6], long ret)
{
	if (!(args[3] & (MAP_FIXED | MAP_ANONYMOUS))) {
		loading_start = (uintptr_t)ret;
		loading_end = loading_start + (uintptr_t)args[1];
	}
	if (!(args[2] & PROT_EXEC) || (args[3] & MAP_ANONYMOUS) || (uintptr_t)ret - loading_start >= loading_end - loading_start)
		return;
	choose_key((int)args[4]);
	guard_enter();
	if (shim.ring && loading_start < (uintptr_t)ret)
		sites_loaded(loading_start, shim.ring->sites_of);
	guard_leave();
}

void loader_call(long nr, const long args[6], long ret)
{
	if (raw_failed(ret))
		return;
	if (nr == SYS_munmap) {
		sites_unloaded((uintptr_t)args[0], (uintptr_t)args[0] + (uintptr_t)args[1]);
		keys_left((uintptr_t)args[0], (uintptr_t)args[0] + (uintptr_t)args[1]);
		step_forget();
	} else if (nr == SYS_mmap) {
		loader_mapped(args, ret);
	}
}

/* Called by dlopen and dlmopen (loader_x86_64.S), which must look to the loader as if their caller had called it. */
__attribute__((visibility("hidden"))) void loader_opening(void);
__attribute__((visibility("hidden"))) void *loader_real_dlopen, *loader_real_dlmopen;

void loader_opening(void)
{
	if (!sites_active())
		atomic_store_explicit(&shim.look_due, true, memory_order_relaxed);
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *arg)
{
	int ret = real.pthread_create(thread, attributes, start, arg);

	maps_send_unseen("thread");
	return ret;
}

/* Without rewritten sites the loader's munmap is not seen; dlclose is where it happens. */
EXPORT int dlclose(void *handle)
{
	int ret = real.dlclose(handle);

	if (!sites_active()) {
		step_forget();
		take_new_key(true);
	}
	return ret;
}

void loader_resolve(void)
{
	real.dlclose = real_next("dlclose", NULL);
	real.pthread_create = real_next("pthread_create", NULL);
	loader_real_dlopen = real_next("dlopen", NULL);
	loader_real_dlmopen = real_next("dlmopen", NULL);
}
