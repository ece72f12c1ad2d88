/*
 * ring.h - the shared memory between the traced processes and the collector.
 *
 * One file per session, mapped by every process of it:
 *
 *   [ struct ring | buckets of the stack dictionary | words of the dictionary | slots ]
 *
 * A record travels in a slot of 256 bytes, its text being JSON as it will stand in the log: everything after "type" (and
 * "seq", "id", "event", which the collector chooses), without the closing brace.  A longer record continues in further
 * slots (SLOT_PART) chained by slot.next.  A call's slot is reserved and filled before the call (SLOT_BEGUN) and completed
 * after it (SLOT_READY), so that what returned survives any death of the process and what was under way is visible.
 *
 * Writers: any thread of any traced process, also inside signal handlers; they never wait for each other.
 *   reserve   pos = tail++; slot = pos % slots; SLOT_FREE -> SLOT_RESERVED by compare-and-swap (acquire; pairs with the
 *             collector's release of the slot).  A slot that is not free is passed over: its owner is slow, dead or jumped
 *             away, and it is used again only after the collector has freed it.  So is one that a later position has used: a
 *             writer that overslept a lap takes a new position, which the collector will look for.
 *   publish   text, then state (release; pairs with the collector's acquire load).
 * Collector: the only one that turns a slot back into SLOT_FREE.
 *
 * The collector trusts no byte of it: positions, lengths, chains and text are checked on reading.
 */
#ifndef PAGETRAIL_RING_H
#define PAGETRAIL_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define RING_MAGIC 0x31676e6972747000ull /* "\0ptring1" */
#define RING_VERSION 2
#define RING_ENV "PAGETRAIL_SESSION"	/* the ring's path; what makes a process with the shim a traced one */

#define SLOT_BYTES 256
#define SLOT_TEXT 216
#define SLOT_CHAIN_MAX 64		/* slots of one record, so at most 13.5 KiB */

#define RING_SLOTS 2048			/* defaults: 512 KiB of slots, */
#define RING_DICT_WORDS 32768		/* 256 KiB of stacks, */
#define RING_DICT_BUCKETS 4096		/* 32 KiB of hash table */

enum slot_state {
	SLOT_FREE, SLOT_RESERVED, SLOT_BEGUN, SLOT_READY,
	SLOT_CHAINED,	/* a SLOT_PART that is complete; freed together with the record it belongs to */
};

enum slot_kind {
	SLOT_CALL = 1, /* {"type":"call","seq":N			+ text + } */
	SLOT_PROCESS,  /* {"type":"process","seq":N,"event":"start"|"exec" + text + }: a new program has begun in pid */
	SLOT_FORK,     /* {"type":"process","seq":N,"event":"fork"	+ text + }: sent by the child */
	SLOT_SNAPSHOT, /* {"type":"snapshot","seq":N		+ text + } */
	SLOT_MARK,     /* {"type":"mark","seq":N			+ text + } */
	SLOT_MODULE,   /* {"type":"module","id":N			+ text + }: text has "key", see below */
	SLOT_NOTE,     /* {"type":"note"				+ text + } */
	SLOT_STACK, /* not text: 64-bit words, a stack that found the dictionary full; word 0 as in the dictionary, word
		       1 its id, then the addresses */
	SLOT_PART,  /* continuation of another slot's text */
	SLOT_CHECK, /* {"type":"check"			+ text + }: the thread waits until the slot is freed; meanwhile
		       the collector compares its model with the kernel and adds what it found */
};

struct ring_slot {
	_Atomic uint64_t state;	/* position << 3 | enum slot_state */
	uint64_t end_ns;	/* SLOT_READY: when it ended, ns since ring.start_ns */
	int32_t pid;
	uint32_t stack;		/* id of the stack the text refers to, 0: none */
	uint32_t next;		/* 1 + index of the slot that continues the text, 0: none */
	uint16_t length;	/* bytes of text here */
	uint8_t kind;		/* enum slot_kind */
	uint8_t spare;
	uint64_t begin_ns;	/* SLOT_CALL: when it began, before SLOT_BEGUN; SLOT_SNAPSHOT: its reading; else 0 */
	char text[SLOT_TEXT];
};

/*
 * The stack dictionary: append-only, lock-free, exact.  A stack is a run of words:
 *   word 0    key << 32 | STACK_TRUNCATED? | STACK_GUESSED? | number of addresses
 *   word 1..  return addresses, innermost first
 * and its id is the index of word 0 (never 0).  A bucket holds hash << 32 | id, 0 when empty; linear probing.
 * The key says in which set of modules the addresses mean something: each program image has its own, and a process takes
 * a new one when code at some address is replaced (dlclose) or may differ from its relatives' (dlopen after fork).
 */
#define STACK_TRUNCATED 0x80000000u
#define STACK_GUESSED 0x40000000u
#define STACK_COUNT 0x0000ffffu
#define STACK_ID_SENT 0x80000000u	/* bit of ids that travelled as SLOT_STACK; they count up, */
#define STACK_SENT_WINDOW 262144u	/* and the collector knows the last so many of them */

enum ring_unwinder { UNWINDER_CFI, UNWINDER_LIBUNWIND };
enum ring_full { FULL_WAIT, FULL_DROP };

/*
 * Where libc's and the loader's call sites lie, found by the first program of the session that has this very build and
 * written down for those that follow: a scan costs more than everything else at start.  Only a hint: whoever uses an offset
 * looks whether there is a site.
 */
#define SITES_MAX 96
struct site_table {
	_Atomic uint32_t state;		/* 0: empty, 1: being written, 2: complete (release; pairs with acquire loads) */
	uint32_t count;
	uint8_t build_id[32];
	uint32_t offset[SITES_MAX];	/* from the object's ELF header */
};

struct ring {
	/* fixed before the first process starts */
	uint64_t magic;
	uint32_t version;
	uint32_t slots;			/* a power of two */
	uint32_t dict_words;
	uint32_t dict_buckets;		/* a power of two */
	uint64_t bytes;			/* of the whole file */
	uint64_t start_ns;		/* CLOCK_MONOTONIC; all times count from here */
	int32_t collector_pid;
	uint32_t depth;			/* most frames of a stack */
	uint32_t unwinder;		/* enum ring_unwinder */
	uint32_t follow;		/* 0: children are not traced */
	uint32_t sites;			/* 0: no rewriting of libc's call sites */
	uint32_t verify;		/* 1: processes stop at marks and at exit to be looked at (--verify, --residency) */
	uint32_t verify_every;		/* and after so many calls of a process; 0: not */
	char shim_path[512];		/* libpagetrail.so */
	char preload[1536];		/* what LD_PRELOAD begins with: the shim and what must be loaded with it */
	char ring_path[512];		/* what to put into RING_ENV */

	_Alignas(128) _Atomic uint64_t tail;	/* next position to hand out */

	/* written by the collector */
	_Alignas(128) _Atomic uint32_t freed;	/* counts freed slots; futex word for writers that wait */
	_Atomic uint32_t closed;		/* nobody reads any more: writers stop recording */
	_Atomic uint32_t on_full;		/* enum ring_full */
	_Atomic uint64_t heartbeat_ns;		/* last sign of life, ns since start_ns; at least twice a second */

	/* written by the writers */
	_Alignas(128) _Atomic uint32_t waiters;	/* writers asleep on freed */
	_Atomic uint64_t dropped;		/* records not kept: ring full */
	_Atomic uint64_t stalls;		/* times a writer had to wait */
	_Atomic uint32_t dict_full;		/* stacks that did not fit */

	_Alignas(128) _Atomic uint32_t dict_used; /* words handed out; starts at 1 */
	_Atomic uint32_t next_key;		/* keys handed out; starts at 1 */

	struct site_table sites_of[2];		/* libc, loader */
};

static inline size_t ring_bucket_offset(void)
{
	return (sizeof(struct ring) + 4095) & ~(size_t)4095;
}

static inline size_t ring_word_offset(uint32_t dict_buckets)
{
	return ring_bucket_offset() + (size_t)dict_buckets * sizeof(uint64_t);
}

static inline size_t ring_slot_offset(uint32_t dict_buckets, uint32_t dict_words)
{
	return ring_word_offset(dict_buckets) + (size_t)dict_words * sizeof(uint64_t);
}

static inline size_t ring_bytes(uint32_t slots, uint32_t dict_words, uint32_t dict_buckets)
{
	return (ring_slot_offset(dict_buckets, dict_words) + (size_t)slots * SLOT_BYTES + 4095) & ~(size_t)4095;
}

_Static_assert(sizeof(struct ring_slot) == SLOT_BYTES, "a slot is 256 bytes");

#endif
