/*
 * sanitizer.c - a word to AddressSanitizer, whose runtime ends a program in which it is not the first library.
 *
 * What it wants is to see every allocation; we make none and interpose no function of malloc's, so it may come second.  It asks
 * for default options by this weak function before it looks at its environment (sanitizer/asan_interface.h); a program that
 * has such a function itself is asked instead of us.
 */
#include "shim.h"

EXPORT const char *__asan_default_options(void);

EXPORT const char *__asan_default_options(void)
{
	return "verify_asan_link_order=0";
}
