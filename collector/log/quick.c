/*
 * quick.c - calls as the shim spells them.  Nearly all lines of nearly all logs are such.
 *
 * Each step wants certain bytes at the cursor and moves it behind them, or gives up: the scanner may know better.  There
 * is no error and no message here. A step's name is the field's, so a field cannot occur twice.
 */
#include "quick.h"

#include <endian.h>
#include <string.h>

#include "../../preload/abi/map.h"
#include "scan.h"

struct quick {
	const char *p, *end;
	struct parser *parser;
};

static inline uint64_t load_8(const char *from)
{
	uint64_t bytes;

	memcpy(&bytes, from, sizeof(bytes));
	return bytes;
}

static inline uint32_t load_4(const char *from)
{
	uint32_t bytes;

	memcpy(&bytes, from, sizeof(bytes));
	return bytes;
}

/*
 * @length is a constant wherever this stands: two or three loads that overlap do, where GCC calls memcmp() for every length
 * above 4 that is no power of two.
 */
static inline __attribute__((always_inline)) bool is_same(const char *a, const char *b, size_t length)
{
	if (length > 24)
		return !memcmp(a, b, length);
	if (length > 16 && load_8(a + 8) != load_8(b + 8))
		return false;
	if (length >= 8)
		return load_8(a) == load_8(b) && load_8(a + length - 8) == load_8(b + length - 8);
	if (length >= 4)
		return load_4(a) == load_4(b) && load_4(a + length - 4) == load_4(b + length - 4);
	return !memcmp(a, b, length);
}

/* The literal is as long as its array, less the NUL: the comparison becomes a few instructions. */
#define TAKE(quick, literal) take(quick, literal, sizeof(literal) - 1)

static inline __attribute__((always_inline)) bool take(struct quick *quick, const char *literal, size_t length)
{
	if ((size_t)(quick->end - quick->p) < length || !is_same(quick->p, literal, length))
		return false;
	quick->p += length;
	return true;
}

/* ---- values ---- */

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* How many of eight characters, the first in the lowest byte, are digits before one that is none. */
static inline unsigned digits_in(uint64_t chunk)
{
	uint64_t other = (chunk | (chunk + EACH_BYTE(0x7f - '9')) | (chunk - EACH_BYTE('0'))) & EACH_BYTE(0x80);

	return other ? (unsigned)__builtin_ctzll(other) / 8 : 8;
}

/* Eight digits to their value: neighbours become pairs, pairs fours, fours the number. */
static inline uint64_t value_of(uint64_t digits)
{
	digits = (digits * 10 + (digits >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	digits = (digits * 100 + (digits >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return (digits * 10000 + (digits >> 32)) & UINT64_C(0xffffffff);
}

/* Up to eight digits at the cursor; the line goes on for eight characters. */
static inline unsigned take_digits(struct quick *quick, uint64_t *value)
{
	uint64_t chunk;
	unsigned count;

	memcpy(&chunk, quick->p, 8);
	chunk = le64toh(chunk);
	count = digits_in(chunk);
	*value = count ? value_of((chunk ^ EACH_BYTE('0')) << (64 - 8 * count)) : 0;
	quick->p += count;
	return count;
}

/* What follows the first eight digits; near its end the line is too short for a look at eight characters. */
static bool more_digits(struct quick *quick, const char *first, uint64_t *value)
{
	unsigned count = 8;

	while (count == 8 && quick->end - quick->p >= 8) {
		static const uint64_t power[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000 };
		uint64_t more;

		count = take_digits(quick, &more);
		*value = *value * power[count] + more;
	}
	for (; quick->p < quick->end && *quick->p >= '0' && *quick->p <= '9'; quick->p++)
		*value = *value * 10 + (uint64_t)(*quick->p - '0');
	count = (unsigned)(quick->p - first);
	return count && count < 20 && (*first != '0' || count == 1);
}

/* A number without a sign; nearly all are shorter than eight digits. */
static inline bool number(struct quick *quick, uint64_t *value)
{
	const char *first = quick->p;
	unsigned count;

	*value = 0;
	if (quick->end - first >= 8) {
		count = take_digits(quick, value);
		if (count < 8)
			return count && (*first != '0' || count == 1);
	}
	return more_digits(quick, first, value);
}

static inline bool signed_number(struct quick *quick, int64_t *value)
{
	bool minus = TAKE(quick, "-");
	uint64_t magnitude;

	if (!number(quick, &magnitude) || magnitude > INT64_MAX)
		return false;
	*value = minus ? -(int64_t)magnitude : (int64_t)magnitude;
	return true;
}

static inline bool number_32(struct quick *quick, int32_t *value)
{
	int64_t wide;

	if (!signed_number(quick, &wide) || wide < INT32_MIN || wide > INT32_MAX)
		return false;
	*value = (int32_t)wide;
	return true;
}

static bool unsigned_32(struct quick *quick, uint32_t *value)
{
	uint64_t wide;

	if (!number(quick, &wide) || wide > UINT32_MAX)
		return false;
	*value = (uint32_t)wide;
	return true;
}

/* Bytes, or -1: unlimited. */
static bool limit(struct quick *quick, uint64_t *value)
{
	*value = UINT64_MAX;
	return TAKE(quick, "-1") || number(quick, value);
}

static bool truth(struct quick *quick, bool *value)
{
	*value = TAKE(quick, "true");
	return *value || TAKE(quick, "false");
}

/* How many of eight characters are hexadecimal digits before one that is none: the seven low bits of a byte cannot carry. */
static inline unsigned hex_digits_in(uint64_t chunk)
{
	uint64_t low = chunk & EACH_BYTE(0x7f), lower = low | EACH_BYTE(0x20);
	uint64_t digit = (low + EACH_BYTE(0x80 - '0')) & ~(low + EACH_BYTE(0x7f - '9'));
	uint64_t letter = (lower + EACH_BYTE(0x80 - 'a')) & ~(lower + EACH_BYTE(0x7f - 'f'));
	uint64_t other = ~((digit | letter) & ~chunk) & EACH_BYTE(0x80);

	return other ? (unsigned)__builtin_ctzll(other) / 8 : 8;
}

/* Eight hexadecimal digits, the first in the lowest byte, to their value. */
static inline uint64_t hex_value_of(uint64_t digits)
{
	digits = __builtin_bswap64((digits & EACH_BYTE(0x0f)) + 9 * (digits >> 6 & EACH_BYTE(1)));
	digits = (digits | digits >> 4) & UINT64_C(0x00ff00ff00ff00ff);
	digits = (digits | digits >> 8) & UINT64_C(0x0000ffff0000ffff);
	return (digits | digits >> 16) & UINT64_C(0xffffffff);
}

/* The opening quote is taken.  Of a number that ends less than eight characters before its line does, byte by byte. */
static inline bool hex(struct quick *quick, uint64_t *value)
{
	const char *first;
	unsigned count = 8;

	if (!TAKE(quick, "0x"))
		return false;
	*value = 0;
	for (first = quick->p; count == 8 && quick->end - quick->p >= 8 && quick->p - first <= 16; quick->p += count) {
		uint64_t chunk = le64toh(load_8(quick->p));

		count = hex_digits_in(chunk);
		*value = count ? *value << (4 * count) | hex_value_of(chunk << (64 - 8 * count)) : *value;
	}
	for (; quick->p < quick->end && quick->p - first < 17 && hex_digit(*quick->p) >= 0; quick->p++)
		*value = *value << 4 | (uint64_t)hex_digit(*quick->p);
	return quick->p > first && quick->p - first < 17 && TAKE(quick, "\"");
}

static bool address(struct quick *quick, uint64_t *value)
{
	return TAKE(quick, "\"") && hex(quick, value);
}

/* A text without an escape or a byte that is not ASCII, where it lies. */
static bool word(struct quick *quick, const char **text, size_t *length)
{
	if (!TAKE(quick, "\""))
		return false;
	*text = quick->p;
	while (quick->p < quick->end && scan_plain[(unsigned char)*quick->p])
		quick->p++;
	*length = (size_t)(quick->p - *text);
	return TAKE(quick, "\"");
}

/* The only text of a call that is kept. */
static bool path(struct quick *quick, struct record_call *call)
{
	char *copy = quick->parser->fields.room;
	const char *text;
	size_t length;

	if (!word(quick, &text, &length))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	call->path = copy;
	return true;
}

/* ---- arguments ---- */

static bool arg_wide(struct quick *quick, uint64_t *arg)
{
	return number(quick, arg);
}

static bool arg_signed(struct quick *quick, uint64_t *arg)
{
	int64_t value;

	if (!signed_number(quick, &value))
		return false;
	*arg = (uint64_t)value;
	return true;
}

static bool arg_uint(struct quick *quick, uint64_t *arg)
{
	uint32_t value;

	if (!unsigned_32(quick, &value))
		return false;
	*arg = value;
	return true;
}

static bool arg_int(struct quick *quick, uint64_t *arg)
{
	int32_t value;

	if (!number_32(quick, &value))
		return false;
	*arg = (uint64_t)(int64_t)value;
	return true;
}

/* What parse_arg() of parse_call.c does for each format. */
#define READ_ADDR address
#define READ_SIZE arg_wide
#define READ_HEX arg_wide
#define READ_OFF arg_signed
#define READ_UINT arg_uint
#define READ_INT arg_int
#define READ_PROT arg_int
#define READ_MMAP arg_int
#define READ_MREMAP arg_int
#define READ_MLOCK arg_int
#define READ_MLOCKALL arg_int
#define READ_ADVICE arg_int
#define READ_PADVICE arg_int
#define READ_MSYNC arg_int
#define READ_SHMAT arg_int
#define READ_SHMCTL arg_int
#define READ_MEMFD arg_int
#define READ_RLIMIT arg_int
#define READ_PRCTL arg_int
#define READ_CLONE arg_int
#define TAKE_ARG(type, name, format) &&TAKE(quick, ",\"" #name "\":") && READ_##format(quick, arg++)

/* One case per row of calls.def. */
static bool arguments(struct quick *quick, enum call_id id, uint64_t *arg)
{
	switch (id) {
#define CALL(name, type, class, effect, wrapper, man, ...)                                                             \
	case CALL_##name:                                                                                              \
		return true MAP(TAKE_ARG, __VA_ARGS__);
#include "../../preload/abi/calls.def"
#undef CALL
	case CALL_COUNT:
		break;
	}
	return false;
}

/* ---- what stands around them ---- */

static bool name_and_arguments(struct quick *quick, struct record_call *call)
{
	const char *text;
	size_t length;
	int id;

	if (!TAKE(quick, ",\"call\":") || !word(quick, &text, &length))
		return false;
	id = names_find(&quick->parser->calls, text, length);
	if (id < 0)
		return false;
	call->call = (enum call_id)id;
	return arguments(quick, call->call, call->arg);
}

static bool via(struct quick *quick, struct record_call *call)
{
	const char *text;
	size_t length;

	call->via = VIA_PLT;
	if (!TAKE(quick, ",\"via\":"))
		return true;
	if (!word(quick, &text, &length))
		return false;
	call->via = via_of(text, length);
	return true;
}

static bool file(struct quick *quick, struct record_call *call)
{
	const char *text;
	size_t length;

	call->has |= HAS_FILE;
	if (!word(quick, &text, &length))
		return false;
	call->fd_kind = fd_kind_of(text, length);
	if (!TAKE(quick, ",\"access\":") || !word(quick, &text, &length))
		return false;
	call->access = access_of(text, length);
	return TAKE(quick, ",\"dev\":") && number(quick, &call->dev) && TAKE(quick, ",\"ino\":") &&
	       number(quick, &call->ino);
}

/* Of a file's mappings. */
static bool bounds(struct quick *quick, struct record_call *call)
{
	if (TAKE(quick, ",\"seals\":") && !unsigned_32(quick, &call->seals))
		return false;
	return !TAKE(quick, ",\"noexec\":") || truth(quick, &call->noexec);
}

static bool new_limit(struct quick *quick, struct record_call *call)
{
	call->has |= HAS_RLIMIT;
	return limit(quick, &call->soft) && TAKE(quick, ",\"hard\":") && limit(quick, &call->hard);
}

/* Known before the call. */
static bool extras(struct quick *quick, struct record_call *call)
{
	if (TAKE(quick, ",\"old\":")) {
		call->has |= HAS_OLD;
		if (!address(quick, &call->old))
			return false;
	}
	if (TAKE(quick, ",\"fdkind\":") && !file(quick, call))
		return false;
	if (TAKE(quick, ",\"soft\":") && !new_limit(quick, call))
		return false;
	if (TAKE(quick, ",\"path\":") && !path(quick, call))
		return false;
	return !(call->has & HAS_FILE) || bounds(quick, call);
}

static bool lock_limit(struct quick *quick, struct record_call *call)
{
	call->has |= HAS_LIMIT;
	return limit(quick, &call->limit_bytes) && TAKE(quick, ",\"cap\":") && truth(quick, &call->cap_ipc_lock) &&
	       TAKE(quick, ",\"vmlck\":") && number(quick, &call->vmlck_bytes);
}

static bool failure(struct quick *quick, struct record_call *call)
{
	const char *text;
	size_t length;
	int err;

	if (!TAKE(quick, ",\"errno\":") || !word(quick, &text, &length))
		return false;
	err = names_find(&quick->parser->errors, text, length);
	call->err = err;
	return err > 0;
}

static bool result(struct quick *quick, struct record_call *call)
{
	uint64_t bits;

	call->has |= HAS_RET;
	if (!TAKE(quick, ",\"dur\":") || !number(quick, &call->dur_ns) || !TAKE(quick, ",\"ret\":"))
		return false;
	if (!TAKE(quick, "\""))
		return signed_number(quick, &call->ret);
	if (!hex(quick, &bits))
		return false;
	call->ret = (int64_t)bits;
	return true;
}

/* Known after the call. */
static bool answers(struct quick *quick, struct record_call *call)
{
	const enum call_class class = call_table[call->call].result;

	if (!result(quick, call))
		return false;
	if (class == CLASS_ERRNO ? call->ret != 0 : call->ret == -1) {
		if (!failure(quick, call))
			return false;
	}
	if (TAKE(quick, ",\"limit\":") && !lock_limit(quick, call))
		return false;
	if (TAKE(quick, ",\"looked\":true"))
		call->has |= HAS_LOOKED;
	return TAKE(quick, "}");
}

static bool thread(struct quick *quick, struct record *record)
{
	record->tid = record->pid;
	return !TAKE(quick, ",\"tid\":") || number_32(quick, &record->tid);
}

bool quick_call(struct parser *parser, const char *line, size_t length, struct record *record)
{
	struct quick q = { line, line + length, parser }, *quick = &q;

	record->type = RECORD_CALL;
	return TAKE(quick, "{\"type\":\"call\",\"seq\":") && number(quick, &record->seq) && TAKE(quick, ",\"pid\":") &&
	       number_32(quick, &record->pid) && thread(quick, record) && name_and_arguments(quick, &record->call) &&
	       (!TAKE(quick, ",\"stack\":") || unsigned_32(quick, &record->call.stack)) && via(quick, &record->call) &&
	       extras(quick, &record->call) && TAKE(quick, ",\"t\":") && number(quick, &record->t_ns) &&
	       answers(quick, &record->call) && quick->p == quick->end;
}
