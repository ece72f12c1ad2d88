/* The event of wrap_unwind.c for LTTng-UST: the fields of our log's call record, the stack as addresses. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER pagetrail_bench

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./wrap_lttng.h"

#if !defined(WRAP_LTTNG_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define WRAP_LTTNG_H

#include <lttng/tracepoint.h>

LTTNG_UST_TRACEPOINT_EVENT(pagetrail_bench, call,
	LTTNG_UST_TP_ARGS(void *, addr, size_t, len, int, advice, int, ret, int, error, long, duration,
			  unsigned long *, frames, int, count),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer_hex(unsigned long, addr, (unsigned long)addr)
		lttng_ust_field_integer(size_t, len, len)
		lttng_ust_field_integer(int, advice, advice)
		lttng_ust_field_integer(int, ret, ret)
		lttng_ust_field_integer(int, error, error)
		lttng_ust_field_integer(long, duration, duration)
		lttng_ust_field_sequence_hex(unsigned long, frames, frames, int, count)
	)
)

#endif

#include <lttng/tracepoint-event.h>
