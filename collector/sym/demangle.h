/*
 * demangle.h - C++ names for people, if this machine has libstdc++.
 */
#ifndef PAGETRAIL_DEMANGLE_H
#define PAGETRAIL_DEMANGLE_H

struct demangler;

struct demangler *demangler_new(void);
void demangler_free(struct demangler *demangler);

/*
 * demangle - "_ZN3foo3barEi" to "foo::bar(int)"
 *
 * libstdc++ is loaded at the first name that needs it; pagetrail does not depend on it.
 * Return: a string to free(), or NULL: not a C++ name, or nobody here can read it.
 */
char *demangle(struct demangler *demangler, const char *name);

#endif
