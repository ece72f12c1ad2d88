/*
 * stacks.h - from addresses in the ring's stack dictionary to stack lines of the log: frames as [module, offset].
 *
 * Each key of the dictionary (preload/abi/ring.h) has its own set of modules (stack_keys.h).  Equal modules of different
 * keys share one module line.  Untrusted input: ids, counts and keys may be anything.
 */
#ifndef PAGETRAIL_LIVE_STACKS_H
#define PAGETRAIL_LIVE_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm/record.h"
#include "line.h"

/* More addresses than any stack of the shim has; longer ones are cut. */
#define STACK_FRAMES_MAX 1024

struct stacks;

/*
 * stacks_new - translate the stacks of one session
 * @words, @count: the dictionary's words, shared memory
 */
struct stacks *stacks_new(const uint64_t *words, uint32_t count);
void stacks_free(struct stacks *stacks);

/*
 * stacks_add_module - an object lies there, in the set of @key
 *
 * Return: its id in the log; *fresh tells whether the log has no line for it yet.
 */
uint32_t stacks_add_module(struct stacks *stacks, uint32_t key, const struct record_module *module, bool *fresh);

/*
 * stacks_key - the key of the stack that was asked for last; 0: not known
 */
uint32_t stacks_key(const struct stacks *stacks);

/*
 * stacks_crowded - are there so many keys that those no longer used should be dropped
 */
bool stacks_crowded(const struct stacks *stacks);

/*
 * stacks_use - some process is under @key; stacks_drop_unused - so was none under the others for long
 */
void stacks_use(struct stacks *stacks, uint32_t key);
void stacks_drop_unused(struct stacks *stacks);

/*
 * stacks_keep_module - the text of a fresh module's line, where the log may begin anew: stacks_forget()
 */
void stacks_keep_module(struct stacks *stacks, uint32_t id, const char *text, size_t length);

/*
 * stacks_forget - the log begins anew: what stands in it is to be written again when it is used next
 *
 * Modules keep their ids.
 */
void stacks_forget(struct stacks *stacks);

/*
 * stacks_take_module - a module of the stack that was asked for last, which has to be written before it
 * @text, @length: as kept
 *
 * Return: false: no more.
 */
bool stacks_take_module(struct stacks *stacks, uint32_t *id, const char **text, size_t *length);

/*
 * stacks_remember_sent - keep the addresses of stacks that are sent, so that they can be written again
 */
void stacks_remember_sent(struct stacks *stacks);

/*
 * stacks_line - the stack of a call or mark: its id in the log, and its line if it has to be written first
 * @id: as in the ring; @pid: the process that used it first
 * @line: receives the line without newline; empty: it stands in the log already
 *
 * Return: the id in the log, that of an equal stack if there was one (stack_ids.h); 0: there is no such stack.
 */
uint32_t stacks_line(struct stacks *stacks, uint32_t id, int32_t pid, struct line *line);

/*
 * stacks_sent_line - the same for a stack that travels through the ring (SLOT_STACK)
 * @bytes, @length: its words, unaligned
 */
uint32_t stacks_sent_line(struct stacks *stacks, const char *bytes, size_t length, int32_t pid, struct line *line);

#endif
