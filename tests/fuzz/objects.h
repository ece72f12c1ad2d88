/*
 * objects.h - descriptors and System V segments for random calls to map, the same in every process that makes them.
 */
#ifndef TESTS_FUZZ_OBJECTS_H
#define TESTS_FUZZ_OBJECTS_H

#include <stdint.h>

#include "../../collector/vm/record.h"

/* The descriptor of an object is OBJECT_FD + its number; it survives exec. One this kernel cannot make is not open. */
enum { OBJECT_FD = 100 };

enum object_id {
	OBJECT_MEMFD,
	OBJECT_FILE,
	OBJECT_FILE_READ,  /* the same file, opened for reading only */
	OBJECT_FILE_WRITE, /* for writing only */
	OBJECT_ZERO,	   /* /dev/zero */
	OBJECT_SECRET,
	OBJECT_SEALED,	   /* a memfd with F_SEAL_WRITE */
	OBJECT_HUGE,	   /* a memfd of huge pages */
	OBJECT_PIPE,
	OBJECT_SOCKET,
	OBJECT_CLOSED,	   /* never open */
	OBJECTS
};

struct object {
	enum fd_kind kind;
	enum fd_access access;
	uint32_t seals;
	uint64_t dev, ino;
	const char *path;
};

enum { OBJECT_PAGES = 64, SEGMENTS = 3 };

/*
 * objects_open - make them; *out says what a record would of each
 *
 * Return: 0, or -1 with errno.
 */
int objects_open(struct object out[OBJECTS]);

/*
 * segments_make - new segments; bytes of each: segment_bytes()
 * segments_remove - as far as nobody has done so
 */
int segments_make(int segment[SEGMENTS]);
void segments_remove(const int segment[SEGMENTS]);
uint64_t segment_bytes(unsigned index);

#endif
