/*
 * cfi_table.c - from an address to the CIE and FDE that describe its function.
 *
 * .eh_frame_hdr holds a sorted table of (first address, FDE) pairs, both as 32-bit distances from its own
 * start: the one form every linker writes. Anything else, and any pointer that leaves the object, is CFI_BAD.
 */
#include "cfi.h"

enum {
	PE_ABSOLUTE = 0x00, PE_ULEB = 0x01, PE_U16 = 0x02, PE_U32 = 0x03, PE_U64 = 0x04,
	PE_SLEB = 0x09, PE_S16 = 0x0a, PE_S32 = 0x0b, PE_S64 = 0x0c, PE_FORM = 0x0f,
	PE_FROM_HERE = 0x10, PE_FROM_HEADER = 0x30, PE_FROM = 0x70,
	PE_INDIRECT = 0x80, PE_NONE = 0xff,
	PE_SORTED = PE_FROM_HEADER | PE_S32,
};

static uint64_t pointer_form(struct bytes *bytes, uint8_t form)
{
	switch (form) {
	case PE_ABSOLUTE:
	case PE_U64:
	case PE_S64:
		return bytes_u64(bytes);
	case PE_ULEB:
		return bytes_uleb(bytes);
	case PE_SLEB:
		return (uint64_t)bytes_sleb(bytes);
	case PE_U16:
		return bytes_u16(bytes);
	case PE_S16:
		return (uint64_t)bytes_s16(bytes);
	case PE_U32:
		return bytes_u32(bytes);
	case PE_S32:
		return (uint64_t)bytes_s32(bytes);
	}
	bytes->bad = true;
	return 0;
}

uintptr_t cfi_pointer(struct bytes *bytes, uint8_t encoding, const uint8_t *header)
{
	const uintptr_t here = (uintptr_t)bytes->at;
	const uint64_t value = pointer_form(bytes, encoding & PE_FORM);

	switch (encoding & (PE_FROM | PE_INDIRECT)) {
	case 0:
		return value;
	case PE_FROM_HERE:
		return value + here;
	case PE_FROM_HEADER:
		return value + (uintptr_t)header;
	}
	bytes->bad = true;
	return 0;
}

struct entry {
	int32_t start, fde;	/* distances from the header */
};

/* The last entry that starts at or before @key. */
static const struct entry *last_before(const struct entry *entries, uint64_t count, int64_t key)
{
	uint64_t low = 0, high = count;

	while (low < high) {
		const uint64_t middle = low + (high - low) / 2;
		if (entries[middle].start <= key)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &entries[low - 1] : NULL;
}

/* Where the FDE stands that may cover @pc. */
static enum cfi_found search(const struct cfi_table *table, uintptr_t pc, const uint8_t **fde)
{
	struct bytes bytes = { table->header, table->high, table->header < table->low };

	if (bytes.bad || bytes.at > bytes.end || ((uintptr_t)table->header & 3))
		return CFI_BAD;
	const uint8_t version = bytes_u8(&bytes);
	const uint8_t frame_encoding = bytes_u8(&bytes);
	const uint8_t count_encoding = bytes_u8(&bytes);
	const uint8_t entry_encoding = bytes_u8(&bytes);
	if (version != 1 || entry_encoding != PE_SORTED)
		return CFI_BAD;
	if (frame_encoding != PE_NONE)
		pointer_form(&bytes, frame_encoding & PE_FORM);
	const uint64_t count = cfi_pointer(&bytes, count_encoding, table->header);
	if (bytes.bad || ((uintptr_t)bytes.at & 3) || count > (uint64_t)(bytes.end - bytes.at) / sizeof(struct entry))
		return CFI_BAD;

	const struct entry *const entry = last_before((const struct entry *)(const void *)bytes.at, count,
						      (int64_t)(pc - (uintptr_t)table->header));
	if (!entry)
		return CFI_NONE;
	*fde = table->header + entry->fde;
	return CFI_FOUND;
}

/* The contents of a CIE or FDE, without its length field. */
static bool contents(const struct cfi_table *table, const uint8_t *at, struct bytes *bytes)
{
	*bytes = (struct bytes){ at, table->high, false };
	if (at < table->low || at >= table->high)
		return false;
	const uint32_t length = bytes_u32(bytes);
	if (length == 0 || length == UINT32_MAX) /* the end mark; a 64-bit length, which no linker writes here */
		return false;
	*bytes = bytes_part(bytes, length);
	return !bytes->bad;
}

/* Decode the augmentation "z" + letters; its data has its own length, so that instructions are found in any case. */
static bool augmentation(struct bytes *cie, const uint8_t *letter, struct cfi_function *function)
{
	if (!*letter)
		return true;
	if (*letter != 'z')
		return false;
	function->augmented = true;
	struct bytes data = bytes_part(cie, bytes_uleb(cie));

	for (letter++; *letter; letter++) {
		switch (*letter) {
		case 'R':
			function->encoding = bytes_u8(&data);
			break;
		case 'P': { /* the personality routine */
			const uint8_t encoding = bytes_u8(&data);
			pointer_form(&data, encoding & PE_FORM);
			break;
		}
		case 'L':
			bytes_u8(&data);
			break;
		case 'S':
			function->signal = true;
			break;
		default:
			return false;
		}
	}
	return !data.bad;
}

static bool parse_cie(struct bytes cie, struct cfi_function *function)
{
	if (bytes_u32(&cie) != 0)
		return false;
	const uint8_t version = bytes_u8(&cie);
	const uint8_t *const letters = cie.at;
	while (bytes_u8(&cie))
		;
	if (cie.bad || (version != 1 && version != 3))
		return false;

	function->code_align = bytes_uleb(&cie);
	function->data_align = bytes_sleb(&cie);
	const uint64_t address = version == 1 ? bytes_u8(&cie) : bytes_uleb(&cie);
	if (address != CFI_RIP || !augmentation(&cie, letters, function))
		return false;
	function->common = cie;
	return !cie.bad;
}

static bool parse_fde(const struct cfi_table *table, const uint8_t *at, struct cfi_function *function)
{
	struct bytes fde, cie;

	if (!contents(table, at, &fde))
		return false;
	const uint8_t *const here = fde.at;
	const uint32_t distance = bytes_u32(&fde);
	if (distance == 0 || distance > (uintptr_t)(here - table->low) || !contents(table, here - distance, &cie))
		return false;
	if (!parse_cie(cie, function))
		return false;

	function->start = cfi_pointer(&fde, function->encoding, table->header);
	function->end = function->start + pointer_form(&fde, function->encoding & PE_FORM);
	if (function->augmented)
		bytes_part(&fde, bytes_uleb(&fde));
	function->own = fde;
	return !fde.bad;
}

enum cfi_found cfi_find(const struct cfi_table *table, uintptr_t pc, struct cfi_function *function)
{
	const uint8_t *fde;
	const enum cfi_found found = search(table, pc, &fde);

	if (found != CFI_FOUND)
		return found;
	function->encoding = PE_ABSOLUTE;
	function->signal = false;
	function->augmented = false;
	function->header = table->header;
	if (!parse_fde(table, fde, function))
		return CFI_BAD;
	return pc >= function->start && pc < function->end ? CFI_FOUND : CFI_NONE;
}
