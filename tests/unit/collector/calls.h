/* calls.h - call records for tests of the reports. */
#ifndef PAGETRAIL_TEST_CALLS_H
#define PAGETRAIL_TEST_CALLS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../collector/report/text.h"
#include "../../../collector/vm/record.h"

#define PAGE UINT64_C(4096)
#define BASE UINT64_C(0x7f1000000000)

/* A call that returned @result_; the arguments in the order of calls.def. */
#define CALL_RECORD(name_, result_, ...)                                                                               \
	(struct record)                                                                                                \
	{                                                                                                              \
		.type = RECORD_CALL, .seq = 5, .pid = 42, .tid = 43, .t_ns = 1500000000,                               \
		.call = { .call = CALL_##name_, .has = HAS_RET, .ret = (int64_t)(result_), .dur_ns = 2100,             \
			  .arg = { __VA_ARGS__ } }                                                                     \
	}

static inline struct record failed(struct record record, int err)
{
	record.call.err = err;
	record.call.ret = -1;
	return record;
}

static inline struct record unfinished(struct record record)
{
	record.call.has &= ~(unsigned)HAS_RET;
	return record;
}

#define assert_text(text, want)                                                                                        \
	do {                                                                                                           \
		assert_string_equal(text_read(text), want);                                                            \
		text_clear(text);                                                                                      \
	} while (0)

#endif
