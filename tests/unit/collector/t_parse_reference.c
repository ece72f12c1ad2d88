/*
 * The scanner and jansson say the same of every line: generated ones, and the same ones damaged at random.
 *
 * Deterministic: the seed is fixed. Under a sanitizer (make check-asan) this is also the fuzz test of all line types.
 */
#include "lines.h"
#include "records.h"

#include <inttypes.h>
#include <stdio.h>

#include "../../../collector/log/quick.h"
#include "../../../collector/log/scan.h"

static uint64_t seed = 0x70616765747261ull;

static uint64_t draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dull >> 8;
}

static uint64_t below(uint64_t n)
{
	return draw() % n;
}

/* ---- lines ---- */

struct text {
	size_t length;
	char bytes[16384];
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	text->length += (size_t)vsnprintf(text->bytes + text->length, sizeof(text->bytes) - text->length, format, ap);
	va_end(ap);
	assert_true(text->length < sizeof(text->bytes));
}

/* A number of any size class: edges are where parsers err. */
static uint64_t any_number(void)
{
	static const uint64_t edges[] = {
		0, 1, 9, 10, INT32_MAX, 1ull << 31, UINT32_MAX, INT64_MAX, 1ull << 63, UINT64_MAX,
	};

	return below(4) ? draw() >> below(57) : edges[below(sizeof(edges) / sizeof(edges[0]))];
}

static void add_value(struct text *text, enum call_format format)
{
	uint64_t number = any_number();

	switch (format) {
	case FORMAT_ADDR:
		add(text, "\"0x%" PRIx64 "\"", number);
		break;
	case FORMAT_SIZE:
	case FORMAT_HEX:
		add(text, "%" PRIu64, number);
		break;
	case FORMAT_OFF:
		add(text, "%" PRId64, (int64_t)number);
		break;
	case FORMAT_UINT:
		add(text, "%" PRIu32, (uint32_t)number);
		break;
	default:
		add(text, "%" PRId32, (int32_t)number);
	}
}

struct pieces {
	size_t count;
	char piece[32][512];
};

static void piece(struct pieces *pieces, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void piece(struct pieces *pieces, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(pieces->piece[pieces->count++], sizeof(pieces->piece[0]), format, ap);
	va_end(ap);
}

static void result_pieces(struct pieces *pieces, enum call_class result)
{
	static const char *const names[] = { "ENOMEM", "EPERM", "EINVAL", "EAGAIN" };
	uint64_t which = below(8);

	if (which == 0) {
		piece(pieces, "\"unfinished\":true");
		return;
	}
	piece(pieces, "\"dur\":%" PRIu64, any_number());
	if (which < 4) {
		piece(pieces, "\"ret\":%d", result == CLASS_ERRNO ? 22 : -1);
		piece(pieces, "\"errno\":\"%s\"", names[below(4)]);
	} else if (result == CLASS_ADDR) {
		piece(pieces, "\"ret\":\"0x%" PRIx64 "\"", any_number() >> 17);
	} else {
		piece(pieces, "\"ret\":0");
	}
	if (!below(4)) {
		piece(pieces, "\"limit\":%d", below(2) ? -1 : 65536);
		piece(pieces, "\"cap\":%s", below(2) ? "true" : "false");
		piece(pieces, "\"vmlck\":%" PRIu64, any_number());
	}
	if (!below(8))
		piece(pieces, "\"looked\":true");
	if (!below(16))
		piece(pieces, "\"mood\":null");
}

static void extra_pieces(struct pieces *pieces)
{
	if (!below(4))
		piece(pieces, "\"old\":\"0x%" PRIx64 "\"", any_number());
	if (!below(4)) {
		piece(pieces, "\"fdkind\":\"memfd\"");
		piece(pieces, "\"access\":\"rw\"");
		if (below(4))
			piece(pieces, "\"dev\":%" PRIu64, any_number());
		piece(pieces, "\"ino\":%" PRIu64, any_number());
	}
	if (!below(8)) {
		piece(pieces, "\"soft\":-1");
		piece(pieces, "\"hard\":%" PRIu64, any_number());
	}
	if (!below(3))
		piece(pieces, "\"path\":\"/usr/lib/%" PRIx64 "/x y~.so\"", any_number());
	if (!below(4))
		piece(pieces, "\"seals\":%" PRIu32, (uint32_t)any_number());
	if (!below(4))
		piece(pieces, "\"noexec\":%s", below(2) ? "true" : "false");
	if (!below(8))
		piece(pieces, "\"size\":%" PRIu64, any_number());
	if (!below(8))
		piece(pieces, "\"child\":%d", (int)below(70000));
}

static const char *space(bool spaced)
{
	static const char *const spaces[] = { " ", "\t", "  ", "\r" };

	return spaced && !below(3) ? spaces[below(4)] : "";
}

static void join(struct text *text, struct pieces *pieces, bool shuffled, bool spaced)
{
	char swap[sizeof(pieces->piece[0])];

	for (size_t i = pieces->count; shuffled && i > 1; i--) {
		size_t j = below(i);

		memcpy(swap, pieces->piece[i - 1], sizeof(swap));
		memcpy(pieces->piece[i - 1], pieces->piece[j], sizeof(swap));
		memcpy(pieces->piece[j], swap, sizeof(swap));
	}
	text->length = 0;
	add(text, "%s{", space(spaced));
	for (size_t i = 0; i < pieces->count; i++)
		add(text, "%s%s%s%s", i ? "," : "", space(spaced), pieces->piece[i], space(spaced));
	add(text, "}%s", space(spaced));
}

/* In the shim's order, or in any. */
static void make_call_line(struct text *line, bool ordered)
{
	int id = (int)below(CALL_COUNT);
	const struct call_desc *desc = &call_table[id];
	struct pieces pieces = { 0 };

	piece(&pieces, "\"type\":\"call\"");
	piece(&pieces, "\"seq\":%" PRIu64, any_number());
	piece(&pieces, "\"pid\":%d", (int)below(100000));
	piece(&pieces, "\"tid\":%d", (int)below(100000));
	piece(&pieces, "\"call\":\"%s\"", desc->name);
	for (int i = 0; i < desc->nargs; i++) {
		line->length = 0;
		add_value(line, desc->arg[i].format);
		piece(&pieces, "\"%s\":%s", desc->arg[i].name, line->bytes);
	}
	if (below(4))
		piece(&pieces, "\"stack\":%" PRIu32, (uint32_t)any_number());
	if (below(4))
		piece(&pieces, "\"via\":\"plt\"");
	extra_pieces(&pieces);
	piece(&pieces, "\"t\":%" PRIu64, any_number());
	result_pieces(&pieces, desc->result);
	join(line, &pieces, !ordered && below(4), !ordered && below(2));
}

static const char *const other_lines[] = {
	"{\"type\":\"header\",\"version\":1,\"tool\":\"p\",\"page_size\":4096,\"start_ns\":1,"
	"\"argv\":[\"a\",\"b\"],\"cwd\":\"/\"}",
	"{\"type\":\"process\",\"seq\":1,\"event\":\"start\",\"pid\":2,\"ppid\":1,\"t\":3,"
	"\"exe\":\"/x\",\"argv\":[\"x\"],"
	"\"limits\":{\"memlock\":[1,-1],\"as\":[-1,-1],\"data\":[-1,-1],\"stack\":[2,3]},\"cap_ipc_lock\":true}",
	"{\"type\":\"process\",\"seq\":1,\"event\":\"exit\",\"pid\":2,\"t\":3,\"status\":9}",
	"{\"type\":\"snapshot\",\"seq\":2,\"pid\":2,\"t\":3,\"why\":\"start\",\"part\":0,\"last\":true,"
	"\"from\":\"0x0\",\"to\":\"0x7000\",\"ranges\":[{\"start\":\"0x1000\",\"end\":\"0x2000\",\"perms\":\"rw-p\"},"
	"{\"start\":\"0x2000\",\"end\":\"0x3000\",\"perms\":\"r-xs\",\"ino\":18446744073709551615,"
	"\"path\":\"/\\u00e4\",\"vmflags\":\"rd lo\"}]}",
	"{\"type\":\"module\",\"id\":1,\"base\":\"0x1000\",\"start\":\"0x1000\",\"end\":\"0x9000\",\"path\":\"/x\","
	"\"build_id\":\"abcd\"}",
	"{\"type\":\"stack\",\"id\":17,\"frames\":[[1,\"0x1234\"],[0,\"0x7f\"]],\"truncated\":true}",
	"{\"type\":\"mark\",\"seq\":9,\"pid\":1,\"tid\":2,\"t\":3,\"label\":\"ready\",\"stack\":5}",
	"{\"type\":\"loss\",\"count\":3,\"why\":\"ring full\"}",
	"{\"type\":\"note\",\"what\":\"untraced\",\"text\":\"static\",\"pid\":7}",
	"{\"type\":\"trailer\",\"calls\":1,\"losses\":3,\"complete\":true}",
};

/* ---- damage ---- */

static void replace(struct text *line, size_t at, size_t drop, const char *with, size_t length)
{
	if (line->length - drop + length >= sizeof(line->bytes))
		return;
	memmove(line->bytes + at + length, line->bytes + at + drop, line->length - at - drop);
	memcpy(line->bytes + at, with, length);
	line->length = line->length - drop + length;
}

static void damage(struct text *line)
{
	static const char *const words[] = {
		"\"", "\\", "{", "}", "[", "]", ",", ":", "-", "0", "18446744073709551615", "9223372036854775808",
		"-9223372036854775808", "-9223372036854775809", "1e5", ".5",
		"null", "true", "\\u0000", "\\u00e9", "\\ud800", "\"len\":1,", "\"x\":[{}],", "0x", " ",
		"\n", "\xc3\xa4", "\xff",
	};
	size_t at = below(line->length + 1), rest = line->length - at;
	size_t take = rest ? below(rest < 12 ? rest : 12) : 0;
	const char *word = words[below(sizeof(words) / sizeof(words[0]))];
	char byte = (char)draw(), copied[16];

	switch (below(6)) {
	case 0:
		line->length = at;
		break;
	case 1:
		replace(line, at, take, "", 0);
		break;
	case 2:
		replace(line, at, 0, word, strlen(word));
		break;
	case 3:
		replace(line, at, take, word, strlen(word));
		break;
	case 4:
		replace(line, at, rest ? 1 : 0, &byte, 1);
		break;
	default:
		memcpy(copied, line->bytes + at, take);
		replace(line, below(line->length + 1), 0, copied, take);
	}
}

/* ---- comparison ---- */

/* Return: was the line good. */
static bool agree(const struct text *line)
{
	static struct parser *other;
	struct record reference;
	struct err why = { "" };
	char *exact = malloc(line->length ? line->length : 1);
	int fast, slow;

	if (!other)
		other = parser_new();
	memcpy(exact, line->bytes, line->length);
	err.text[0] = '\0';
	fast = parse_line(parser, exact, line->length, &rec, &err);
	slow = parse_line_reference(other, exact, line->length, &reference, &why);
	if (fast != slow || strcmp(err.text, why.text) || (!fast && !same_record(&rec, &reference)))
		fail_msg("%.*s\nscanner: %d %s\njansson: %d %s", (int)line->length, line->bytes, fast, err.text, slow,
			 why.text);
	free(exact);
	return fast == 0;
}

static void generated_calls_are_read_alike_and_by_the_scanner(void **state)
{
	struct fields *fields = malloc(sizeof(*fields));
	struct text line;

	(void)state;
	for (int i = 0; i < 30000; i++) {
		make_call_line(&line, i % 2);
		assert_true(scan_object(line.bytes, line.length, fields));
		if (!agree(&line))
			fail_msg("%s: %s", line.bytes, err.text);
	}
	free(fields);
}

/* Else the two tests about calls in the shim's order would compare the scanner with itself. */
static void calls_in_the_shims_order_go_the_quick_way(void **state)
{
	size_t quick = 0, rounds = 10000;
	struct record record;
	struct text line;

	(void)state;
	for (size_t i = 0; i < rounds; i++) {
		make_call_line(&line, true);
		agree(&line); /* makes room for the texts */
		memset(&record, 0, sizeof(record));
		quick += quick_call(parser, line.bytes, line.length, &record);
	}
	assert_in_range(quick, rounds / 3, rounds);
}

/* One value of a good line after the other becomes each of these. */
static void values_at_the_edges_are_judged_alike(void **state)
{
	static const char *const good = "{\"type\":\"call\",\"seq\":7,\"pid\":8,\"tid\":9,\"call\":\"mmap\",\"addr\":\"0x10\","
		"\"len\":11,\"prot\":3,\"flags\":34,\"fd\":-1,\"off\":12,\"stack\":13,\"via\":\"plt\",\"fdkind\":\"memfd\","
		"\"access\":\"rw\",\"dev\":14,\"ino\":15,\"soft\":16,\"hard\":-1,\"path\":\"/x\","
		"\"seals\":21,\"noexec\":true,\"t\":17,\"dur\":18,\"ret\":-1,"
		"\"errno\":\"ENOMEM\",\"limit\":19,\"cap\":true,\"vmlck\":20,\"looked\":true}";
	static const char *const values[] = {
		"0", "-0", "00", "01", "-", "+1", "1.0", "1e3", "-1", "-2", "2147483647", "2147483648", "-2147483648",
		"-2147483649", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
		"-9223372036854775807", "-9223372036854775808", "-9223372036854775809", "9999999999999999999",
		"10000000000000000000", "18446744073709551615", "18446744073709551616", "36893488147419103232",
		"\"0x0\"", "\"0x\"", "\"0X1\"", "\"0xffffffffffffffff\"", "\"0x10000000000000000\"", "\"0xAbC\"", "\"0xg\"",
		"\"\"", "\"EPERM\"", "\"EWOULDBLOCK\"", "\"plt\"", "\"site\"", "\"wrap\"", "\"r\\u0061\"", "\"\xc3\xa4\"",
		"\"\x7f\"", "\"\x1f\"", "true", "false", "null", "[]", "{}", "",
	};
	struct text line;

	(void)state;
	for (const char *at = strchr(good, ':'); at; at = strchr(at + 1, ':')) {
		size_t length = strcspn(at + 1, ",}");

		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			line.length = 0;
			add(&line, "%.*s%s%s", (int)(at + 1 - good), good, values[i], at + 1 + length);
			agree(&line);
		}
	}
}

/* Digits are read eight at a time: each byte there is, at each place of a number, of eight letters more or fewer. */
static void every_byte_in_a_number_is_judged_alike(void **state)
{
	static const char *const before[] = {
		"{\"type\":\"call\",\"seq\":7,\"pid\":8,\"tid\":9,\"call\":\"munlock\",\"addr\":\"0x",
		"{\"type\":\"call\",\"seq\":7,\"pid\":8,\"tid\":9,\"call\":\"munlock\",\"addr\":\"0x1\",\"len\":",
		"{\"type\":\"call\",\"seq\":7,\"pid\":8,\"tid\":9,\"call\":\"sbrk\",\"increment\":1,\"t\":1,\"dur\":1,\"ret\":\"0x",
	};
	static const char *const behind[] = {
		"\",\"len\":1,\"t\":1,\"dur\":1,\"ret\":0}", ",\"t\":1,\"dur\":1,\"ret\":0}", "\"}",
	};
	static const char *const digits[] = { "7", "1234567", "12345678", "123456789", "1234567812345678", "12345678123456781" };

	(void)state;
	for (size_t call = 0; call < 3; call++)
		for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++)
			for (size_t at = 0; digits[i][at]; at++)
				for (int byte = 1; byte < 256; byte++) {
					char number[32];
					struct text line = { .length = 0 };

					strcpy(number, digits[i]);
					number[at] = (char)byte;
					add(&line, "%s%s%s", before[call], number, behind[call]);
					agree(&line);
				}
}

static void damaged_calls_are_judged_alike(void **state)
{
	size_t accepted = 0, rounds = 60000;
	struct text line;

	(void)state;
	for (size_t i = 0; i < rounds; i++) {
		make_call_line(&line, i % 2);
		for (uint64_t n = 1 + below(3); n; n--)
			damage(&line);
		accepted += agree(&line);
	}
	/* Damage that is always fatal, or never, would test little. */
	assert_in_range(accepted, rounds / 50, rounds / 2);
}

static void damaged_lines_of_other_types_are_judged_alike(void **state)
{
	struct text line;

	(void)state;
	for (int i = 0; i < 30000; i++) {
		const char *sample = other_lines[below(sizeof(other_lines) / sizeof(other_lines[0]))];

		line.length = strlen(sample);
		memcpy(line.bytes, sample, line.length);
		agree(&line);
		for (uint64_t n = 1 + below(4); n; n--)
			damage(&line);
		agree(&line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_calls_are_read_alike_and_by_the_scanner),
		cmocka_unit_test(calls_in_the_shims_order_go_the_quick_way),
		cmocka_unit_test(values_at_the_edges_are_judged_alike),
		cmocka_unit_test(every_byte_in_a_number_is_judged_alike),
		cmocka_unit_test(damaged_calls_are_judged_alike),
		cmocka_unit_test(damaged_lines_of_other_types_are_judged_alike),
	};

	return lines_run(tests);
}
