/*
 * modules.h - tells the collector which object lies where.
 */
#ifndef PAGETRAIL_MODULES_H
#define PAGETRAIL_MODULES_H

#include <stdint.h>

/*
 * modules_announce - send a module record for the object that holds @pc, unless it was sent under this key
 *
 * The object cannot be unloaded meanwhile: @pc is on the calling thread's stack.
 * Context: async-signal-safe; no loader lock (_dl_find_object, glibc 2.35).
 */
void modules_announce(uintptr_t pc, uint32_t key);

#endif
