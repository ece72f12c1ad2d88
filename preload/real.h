/*
 * real.h - the functions the wrappers stand in front of: the next definition in search order.
 *
 * Another preload or a sanitizer may be next; going through it keeps its view whole.
 */
#ifndef PAGETRAIL_REAL_H
#define PAGETRAIL_REAL_H

/*
 * real_resolve - find them all, before the first wrapped call can happen
 *
 * Until then the wrappers make the plain system call.
 * Context: constructor only.
 */
void real_resolve(void);

/*
 * real_next - dlsym(RTLD_NEXT), without leaving a dlerror() behind
 * @fallback: what to use when nobody defines @name
 */
void *real_next(const char *name, void *fallback);

/* the parts of real_resolve(), one per file of wrappers */
void shim_resolve(void);
void special_resolve(void);
void process_resolve(void);
void exec_resolve(void);
void loader_resolve(void);

#endif
