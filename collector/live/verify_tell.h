/*
 * verify_tell.h - what came of a comparison (verify.h): told to the log, to the person who reads the summary, and to
 * the model.  Private to the recorder.
 */
#ifndef PAGETRAIL_LIVE_VERIFY_TELL_H
#define PAGETRAIL_LIVE_VERIFY_TELL_H

#include <stdint.h>

#include "proc.h"
#include "verify.h"

/* One process at one moment. */
struct checkpoint {
	const struct verify_waiting *waiting;
	struct proc_status before, status;  /* before and after the reading of the listing */
	uint64_t read_ns;		    /* when the listing had been read */
	uint64_t model_vmlck, kernel_vmlck; /* the tracer's own and what else is not compared left out */
	int rc;				    /* -errno: could not be looked at */
};

/*
 * verify_write - the record of the comparison
 * @differing: pages, and a wrong VmLck counts as one
 */
void verify_write(struct recorder *recorder, const struct checkpoint *point, uint64_t differing);

/*
 * verify_tell - each difference in words, for the summary; VERIFY_TOLD_MAX of them are kept, all are counted
 */
void verify_tell(struct verify *verify, const struct checkpoint *point);

/*
 * verify_reveal - show the model the pages that differ
 *
 * So that the model goes on right, and readers know that no call explains these pages.  Where pages between the
 * differences have changed since, nothing may be said of them.
 */
void verify_reveal(struct recorder *recorder, const struct checkpoint *point);

#endif
