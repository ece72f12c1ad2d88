#include "modules.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>

#include "clock.h"
#include "keys.h"
#include "line.h"
#include "object.h"
#include "send.h"
#include "shim.h"

extern int _dl_find_object(void *pc, struct dl_find_object *object) __attribute__((weak));

static void write_build_id(struct line *line, const struct object *object)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t bytes;
	const uint8_t *id = object_build_id(object, &bytes);
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

struct extent {
	uintptr_t header, end;
};

/*
 * Where the object begins, with its ELF header, and ends.  The loader answers with the segment around the address for an
 * object with holes between its segments; the first one, which maps the header, is then found by the load address, or,
 * of a program linked to a fixed place, by where the kernel put its program headers.
 */
static struct extent extent_of(const struct dl_find_object *found)
{
	uintptr_t start = (uintptr_t)found->dlfo_map_start, base = found->dlfo_link_map->l_addr;
	struct extent extent = { start, (uintptr_t)found->dlfo_map_end };
	uintptr_t candidate = base ? base : shim.program;
	struct dl_find_object first;
	struct object object;

	if (!object_at(start, base).phdr && _dl_find_object((void *)candidate, &first) == 0 &&
	    first.dlfo_link_map == found->dlfo_link_map)
		extent.header = candidate;
	object = object_at(extent.header, base);
	if (object_end(&object) > extent.end)
		extent.end = object_end(&object);
	return extent;
}

void modules_announce(uintptr_t pc, uint32_t key)
{
	struct dl_find_object found;
	struct extent extent;
	struct object object;
	struct ring_slot *slot;
	struct line line;
	const char *path;

	if (!_dl_find_object || _dl_find_object((void *)pc, &found) != 0)
		return;
	extent = extent_of(&found);
	object = object_at(extent.header, found.dlfo_link_map->l_addr);
	if (!keys_note(&object, extent.end, key))
		return;
	slot = send_reserve();
	if (!slot)
		return;
	path = found.dlfo_link_map->l_name;
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
	line_hex(&line, extent.end);
	write_build_id(&line, &object);
	line_key(&line, "path");
	/* the main program's link map has no name */
	line_quoted(&line, path && path[0] ? path : shim.exe, sizeof(shim.exe));
	line_ready(&line, clock_session_ns());
}
