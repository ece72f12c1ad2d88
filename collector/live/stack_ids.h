/*
 * stack_ids.h - the id a stack has in the log: that of the first that was equal to it.
 *
 * Equal stacks come with different ids when code has moved in between (another key), or when the dictionary is full and
 * stacks travel through the ring, each time with a new id.  Ids of the second kind are kept for the last
 * STACK_SENT_WINDOW only, and contents until there are STACK_CONTENTS_MAX: code that is made and dropped all the time has
 * ever new addresses.  After that an equal stack may stand in the log again, with another id.
 */
#ifndef PAGETRAIL_LIVE_STACK_IDS_H
#define PAGETRAIL_LIVE_STACK_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STACK_CONTENTS_MAX 65536 /* a power of two */

struct stack_ids;

/*
 * stack_ids_new - @words: of the dictionary, whose ids are below
 */
struct stack_ids *stack_ids_new(uint32_t words);
void stack_ids_free(struct stack_ids *ids);

/*
 * stack_ids_find - Return: the id in the log of the stack that came with @id, 0: none came, or too long ago
 */
uint32_t stack_ids_find(const struct stack_ids *ids, uint32_t id);

/*
 * stack_ids_add - a stack has come with @id: of the dictionary, or sent
 * @frames, @count: what makes it equal to another, pairs of words
 *
 * Contents are known by a hash of 128 bits.
 * Return: its id in the log; @id itself if none was equal.
 */
uint32_t stack_ids_add(struct stack_ids *ids, uint32_t id, const uint64_t *words, size_t count);

/*
 * stack_ids_forget - none of them stands in the log any more
 */
void stack_ids_forget(struct stack_ids *ids);

/*
 * stack_ids_contents - how many contents are known now
 */
size_t stack_ids_contents(const struct stack_ids *ids);

#endif
