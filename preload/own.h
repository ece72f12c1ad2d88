/*
 * own.h - the shim's own memory: it must neither be destroyed by the program nor count as the program's.
 */
#ifndef PAGETRAIL_OWN_H
#define PAGETRAIL_OWN_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/call.h"

/*
 * own_unlock - after mlockall(MCL_CURRENT): give the program back the locked bytes that are ours
 *
 * Before the call's record is complete: whoever reads VmLck after it finds the program's locks only.
 * Context: async-signal-safe.
 */
void own_unlock(void);

/*
 * own_move_aside - the program is about to map, unmap, protect or move over an address range: if the ring or the identity
 * page lies there, move it elsewhere first
 *
 * The program chose the address without knowing of us; untraced, the pages would have been free or its own.
 * Context: async-signal-safe; not inside (guard.h): waits until no other thread is.
 */
void own_move_aside(enum call_id call, const uint64_t *words);

/*
 * own_range - which part of [start, end) is ours?
 * @from, @to: receive the first run of our own bytes in it
 *
 * Return: what smaps calls its flags there, NULL: nothing of ours.
 */
const char *own_range(uint64_t start, uint64_t end, uint64_t *from, uint64_t *to);

/*
 * own_memory - the same, the library's named mappings included
 *
 * Return: false: nothing of ours is there.
 */
bool own_memory(uint64_t start, uint64_t end, uint64_t *from, uint64_t *to);

/*
 * own_bytes - how much address space is ours
 */
uint64_t own_bytes(void);

#endif
