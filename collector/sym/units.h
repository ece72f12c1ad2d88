/*
 * units.h - which compilation unit of a file covers an address.
 */
#ifndef PAGETRAIL_UNITS_H
#define PAGETRAIL_UNITS_H

#include <stdbool.h>
#include <stddef.h>

#include "elf.h"

struct units {
	bool read;
	size_t count, room;
	struct unit_range {
		Dwarf_Addr low, high;	/* as in the DWARF of the file */
		Dwarf_Die unit;
	} *range;
};

/*
 * units_find - the unit that covers @address
 * @address: as libdwfl counts, that is plus elf->bias
 * @unit: receives its DIE
 * @bias: receives what to subtract from @address for the DWARF of the file
 *
 * .debug_aranges says it at once where it exists; clang and rustc leave it out, then the units' own ranges are
 * collected.
 */
bool units_find(struct units *units, const struct elf *elf, Dwarf_Addr address, Dwarf_Die *unit, Dwarf_Addr *bias);
void units_clear(struct units *units);

#endif
