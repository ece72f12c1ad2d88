/*
 * object.h - a loaded ELF object, read from its own header in memory.
 *
 * Context: async-signal-safe; the object must stay loaded.
 */
#ifndef PAGETRAIL_OBJECT_H
#define PAGETRAIL_OBJECT_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

struct object {
	uintptr_t start;	/* where its ELF header lies */
	uintptr_t base;		/* added to the file's addresses: 0 for a program linked to a fixed place */
	const Elf64_Phdr *phdr;	/* NULL: the header makes no sense */
	int phnum;
};

/*
 * object_at - read the header at @start; the first segment of an object maps its file from offset 0
 * @base: as the loader has it (link_map.l_addr)
 */
struct object object_at(uintptr_t start, uintptr_t base);

/*
 * object_build_id - elf(5) note NT_GNU_BUILD_ID
 *
 * Return: the bytes, *length of them (at most 32); NULL: none.
 */
const uint8_t *object_build_id(const struct object *object, uint32_t *length);

/*
 * object_end - one past the last byte of its segments in memory, 0 if the header makes no sense
 */
uintptr_t object_end(const struct object *object);

/*
 * object_text - the executable segment
 *
 * Return: its first byte, *end one past its last; NULL: none.
 */
const uint8_t *object_text(const struct object *object, const uint8_t **end);

#endif
