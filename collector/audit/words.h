/*
 * words.h - numbers as words inside a message: "%s", amount_of(65536).at gives "64 KiB".  Pure.
 */
#ifndef PAGETRAIL_WORDS_H
#define PAGETRAIL_WORDS_H

#include <stdint.h>

struct words {
	char at[40];
};

/*
 * amount_of - bytes: "64 bytes", "64 KiB", "8 MiB", "1.5 GiB", "no limit" for UINT64_MAX
 */
struct words amount_of(uint64_t bytes);

/*
 * pages_of - "1 page", "1,024 pages"
 */
struct words pages_of(uint64_t pages);

/*
 * times_of - "once", "twice", "17 times"
 */
struct words times_of(uint64_t count);

/*
 * prot_of - PROT_BIT_* as in maps: "rw-"
 */
struct words prot_of(unsigned prot);

/*
 * advice_of - the advice of a madvise or posix_madvise: "MADV_DONTDUMP"
 */
struct words advice_of(uint64_t advice);

/*
 * errno_of - "ENOMEM"
 */
struct words errno_of(int number);

#endif
