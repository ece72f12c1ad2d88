#include "units.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"

static void add(struct units *units, Dwarf_Addr low, Dwarf_Addr high, const Dwarf_Die *unit)
{
	if (low >= high)
		return;
	units->range = alloc_room(units->range, units->count, &units->room, sizeof(*units->range));
	units->range[units->count++] = (struct unit_range){ low, high, *unit };
}

static int by_low(const void *a, const void *b)
{
	const struct unit_range *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

static void collect(struct units *units, Dwfl_Module *module)
{
	Dwarf_Die *unit = NULL;
	Dwarf_Addr bias, base, low, high;

	units->read = true;
	while ((unit = dwfl_module_nextcu(module, unit, &bias))) {
		ptrdiff_t at = 0;

		while ((at = dwarf_ranges(unit, at, &base, &low, &high)) > 0)
			add(units, low, high, unit);
	}
	if (units->count)
		qsort(units->range, units->count, sizeof(*units->range), by_low);
}

/* The last range that begins at or below @address, or NULL. */
static const struct unit_range *below(const struct units *units, Dwarf_Addr address)
{
	size_t low = 0, high = units->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (units->range[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &units->range[low - 1] : NULL;
}

bool units_find(struct units *units, const struct elf *elf, Dwarf_Addr address, Dwarf_Die *unit, Dwarf_Addr *bias)
{
	const struct unit_range *range;
	Dwarf_Die *found = dwfl_module_addrdie(elf->module, address, bias);

	if (found) {
		*unit = *found;
		return true;
	}
	if (!dwfl_module_getdwarf(elf->module, bias))
		return false;
	if (!units->read)
		collect(units, elf->module);
	range = below(units, address - *bias);
	if (!range || address - *bias >= range->high)
		return false;
	*unit = range->unit;
	return true;
}

void units_clear(struct units *units)
{
	free(units->range);
	memset(units, 0, sizeof(*units));
}
