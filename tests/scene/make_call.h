/*
 * make_call.h - the rows of calls.def as they are made: by the C library's functions, as programs do, or as system calls.
 */
#ifndef TESTS_MAKE_CALL_H
#define TESTS_MAKE_CALL_H

#include <stdint.h>

#include "../../preload/abi/call.h"

/*
 * call_by_function - make a call that takes numbers and places only; shmctl has no buffer
 * @a: CALL_ARGS_MAX arguments, in the order of calls.def
 *
 * Return: what the function returns; -1 with ENOSYS: a call whose arguments are in memory.
 */
int64_t call_by_function(enum call_id call, const uint64_t *a);

/*
 * call_number - the system call of the same arguments, 0: there is none
 */
long call_number(enum call_id call);

#endif
