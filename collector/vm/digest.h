/*
 * digest.h - the state of processes as text, the same wherever it is made, and its hash.  Pure.
 *
 * DIGEST_FORM 2.  A process is the lines below, numbers decimal, addresses hexadecimal with 0x, words as in vma.h, a name
 * as its length in bytes, a colon and its bytes ("-" where there is none):
 *
 *	process PID parent PPID from SEQ exited 0|1 borrows 0|1 revealed PAGES exe NAME
 *	limits memlock BYTES as BYTES data BYTES stack BYTES core BYTES cap 0|1 known 0|1 undumpable 0|1
 *	rules future LOCK mdwe BITS exec 0|1 merge 0|1 brk ADDR
 *	sums mapped BYTES locked BYTES peak BYTES vmlck BYTES wx BYTES
 *	vma START END PERMS ceiling BITS LOCK KIND advice BITS flags BITS object DEV INO OFFSET by MAP PROT LOCK ADVICE NAME
 *	end
 *
 * with one line "vma" for each VMA of the model, in address order; OFFSET is 0 where there is no object.  What processes
 * have in common is the line "pagetrail state 2" and for each locked System V segment, in order of shmid, "segment SHMID
 * pid PID by SEQ removed 0|1".
 *
 * A world is the sum, modulo 2^128, of what each of these texts contributes: the hash of the 32 digits of the text's
 * hash.  So no order matters, and a process that has ended is added when it leaves (world_let_leave()) and kept no longer.
 * Form 1, of older logs, was one hash over all texts in order of appearance; it cannot be compared.
 *
 * The hash is FNV-1a of 128 bits over these bytes: offset basis 0x6c62272e07bb014262b821756295c58d, prime
 * 0x0000000001000000000000000000013b (G. Fowler, L. C. Noll, K.-P. Vo; RFC 9923), printed as 32 hexadecimal digits, most
 * significant first.  It is no defence against somebody who wants two states to have one digest.
 */
#ifndef PAGETRAIL_DIGEST_H
#define PAGETRAIL_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "world.h"

#define DIGEST_FORM 2
#define DIGEST_HEX  33 /* 32 digits and a NUL */

/* A sum of contributions; starts as { 0 }. */
struct digest {
	uint64_t high, low;
};

/* Where the text goes, piece by piece. */
typedef void digest_fn(void *arg, const char *text, size_t length);

/*
 * digest_text_process, digest_text_common - the text
 */
void digest_text_process(const struct process *process, digest_fn *fn, void *arg);
void digest_text_common(const struct world *world, digest_fn *fn, void *arg);

/*
 * digest_process - its hash
 * @hex: receives 32 digits and a NUL
 *
 * Cost: one step for each byte of text, which is about 120 for each VMA.
 */
void digest_process(const struct process *process, char hex[DIGEST_HEX]);

/*
 * digest_add - add what the text with this hash contributes
 */
void digest_add(struct digest *sum, const char hex[DIGEST_HEX]);

/*
 * digest_world - of those in the world and those that have left
 * @left: the sum of these; NULL: none has
 * @hex: as above
 */
void digest_world(const struct world *world, const struct digest *left, char hex[DIGEST_HEX]);

/*
 * digest_whole - the same of processes that have all been added
 */
void digest_whole(const struct world *world, const struct digest *processes, char hex[DIGEST_HEX]);

/*
 * digest_bytes - the hash of any bytes
 */
void digest_bytes(const void *bytes, size_t length, char hex[DIGEST_HEX]);

#endif
