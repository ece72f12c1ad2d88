/*
 * bytes.h - read numbers from a run of bytes without leaving it.
 *
 * A read past the end gives 0, sets bad and leaves nothing to read, so that a decoder checks once, at the end.
 */
#ifndef PAGETRAIL_BYTES_H
#define PAGETRAIL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *at, *end;
	bool bad;
};

static inline bool bytes_have(struct bytes *bytes, uint64_t count)
{
	if ((uint64_t)(bytes->end - bytes->at) >= count)
		return true;
	bytes->at = bytes->end;
	bytes->bad = true;
	return false;
}

/* x86 loads unaligned words; the attributes keep the compiler from assuming otherwise. */
#define BYTES_FIXED(name, type)								\
	static inline type bytes_##name(struct bytes *bytes)				\
	{										\
		typedef type loose __attribute__((aligned(1), may_alias));		\
		if (!bytes_have(bytes, sizeof(type)))					\
			return 0;							\
		const type value = *(const loose *)bytes->at;				\
		bytes->at += sizeof(type);						\
		return value;								\
	}

BYTES_FIXED(u8, uint8_t)
BYTES_FIXED(u16, uint16_t)
BYTES_FIXED(u32, uint32_t)
BYTES_FIXED(u64, uint64_t)
BYTES_FIXED(s8, int8_t)
BYTES_FIXED(s16, int16_t)
BYTES_FIXED(s32, int32_t)

/* LEB128: 7 bits a byte, low ones first, the top bit says that more follow. DWARF 5 section 7.6. */
static inline uint64_t bytes_leb(struct bytes *bytes, bool is_signed)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = bytes_u8(bytes);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (is_signed && (byte & 0x40) && shift < 64)
		value |= ~0ull << shift;
	return value;
}

static inline uint64_t bytes_uleb(struct bytes *bytes)
{
	return bytes_leb(bytes, false);
}

static inline int64_t bytes_sleb(struct bytes *bytes)
{
	return (int64_t)bytes_leb(bytes, true);
}

/* A part of @count bytes, which are then passed over. */
static inline struct bytes bytes_part(struct bytes *bytes, uint64_t count)
{
	if (!bytes_have(bytes, count))
		return (struct bytes){ bytes->end, bytes->end, true };
	const struct bytes part = { bytes->at, bytes->at + count, false };
	bytes->at += count;
	return part;
}

#endif
