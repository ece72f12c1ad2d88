/*
 * shim.h - all mutable state of the shim, in one place, each with its ordering rule.
 */
#ifndef PAGETRAIL_SHIM_H
#define PAGETRAIL_SHIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/ring.h"

/*
 * Who we are, in a page the kernel zeroes in every fork child (MADV_WIPEONFORK): a zero generation is how a child learns
 * that it is one.
 */
struct identity {
	_Atomic uint32_t generation;	/* release after pid is set; pairs with the acquire in identity_current() */
	int32_t pid;
	_Atomic uint64_t hold;		/* slot of a thread that waits for a comparison (check.c), 0: none; release, pairs with check_hold() */
	_Atomic uint64_t calls;		/* --verify=N counts them; relaxed */
};

/*
 * What ring and identity point to may be moved, so it is used inside only (guard.h); the pointers change while nobody is.
 */
struct guard;

struct shim {
	struct ring *ring;		/* NULL: not recording. Set last in the constructor, cleared in children not to follow */
	struct ring *mapped;		/* where it lies, also before recording begins */
	size_t ring_bytes;
	struct identity *identity;
	bool by_libunwind;		/* the second unwinder; fixed in the constructor */
	uint32_t depth;			/* most frames of a stack; fixed in the constructor */
	uint32_t verify, verify_every;	/* the ring's; fixed in the constructor */
	uint32_t follow;		/* the ring's, as it was in the constructor: any process of the session can write there, */
	char shim_path[512];		/* and none must choose what another one loads, nor make it read or write elsewhere */
	char preload[1536];
	char ring_path[512];
	_Atomic uint32_t key;		/* our key in the stack dictionary; relaxed: a stale key only duplicates a stack */
	bool restricted;		/* a seccomp filter is in force: no system call of our own may be made any more */
	_Atomic bool overlapped;	/* calls overlapped in time since the last mark; relaxed: asked where it is quiet */
	_Atomic bool threaded;		/* more than one thread has made calls; relaxed, set only */
	_Atomic bool look_due;		/* libc has mapped memory unseen; relaxed: one look more or less */
	bool key_shared;		/* in a fork child: the parent uses our key too */
	uintptr_t program;		/* where the program's ELF header lies */
	char exe[4096];			/* what /proc/self/exe named in the constructor */
};

extern struct shim shim __attribute__((visibility("hidden")));

/* A thread's own word: which identity its tid belongs to. Static TLS, so that reading it never allocates. */
struct thread_word {
	uint32_t generation;
	int32_t tid;
	uint64_t expected;	/* the system call a wrapper is about to make through libc (record.h), 0: none */
	struct guard *guard;	/* the thread's entry (guard.h), NULL: it has none yet */
};

extern __thread struct thread_word shim_thread __attribute__((tls_model("initial-exec"), visibility("hidden")));

/*
 * identity_current - make identity and thread word true for the calling thread; in a fork child, announce the child
 *
 * Return: false if this process is not to be recorded.
 * Context: async-signal-safe; inside (guard.h).
 */
bool identity_current(void);

/*
 * identity_recorded - is this process to be recorded, and does anybody still read?
 *
 * Context: async-signal-safe.
 */
bool identity_recorded(void);

/*
 * identity_pid - the pid of this process as it goes into the log, 0: it is not to be recorded
 *
 * Context: async-signal-safe.
 */
int32_t identity_pid(void);

#define EXPORT __attribute__((visibility("default")))

#endif
