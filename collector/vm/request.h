/*
 * request.h - mmap's arguments, named.  Pure; only collector/vm/ includes this.
 */
#ifndef PAGETRAIL_REQUEST_H
#define PAGETRAIL_REQUEST_H

#include "record.h"

struct request {
	uint64_t addr;
	uint64_t len;		/* rounded up, for huge pages to these; 0: it wraps */
	uint64_t prot, flags, offset;
	bool anonymous;		/* /dev/zero is, where it is shared */
	bool shared, huge, secret;
	const struct record_call *call;
};

/*
 * request_of - what a record of mmap asked for
 */
struct request request_of(const struct record_call *call);

/*
 * request_replaces - MAP_FIXED without MAP_FIXED_NOREPLACE: whatever is there goes
 */
bool request_replaces(const struct request *request);

/*
 * request_is_zero - the descriptor is /dev/zero
 */
bool request_is_zero(const struct record_call *call);

#endif
