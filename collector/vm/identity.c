/*
 * identity.c - objects: their numbers, what listings call them, and which pages are certainly theirs.
 */
#include "identity.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "state.h"

void identities_free(struct identities *identities)
{
	table_clear(&identities->listed, free);
	free(identities->listing);
	*identities = (struct identities){ 0 };
}

uint64_t identities_number(struct identities *identities)
{
	return ++identities->numbered;
}

/* ---- numbers and listings ---- */

bool identities_numbered(const struct vma *vma)
{
	return vma->ino && !vma->dev && vma->kind != KIND_SHM;
}

static void list(struct identities *identities, uint64_t number, const struct identity *seen)
{
	struct identity *listed;

	if (!seen->dev || !seen->ino || table_find(&identities->listed, number))
		return;
	listed = alloc_zero(1, sizeof *listed);
	*listed = *seen;
	table_add(&identities->listed, number, listed);
}

void identities_link(struct identities *identities, const struct vma *have, const struct vma *seen)
{
	list(identities, have->ino, &(struct identity){ seen->dev, seen->ino, false });
}

void identities_carry(struct identities *identities, uint64_t number, const struct identity *listed)
{
	identities->numbered = max_u64(identities->numbered, number);
	list(identities, number, listed);
}

bool identities_agree(const struct identities *identities, const struct vma *have, const struct vma *seen)
{
	const struct identity *listed = table_find(&identities->listed, have->ino);

	return !listed || (listed->dev == seen->dev && listed->ino == seen->ino);
}

void identities_reveal(struct identities *identities, uint64_t seq)
{
	size_t count = identities->listings;

	if (count && identities->listing[count - 1] >= seq)
		return;
	identities->listing = alloc_room(identities->listing, count, &identities->room, sizeof *identities->listing);
	identities->listing[identities->listings++] = seq;
}

static int compare_seq(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool is_revealed(const struct identities *identities, uint64_t seq)
{
	return identities->listings &&
	       bsearch(&seq, identities->listing, identities->listings, sizeof seq, compare_seq);
}

/* ---- certain ones ---- */

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* Files of the two file systems that are mounted there are no devices. */
static bool is_device(const struct space *space, const struct vma *vma)
{
	const char *path = vma->kind == KIND_FILE ? space_path(space, vma->path) : NULL;

	return path && begins(path, "/dev/") && !begins(path, "/dev/shm/") && !begins(path, "/dev/hugepages/");
}

static bool never_written(const struct space *space, const struct vma *vma)
{
	return vma->prot == PROT_BIT_READ && vma->by.prot == vma->by.map && vma->by.map &&
	       !is_revealed(&space->commons->identities, vma->by.map);
}

bool identity_of(const struct space *space, const struct vma *vma, struct identity *identity)
{
	bool file = vma->kind == KIND_FILE || vma->kind == KIND_MEMFD;
	const struct identity *listed;

	*identity = (struct identity){ vma->dev, vma->ino, vma->kind == KIND_SHM };
	if (identity->segment)
		return true;
	if (!vma->ino || vma->kind == KIND_TRACER || is_device(space, vma))
		return false;
	if (!vma->shared && !(file && never_written(space, vma)))
		return false;
	listed = identities_numbered(vma) ? table_find(&space->commons->identities.listed, vma->ino) : NULL;
	if (listed)
		*identity = *listed;
	return true;
}

int identity_compare(const struct identity *a, const struct identity *b)
{
	if (a->segment != b->segment)
		return a->segment ? 1 : -1;
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}
