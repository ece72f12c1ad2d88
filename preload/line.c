#include "line.h"

#include "send.h"

static const char hex_digits[] = "0123456789abcdef";

static void use_slot(struct line *line, struct ring_slot *slot, int kind, int32_t pid)
{
	slot->begin_ns = 0;
	slot->end_ns = 0;
	slot->pid = pid;
	slot->stack = 0;
	slot->next = 0;
	slot->length = 0;
	slot->kind = (uint8_t)kind;
	line->slot = slot;
	line->position = send_position(slot);
	line->at = slot->text;
	line->end = slot->text + SLOT_TEXT - 1; /* one byte kept for the quote of a string that must end here */
}

void line_open(struct line *line, struct ring_slot *slot, int kind, int32_t pid)
{
	line->head = slot;
	line->chained = 0;
	line->cut = line->in_string = false;
	use_slot(line, slot, kind, pid);
	line->head_position = line->position;
}

/* What cannot be written any more, because there is no ring, is written here. Nobody reads it. */
static struct ring_slot nowhere;

void line_home(struct line *line)
{
	long used = line->at - line->slot->text, room = line->end - line->slot->text;

	line->head = send_slot(line->head_position);
	line->slot = send_slot(line->position);
	if (!line->head) {
		line->head = line->slot = &nowhere;
		line->cut = true;
		room = used;
	}
	line->at = line->slot->text + used;
	line->end = line->slot->text + room;
}

bool line_alone(const struct line *line)
{
	return send_tail() == line->head_position + 1 + (uint64_t)line->chained;
}

static void close_slot(struct line *line)
{
	line->slot->length = (uint16_t)(line->at - line->slot->text);
}

/* A cut line swallows what follows: there is no room any more. */
static void cut_line(struct line *line)
{
	line->cut = true;
	if (line->in_string)
		*line->at++ = '"';
	line->end = line->at;
}

void line_more(struct line *line)
{
	struct ring_slot *slot, *before = line->slot;

	if (line->cut)
		return;
	slot = line->chained + 2 < SLOT_CHAIN_MAX ? send_reserve() : 0;
	if (!slot) {
		cut_line(line);
		return;
	}
	close_slot(line);
	line->chained++;
	use_slot(line, slot, SLOT_PART, before->pid);
	before->next = 1 + send_index(slot);
	if (before != line->head)
		send_publish(before, SLOT_CHAINED);
}

/* The head is published last: a complete head promises a complete chain. */
static void publish(struct line *line, enum slot_state state)
{
	close_slot(line);
	if (line->slot != line->head)
		send_publish(line->slot, SLOT_CHAINED);
	send_publish(line->head, state);
}

void line_begun(struct line *line)
{
	publish(line, SLOT_BEGUN);
}

void line_ready(struct line *line, uint64_t end_ns)
{
	line->head->end_ns = end_ns;
	publish(line, SLOT_READY);
}

void line_raw(struct line *line, const char *text)
{
	while (*text) {
		if (!line_room(line, 1))
			return;
		*line->at++ = *text++;
	}
}

#define E8 100000000ull
#define E16 (E8 * E8)
#define EACH_BYTE(n) ((n) * 0x0101010101010101ull)

static inline char *put_eight(char *at, uint64_t text)
{
	__builtin_memcpy(at, &text, sizeof(text));
	return at + sizeof(text);
}

/*
 * The digits of @value, below 10^8, as eight bytes, the first digit in the lowest: halves, quarters and eighths, all of a
 * size by one multiplication. n * 5243 >> 19 is n / 100 up to 9999, n * 103 >> 10 is n / 10 up to 99.
 */
static inline uint64_t eight_digits(uint64_t value)
{
	uint64_t halves = value / 10000 | value % 10000 << 32;
	uint64_t hundreds = halves * 5243 >> 19 & 0x7f0000007full;
	uint64_t quarters = hundreds | (halves - 100 * hundreds) << 16;
	uint64_t tens = quarters * 103 >> 10 & 0x000f000f000f000full;

	return tens | (quarters - 10 * tens) << 8;
}

/* Without the zeros in front; touches eight bytes. @value: not 0, below 10^8. */
static inline char *write_leading(char *at, uint64_t value)
{
	uint64_t digits = eight_digits(value);
	int zeros = __builtin_ctzll(digits) / 8;

	put_eight(at, (digits | EACH_BYTE('0')) >> zeros * 8);
	return at + 8 - zeros;
}

static inline char *write_eight(char *at, uint64_t value)
{
	return put_eight(at, eight_digits(value % E8) | EACH_BYTE('0'));
}

/* Touches no more than LINE_VALUE bytes. */
static inline char *write_decimal(char *at, uint64_t value)
{
	if (value < 10) {
		*at = (char)('0' + value);
		return at + 1;
	}
	if (value < E8)
		return write_leading(at, value);
	if (value < E16)
		return write_eight(write_leading(at, value / E8), value);
	return write_eight(write_eight(write_leading(at, value / E16), value / E8), value);
}

void line_unsigned(struct line *line, uint64_t value)
{
	if (line_room(line, LINE_VALUE))
		line->at = write_decimal(line->at, value);
}

void line_signed(struct line *line, int64_t value)
{
	if (!line_room(line, LINE_VALUE))
		return;
	if (value < 0)
		*line->at++ = '-';
	line->at = write_decimal(line->at, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

/* The digits of @value, the first in the lowest byte. From 10 on, 6 more carries into the next nibble: a letter. */
static inline uint64_t eight_hex_digits(uint32_t value)
{
	uint64_t bytes = __builtin_bswap32(value), nibbles;

	bytes = (bytes | bytes << 16) & 0x0000ffff0000ffffull;
	bytes = (bytes | bytes << 8) & 0x00ff00ff00ff00ffull;
	nibbles = (bytes >> 4 | bytes << 8) & EACH_BYTE(0x0full);
	return nibbles + EACH_BYTE('0') + ((nibbles + EACH_BYTE(6)) >> 4 & EACH_BYTE(1)) * ('a' - '0' - 10);
}

void line_hex(struct line *line, uint64_t value)
{
	int digits = value ? (67 - __builtin_clzll(value)) / 4 : 1;
	uint64_t shifted = value << (64 - 4 * digits);
	char *at;

	if (!line_room(line, LINE_VALUE))
		return;
	at = line->at;
	*at++ = '"';
	*at++ = '0';
	*at++ = 'x';
	put_eight(put_eight(at, eight_hex_digits((uint32_t)(shifted >> 32))), eight_hex_digits((uint32_t)shifted));
	at[digits] = '"';
	line->at = at + digits + 1;
}

void line_bool(struct line *line, bool value)
{
	line_raw(line, value ? "true" : "false");
}

/* Length of the well-formed UTF-8 sequence at @s, 0 if there is none (Unicode 15, table 3-7, simplified to its ranges). */
static int utf8_length(const unsigned char *s, size_t left)
{
	int want = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;

	if (!want || (size_t)want > left)
		return 0;
	for (int i = 1; i < want; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return want;
}

static size_t bounded_length(const char *text, size_t max)
{
	size_t n = 0;

	while (n < max && text[n])
		n++;
	return n;
}

/* Writes one character, escaped where JSON asks for it; returns how many bytes of @s it took. */
static int write_char(struct line *line, const unsigned char *s, size_t left)
{
	int sequence;

	if (s[0] == '"' || s[0] == '\\') {
		*line->at++ = '\\';
		*line->at++ = (char)s[0];
		return 1;
	}
	if (s[0] >= 0x20 && s[0] < 0x7f) {
		*line->at++ = (char)s[0];
		return 1;
	}
	sequence = utf8_length(s, left);
	if (!sequence) {
		for (const char *u = "\\u00"; *u; u++)
			*line->at++ = *u;
		*line->at++ = hex_digits[s[0] >> 4];
		*line->at++ = hex_digits[s[0] & 15];
		return 1;
	}
	for (int i = 0; i < sequence; i++)
		*line->at++ = (char)s[i];
	return sequence;
}

void line_text(struct line *line, const char *text, size_t max)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t left = bounded_length(text, max);

	while (left) {
		int took;

		if (!line_room(line, 8))
			return;
		took = write_char(line, s, left);
		s += took;
		left -= (size_t)took;
	}
}

void line_quoted(struct line *line, const char *text, size_t max)
{
	line_raw(line, "\"");
	line->in_string = true;
	line_text(line, text, max);
	line->in_string = false;
	line_raw(line, "\"");
}
