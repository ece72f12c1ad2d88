/*
 * nearest.h - what somebody who mistyped a name may have meant.
 */
#ifndef PAGETRAIL_NEAREST_H
#define PAGETRAIL_NEAREST_H

/*
 * nearest_name - the name with the fewest letters to insert, delete, change or swap
 * @names: ended by NULL
 *
 * Return: NULL if even the nearest differs in more than a third of its letters (and in more than one). Context: pure.
 */
const char *nearest_name(const char *typed, const char *const *names);

#endif
