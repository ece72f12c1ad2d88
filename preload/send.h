/*
 * send.h - the writers' side of the ring (abi/ring.h).  The only file that knows how a slot is had.
 */
#ifndef PAGETRAIL_SEND_H
#define PAGETRAIL_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/ring.h"

/*
 * send_attach - use a mapped ring; NULL: stop
 *
 * The header's geometry has been checked by the caller.
 * Context: constructor, or while nobody is inside (guard.h).
 */
void send_attach(struct ring *ring);

/*
 * send_reserve - a slot for one record, state SLOT_RESERVED
 *
 * When the ring is full and the session says wait, sleeps on the collector's progress; gives up when the collector has shown
 * no sign of life for SEND_PATIENCE_NS. Otherwise the record is counted as dropped.
 * Return: the slot, or NULL: this record is lost and counted.
 * Context: async-signal-safe.
 */
struct ring_slot *send_reserve(void);

/*
 * send_collector_alive - has the collector shown a sign of life within SEND_PATIENCE_NS?
 */
bool send_collector_alive(void);

#define SEND_PATIENCE_NS 2000000000ull

/* False under a seccomp filter, which may kill the program for our futex(2). */
extern bool send_may_sleep __attribute__((visibility("hidden")));

/*
 * send_pause - let some time pass: asleep until @word changes from @seen, at most @ns; under a seccomp filter, busy
 */
void send_pause(const void *word, uint32_t seen, long ns);

/*
 * send_publish - hand a slot over: everything written to it before becomes visible with the state
 */
void send_publish(struct ring_slot *slot, enum slot_state state);

/*
 * send_position - the position that a slot was reserved at
 */
uint64_t send_position(const struct ring_slot *slot);

/*
 * send_tail - the next position to be handed out
 */
uint64_t send_tail(void);

/*
 * send_index - the slot's number, for chaining
 * send_slot - the slot of a position, NULL: there is no ring any more
 */
uint32_t send_index(const struct ring_slot *slot);
struct ring_slot *send_slot(uint64_t position);

#endif
