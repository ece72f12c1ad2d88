#include "modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stddef.h>

#include "clock.h"
#include "line.h"
#include "raw.h"
#include "send.h"
#include "shim.h"

extern int _dl_find_object(void *pc, struct dl_find_object *object) __attribute__((weak));

/*
 * Which objects have been announced: start address and key, hashed.  Racing writers can only announce an object twice,
 * which the collector notices; a full table does the same.
 */
#define KNOWN_MAX 1024

static struct {
	_Atomic uintptr_t start;
	_Atomic uint32_t key;
} known[KNOWN_MAX];
static _Atomic uint32_t forgotten;	/* mixed into the key: raising it forgets everything */

struct object {
	uintptr_t base, start, end;
	const char *path;
	const Elf64_Phdr *phdr;
	int phnum;
};

static bool already_known(uintptr_t start, uint32_t key)
{
	uint32_t i = (uint32_t)(start >> 12) * 2654435761u % KNOWN_MAX;

	key += atomic_load_explicit(&forgotten, memory_order_relaxed) << 20;
	for (int probe = 0; probe < 16; probe++, i = (i + 1) % KNOWN_MAX) {
		uintptr_t held = atomic_load_explicit(&known[i].start, memory_order_relaxed);

		if (held == start && atomic_load_explicit(&known[i].key, memory_order_relaxed) == key)
			return true;
		if (held == 0 || held == start) {
			atomic_store_explicit(&known[i].key, key, memory_order_relaxed);
			atomic_store_explicit(&known[i].start, start, memory_order_relaxed);
			return false;
		}
	}
	return false;
}

/* The first bytes of a loaded object are its ELF header, because its first segment maps the file from offset 0. */
static bool read_object(uintptr_t pc, struct object *object)
{
	struct dl_find_object found;
	const Elf64_Ehdr *ehdr;

	if (!_dl_find_object || _dl_find_object((void *)pc, &found) != 0)
		return false;
	object->base = found.dlfo_link_map->l_addr;
	object->start = (uintptr_t)found.dlfo_map_start;
	object->end = (uintptr_t)found.dlfo_map_end;
	object->path = found.dlfo_link_map->l_name;
	ehdr = found.dlfo_map_start;
	object->phdr = NULL;
	object->phnum = 0;
	if (*(const uint32_t *)(const void *)ehdr != 0x464c457f || ehdr->e_phoff > 4096 - 64 * sizeof(Elf64_Phdr))
		return true;
	object->phdr = (const Elf64_Phdr *)(const void *)((const char *)ehdr + ehdr->e_phoff);
	object->phnum = ehdr->e_phnum < 64 ? ehdr->e_phnum : 64;
	return true;
}

/* elf(5) notes: namesz, descsz, type, then name and descriptor, each padded to four bytes. */
static const uint8_t *find_build_id(const struct object *object, uint32_t *bytes)
{
	for (int i = 0; i < object->phnum; i++) {
		const char *at, *end;

		if (object->phdr[i].p_type != PT_NOTE)
			continue;
		at = (const char *)object->base + object->phdr[i].p_vaddr;
		end = at + object->phdr[i].p_memsz;
		while (end - at >= 12) {
			const uint32_t *note = (const uint32_t *)(const void *)at;
			uint32_t name = (note[0] + 3) & ~3u, desc = (note[1] + 3) & ~3u;

			if ((uint64_t)name + desc + 12 > (uint64_t)(end - at))
				break;
			if (note[2] == NT_GNU_BUILD_ID && note[0] == 4 && note[1] <= 32) {
				*bytes = note[1];
				return (const uint8_t *)at + 12 + name;
			}
			at += 12 + name + desc;
		}
	}
	return NULL;
}

static void write_build_id(struct line *line, const struct object *object)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t bytes;
	const uint8_t *id = find_build_id(object, &bytes);
	char text[65];

	if (!id)
		return;
	for (uint32_t i = 0; i < bytes; i++) {
		text[2 * i] = digits[id[i] >> 4];
		text[2 * i + 1] = digits[id[i] & 15];
	}
	line_key(line, "build_id");
	line_quoted(line, text, 2 * bytes);
}

/* The main program's link map has no name. */
static void write_path(struct line *line, const struct object *object)
{
	line_key(line, "path");
	line_quoted(line, object->path && object->path[0] ? object->path : shim.exe, sizeof(shim.exe));
}

void modules_announce(uintptr_t pc, uint32_t key)
{
	struct object object;
	struct ring_slot *slot;
	struct line line;

	if (!read_object(pc, &object) || already_known(object.start, key))
		return;
	slot = send_reserve();
	if (!slot)
		return;
	line_open(&line, slot, SLOT_MODULE, shim.identity->pid);
	line_key(&line, "key");
	line_unsigned(&line, key);
	line_key(&line, "pid");
	line_signed(&line, shim.identity->pid);
	line_key(&line, "base");
	line_hex(&line, object.base);
	line_key(&line, "start");
	line_hex(&line, object.start);
	line_key(&line, "end");
	line_hex(&line, object.end);
	write_build_id(&line, &object);
	write_path(&line, &object);
	line_ready(&line, clock_session_ns());
}

void modules_forget(void)
{
	atomic_fetch_add_explicit(&forgotten, 1, memory_order_relaxed);
}
