/*
 * thread.h - the id of the calling thread, by the kernel or, where it must not be asked, by glibc's own notes.
 */
#ifndef PAGETRAIL_THREAD_H
#define PAGETRAIL_THREAD_H

#include <stdint.h>

/*
 * thread_init - find where glibc keeps a thread's id
 *
 * Context: constructor only, in the main thread.
 */
void thread_init(void);

/*
 * thread_id - gettid(2); under a seccomp filter (shim.restricted) what glibc wrote down when it made the thread, 0: unknown
 *
 * Context: async-signal-safe.
 */
int32_t thread_id(void);

#endif
