#include "object.h"

#include <stddef.h>

#define HEADERS_MAX 64

struct object object_at(uintptr_t start, uintptr_t base)
{
	const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)start;
	struct object object = { .start = start, .base = base };

	/* the headers lie in the first page with the ELF header, or not where we look */
	if (*(const uint32_t *)start != 0x464c457f || ehdr->e_phoff > 4096 - HEADERS_MAX * sizeof(Elf64_Phdr))
		return object;
	object.phdr = (const Elf64_Phdr *)(start + ehdr->e_phoff);
	object.phnum = ehdr->e_phnum < HEADERS_MAX ? ehdr->e_phnum : HEADERS_MAX;
	return object;
}

/* A note is namesz, descsz, type, then name and descriptor, each padded to four bytes. */
static const uint8_t *find_in_notes(const char *at, const char *end, uint32_t *length)
{
	while (end - at >= 12) {
		const uint32_t *note = (const uint32_t *)(const void *)at;
		uint64_t name = ((uint64_t)note[0] + 3) & ~3ull, desc = ((uint64_t)note[1] + 3) & ~3ull;

		if (name + desc + 12 > (uint64_t)(end - at))
			return NULL;
		if (note[2] == NT_GNU_BUILD_ID && note[0] == 4 && note[1] <= 32) {
			*length = note[1];
			return (const uint8_t *)at + 12 + name;
		}
		at += 12 + name + desc;
	}
	return NULL;
}

const uint8_t *object_build_id(const struct object *object, uint32_t *length)
{
	for (int i = 0; i < object->phnum; i++) {
		const char *at = (const char *)object->base + object->phdr[i].p_vaddr;
		const uint8_t *found;

		if (object->phdr[i].p_type != PT_NOTE)
			continue;
		found = find_in_notes(at, at + object->phdr[i].p_memsz, length);
		if (found)
			return found;
	}
	return NULL;
}

uintptr_t object_end(const struct object *object)
{
	uintptr_t end = 0;

	for (int i = 0; i < object->phnum; i++) {
		uintptr_t segment = object->base + object->phdr[i].p_vaddr + object->phdr[i].p_memsz;

		if (object->phdr[i].p_type == PT_LOAD && segment > end)
			end = segment;
	}
	return end;
}

const uint8_t *object_text(const struct object *object, const uint8_t **end)
{
	for (int i = 0; i < object->phnum; i++) {
		const uint8_t *at = (const uint8_t *)object->base + object->phdr[i].p_vaddr;

		if (object->phdr[i].p_type != PT_LOAD || !(object->phdr[i].p_flags & PF_X))
			continue;
		*end = at + object->phdr[i].p_memsz;
		return at;
	}
	return NULL;
}
