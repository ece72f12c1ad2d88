/*
 * noise.h - records that make no sense: words of every kind, results that no kernel gives, snapshots out of order.
 */
#ifndef TESTS_FUZZ_NOISE_H
#define TESTS_FUZZ_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../collector/vm/record.h"

/* Where words come from: bytes somebody has chosen, and when there are none a sequence that a seed begins. */
struct noise {
	const uint8_t *byte;
	size_t left;
	uint64_t seed;
	/* what the latest record points to */
	struct snapshot_range range[8];
	struct call_range iov[4];
};

uint64_t noise_word(struct noise *noise);

/*
 * noise_pick - a number from 0 to below - 1
 */
unsigned noise_pick(struct noise *noise, unsigned below);

/*
 * noise_record - a record of one of a handful of processes, mostly about pages of a small arena, so that records meet
 *
 * It lives until the next one.
 */
struct record noise_record(struct noise *noise, uint64_t seq);

/* The arena: as many pages from here on as noise_record() mostly speaks of. */
#define NOISE_BASE UINT64_C(0x200000000000)
enum { NOISE_PAGES = 64 };

#endif
