/*
 * identity.h - which memory a page is.  Pure.
 *
 * Pages of one object at one offset are one page of memory, wherever and in however many address spaces they are
 * mapped.  Objects are files (device and inode), shared anonymous memory (inherited over fork; a number of the world's
 * own, or the device and inode under which listings show it) and System V segments (shmid).
 */
#ifndef PAGETRAIL_IDENTITY_H
#define PAGETRAIL_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../util/table.h"
#include "vma.h"

struct space;

struct identity {
	uint64_t dev, ino;
	bool segment;	/* ino is a shmid */
};

/* What is known of the objects of a world; starts as { 0 }. */
struct identities {
	uint64_t numbered;	/* numbers given so far: vma->ino where vma->dev is 0 */
	struct table listed;	/* number -> struct identity, once a listing has shown it */
	uint64_t *listing;	/* seq of each listing that revealed mappings, ascending */
	size_t listings, room;
};

void identities_free(struct identities *identities);

/*
 * identities_number - a number for an object that is made now, 1 and up
 */
uint64_t identities_number(struct identities *identities);

/*
 * identities_numbered - is the object of @vma one of those that have a number
 */
bool identities_numbered(const struct vma *vma);

/*
 * identities_link - the numbered object of @have is what listings show as the object of @seen
 */
void identities_link(struct identities *identities, const struct vma *have, const struct vma *seen);

/*
 * identities_carry - @number was given in the log that this one continues; the object has since been listed as @listed
 * @listed: dev 0: not
 */
void identities_carry(struct identities *identities, uint64_t number, const struct identity *listed);

/*
 * identities_agree - can the numbered object of @have be the object of @seen; not if listings have shown it as another
 */
bool identities_agree(const struct identities *identities, const struct vma *have, const struct vma *seen);

/*
 * identities_reveal - record @seq, a listing, tells of mappings that no call explains: what they went through before
 * is not known
 */
void identities_reveal(struct identities *identities, uint64_t seq);

/*
 * identity_of - the object whose own pages those of @vma certainly are
 * @space: of the world of @vma
 *
 * Private mappings of a file have the file's pages until they write to them.  It is certain that they have not where a
 * call mapped them readable, nothing else, and their protection never changed; code is not counted, as debuggers and
 * the tracer itself write to that.  A device decides itself what its offsets mean.
 * Return: whether there is such an object. Context: pure.
 */
bool identity_of(const struct space *space, const struct vma *vma, struct identity *identity);

/*
 * identity_compare - an order of objects; 0: the same
 */
int identity_compare(const struct identity *a, const struct identity *b);

#endif
