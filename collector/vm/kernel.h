/*
 * kernel.h - which kernel made the log: some effects changed over time.  Pure.
 *
 * A release is one number, KERNEL(6, 18); 0 stands for unknown and is taken for the newest.
 */
#ifndef PAGETRAIL_KERNEL_H
#define PAGETRAIL_KERNEL_H

#include <stdbool.h>

#define KERNEL(major, minor) ((major) * 1000u + (minor))

/*
 * kernel_parse - "6.18.44-fc" -> KERNEL(6, 18)
 *
 * Return: 0 for NULL and for what does not begin with two numbers.
 */
unsigned kernel_parse(const char *release);

static inline bool kernel_since(unsigned kernel, unsigned release)
{
	return !kernel || kernel >= release;
}

#endif
