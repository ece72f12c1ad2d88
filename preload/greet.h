/*
 * greet.h - ask a standing collector for a ring (abi/greet.h).
 */
#ifndef PAGETRAIL_PRELOAD_GREET_H
#define PAGETRAIL_PRELOAD_GREET_H

#include <stdbool.h>

#include "abi/greet.h"

/*
 * greet_collector - ask at @socket
 * @answer: receives what the collector said, with a path in it
 *
 * Waits at most GREET_PATIENCE_NS; a descriptor is open for the duration.
 * Return: false if there is no collector, it gave no answer in time, or it has no ring for us.
 * Context: the constructor.
 */
bool greet_collector(const char *socket, struct greet_answer *answer);

#endif
