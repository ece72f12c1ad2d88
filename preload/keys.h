/*
 * keys.h - which object lies where under which key of the stack dictionary.
 *
 * Under one key an address means one object.  While an object comes and goes at its place, and while nothing else comes to where
 * one was announced, the key stays; when another comes there, an earlier key serves again under which just this was known, or a
 * new one is taken.  So a loop of dlopen and dlclose repeats no stacks.
 *
 * Objects are told apart by build-id, device and inode; without a build-id each is another than all before.
 */
#ifndef PAGETRAIL_KEYS_H
#define PAGETRAIL_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "object.h"

/*
 * keys_note - the object at [start, end) is being announced under @key
 *
 * Return: false if it was before.  Two threads may both be told true.
 * Context: async-signal-safe.
 */
bool keys_note(const struct object *object, uintptr_t end, uint32_t key);

/*
 * keys_arrived - the loader has mapped an object at [start, end); none of its code has run
 * @fd: its file
 *
 * Return: the key to use from now on instead of @key, often the same; 0: none that is known will do, take a new one.
 * Context: the loader's lock is held by the calling thread; one system call.
 */
uint32_t keys_arrived(uintptr_t start, uintptr_t end, int fd, uint32_t key);

/*
 * keys_left - the loader has unmapped [start, end)
 *
 * Context: as keys_arrived().
 */
void keys_left(uintptr_t start, uintptr_t end);

/*
 * keys_take - @key is new, taken where none that was known would do
 * @forget: it is no more known what lay where under earlier keys, so that none of them serves again
 *
 * Context: async-signal-safe.
 */
void keys_take(uint32_t key, bool forget);

#endif
