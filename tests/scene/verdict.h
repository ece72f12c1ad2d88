/*
 * verdict.h - does the explanation of a call fit what the kernel did?
 */
#ifndef TESTS_VERDICT_H
#define TESTS_VERDICT_H

#include <stdbool.h>

#include "../../collector/vm/world.h"

/*
 * verdict_fits - ask why (collector/vm/why.h) before a call is applied, and compare with how it ended
 *
 * A call that failed must have a reason that the records speak for; none of the kernel's tests may be seen to refuse a
 * call that worked, or to refuse it with another error. Prints what does not fit.
 */
bool verdict_fits(const struct space *before, const struct record *record);

#endif
