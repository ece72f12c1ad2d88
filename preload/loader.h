/*
 * loader.h - the loader's calls as seen at its rewritten sites (sites.h).
 */
#ifndef PAGETRAIL_LOADER_H
#define PAGETRAIL_LOADER_H

/*
 * loader_call - the loader has made system call @nr: code that is gone ends the validity of what we cached, another libc has
 * sites to be rewritten
 * @ret: the kernel's word
 *
 * Context: the loader's lock is held by the calling thread.
 */
void loader_call(long nr, const long args[6], long ret);

#endif
