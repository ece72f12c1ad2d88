/*
 * read_ops.c - operations of JSON cases as steps.
 */
#include <stdlib.h>
#include <string.h>

#include "cases.h"

void reader_puzzled(struct reader *reader, const char *what)
{
	if (!reader->problem)
		reader->problem = what;
}

const char *json_text(json_t *op, const char *key)
{
	return json_string_value(json_object_get(op, key));
}

int64_t json_number(json_t *op, const char *key, int64_t otherwise)
{
	json_t *value = json_object_get(op, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

/* ---- words and expressions ---- */

/* What begins with a digit is a number, even "32BIT". */
uint64_t reader_word(struct reader *reader, const struct word *table, const char *text, size_t length)
{
	const struct word *word = word_find(table, text, length);

	if (*text >= '0' && *text <= '9')
		return strtoull(text, NULL, 0);
	if (!word)
		reader_puzzled(reader, text);
	return word ? word->value : 0;
}

/* "A|B|0x10", or a number */
static uint64_t words_value(struct reader *reader, json_t *op, const char *key, const struct word *table)
{
	const char *text = json_text(op, key);
	uint64_t value = 0;

	if (!text)
		return (uint64_t)json_number(op, key, 0);
	while (*text) {
		size_t length = strcspn(text, "|");

		value |= reader_word(reader, table, text, length);
		text += length + (text[length] == '|');
	}
	return value;
}

/* "rwx", "none", "r+SEM", "r+0x10", or a number */
static uint64_t prot_value(struct reader *reader, json_t *op)
{
	const char *text = json_text(op, "prot");
	uint64_t prot = 0;

	if (!text)
		return (uint64_t)json_number(op, "prot", 0);
	if (!strncmp(text, "none", 4))
		text += 4;
	for (; *text && *text != '+'; text++)
		prot |= *text == 'r' ? PROT_BIT_READ : *text == 'w' ? PROT_BIT_WRITE : *text == 'x' ? PROT_BIT_EXEC : 0;
	while (*text == '+') {
		size_t length = strcspn(++text, "+");

		prot |= reader_word(reader, words_prot, text, length);
		text += length;
	}
	return prot;
}

static void add_name(struct reader *reader, struct expr *expr, const char *text, size_t length, bool minus)
{
	/* the break is at a page, so that the two are the same */
	bool raw = length == 6 && !memcmp(text, "rawbrk", 6);
	uint8_t id = raw ? NAME_BRK : scene_name(reader->scene, text, length, false);
	uint8_t *place = minus ? expr->minus : expr->plus;

	if (!id || place[1])
		reader_puzzled(reader, text);
	else
		place[place[0] ? 1 : 0] = id;
}

/* One term: a number with unit p (pages), k or M, "max", or a name. */
static void add_term(struct reader *reader, struct expr *expr, const char *text, size_t length, bool minus)
{
	uint64_t value = UINT64_MAX;
	char *unit;

	if (*text >= '0' && *text <= '9') {
		value = strtoull(text, &unit, 0);
		value *= *unit == 'p' ? PAGE_BYTES : *unit == 'k' ? 1 << 10 : *unit == 'M' ? 1 << 20 : 1;
	} else if (length == 3 && !memcmp(text, "abs", 3)) {
		value = 0;
	} else if (length == 4 && !memcmp(text, "null", 4)) {
		value = 0;
	} else if (length != 3 || memcmp(text, "max", 3)) {
		add_name(reader, expr, text, length, minus);
		return;
	}
	expr->number += minus ? -value : value;
}

struct expr reader_expr(struct reader *reader, const char *text, uint64_t base)
{
	struct expr expr = {0};

	if (*text < 'A')
		expr.number = base;
	while (*text) {
		bool minus = *text == '-';
		size_t length;

		text += *text == '-' || *text == '+';
		length = strcspn(text, "+-");
		add_term(reader, &expr, text, length, minus);
		text += length;
	}
	return expr;
}

static struct expr expr_of(struct reader *reader, json_t *op, const char *key, uint64_t base)
{
	json_t *value = json_object_get(op, key);

	if (!value)
		return (struct expr){0};
	if (json_is_integer(value))
		return (struct expr){.number = base + (uint64_t)json_integer_value(value)};
	return reader_expr(reader, json_string_value(value), base);
}

struct expr reader_address(struct reader *reader, json_t *op, const char *key)
{
	return expr_of(reader, op, key, ARENA_START);
}

static struct expr length_of(struct reader *reader, json_t *op, const char *key)
{
	return expr_of(reader, op, key, 0);
}

/* A descriptor or segment, by name or by number. */
static struct expr object_of(struct reader *reader, json_t *op, const char *key, uint64_t otherwise)
{
	return json_object_get(op, key) ? expr_of(reader, op, key, 0) : expr_number(otherwise);
}

/* ---- operations ---- */

static void read_call(struct reader *reader, struct step *step, json_t *op)
{
	struct expr *arg = step->arg;

	arg[0] = reader_address(reader, op, "addr");
	arg[1] = length_of(reader, op, "len");
	switch (step->call) {
	case CALL_mmap:
		arg[2] = expr_number(prot_value(reader, op));
		arg[3] = expr_number(words_value(reader, op, "flags", words_mmap));
		arg[4] = object_of(reader, op, "fd", UINT64_MAX);
		arg[5] = length_of(reader, op, "off");
		break;
	case CALL_mremap:
		arg[2] = length_of(reader, op, "new_len");
		arg[3] = expr_number(words_value(reader, op, "flags", words_mremap));
		arg[4] = reader_address(reader, op, "new_addr");
		break;
	case CALL_remap_file_pages:
		arg[2] = expr_number(prot_value(reader, op));
		arg[3] = expr_number((uint64_t)json_number(op, "pgoff", 0));
		arg[4] = expr_number((uint64_t)json_number(op, "flags", 0));
		break;
	case CALL_mprotect:
	case CALL_pkey_mprotect:
		arg[2] = expr_number(prot_value(reader, op));
		arg[3] = expr_number((uint64_t)json_number(op, "pkey", -1));
		break;
	case CALL_mlock2:
		arg[2] = expr_number(words_value(reader, op, "flags", words_mlock));
		break;
	case CALL_mlockall:
		arg[0] = expr_number(words_value(reader, op, "flags", words_mlockall));
		break;
	case CALL_madvise:
	case CALL_posix_madvise:
		arg[2] = expr_number(words_value(reader, op, "advice", words_advice));
		break;
	case CALL_process_madvise:
		arg[3] = expr_number(words_value(reader, op, "advice", words_advice));
		arg[4] = reader_address(reader, op, "addr2");
		arg[5] = length_of(reader, op, "len2");
		break;
	case CALL_mseal:
	case CALL_msync:
		arg[2] = expr_number((uint64_t)json_number(op, "flags", 0));
		break;
	default:
		break;
	}
}

static struct expr number_or(json_t *op, const char *key, struct expr otherwise)
{
	return json_object_get(op, key) ? expr_number((uint64_t)json_number(op, key, 0)) : otherwise;
}

/* Calls whose first argument is no address. */
static void read_odd_call(struct reader *reader, struct step *step, json_t *op)
{
	struct expr *arg = step->arg;
	const char *of = json_text(op, "rel");

	switch (step->call) {
	case CALL_shmat:
		arg[0] = object_of(reader, op, "id", 0);
		arg[1] = reader_address(reader, op, "addr");
		arg[2] = expr_number(words_value(reader, op, "flags", words_shmat));
		break;
	case CALL_shmctl:
		arg[0] = object_of(reader, op, "id", 0);
		arg[1] = expr_number(words_value(reader, op, "cmd", words_shmctl));
		break;
	case CALL_setrlimit:
		arg[0] = expr_number(words_value(reader, op, "res", words_limit));
		arg[1] = length_of(reader, op, "cur");
		if (of)
			add_name(reader, &arg[1], of, strlen(of), false);
		break;
	case CALL_prctl:
		arg[0] = number_or(op, "op", expr_number(0));
		arg[1] = number_or(op, "a2", expr_number(0));
		arg[2] = number_or(op, "a3", reader_address(reader, op, "addr"));
		arg[3] = number_or(op, "a4", length_of(reader, op, "len"));
		arg[4] = number_or(op, "a5", expr_number(0));
		break;
	case CALL_personality:
		arg[0] = expr_number((uint64_t)json_number(op, "value", 0));
		break;
	case CALL_pkey_alloc:
		break;
	default:
		read_call(reader, step, op);
	}
}

static void read_open(struct reader *reader, struct step *step, json_t *op)
{
	const char *kind = json_text(op, "kind"), *access = json_text(op, "mode"), *path = json_text(op, "path");
	const char *slash;

	kind = kind ? kind : "file";
	access = access ? access : "rw";
	step->kind = (enum open_kind)reader_word(reader, words_open, kind, strlen(kind));
	step->access = (enum fd_access)reader_word(reader, words_access, access, strlen(access));
	step->arg[0] = length_of(reader, op, "size");
	step->arg[1] = expr_number((uint64_t)json_number(op, "mfd_flags", 0));
	if (!path)
		return;
	/* the only file such cases suppose to be there: root's, four pages, never written nor read */
	slash = strrchr(path, '/');
	if (slash && !strcmp(slash, "/root-sparse"))
		step->kind = OPEN_SPARSE;
	else
		step->path = strdup(path);
}

/* Operations that are no calls of calls.def, and their arguments. */
static const struct word verbs[] = {{"open", STEP_OPEN},
				    {"close", STEP_CLOSE},
				    {"ftruncate", STEP_TRUNCATE},
				    {"fcntl_seal", STEP_SEAL_FILE},
				    {"shmget", STEP_SEGMENT},
				    {"shmlocked", STEP_SHM_LOCKED},
				    {"touch", STEP_READ},
				    {"fork", STEP_FORK},
				    {"exec", STEP_EXEC},
				    {"dropcaps", STEP_BECOME},
				    {"loop_mprotect", STEP_STRIPE},
				    {"map_shadow_stack", STEP_SHADOW_STACK},
				    {"regions", STEP_NOTHING},
				    {"sh", STEP_NOTHING},
				    {NULL, 0}};

static void read_touch(struct reader *reader, struct step *step, json_t *op)
{
	const char *mode = json_text(op, "mode");

	if (mode && *mode != 'r')
		step->verb = *mode == 'w' ? STEP_WRITE : STEP_JUMP;
	step->arg[0] = reader_address(reader, op, "addr");
	step->arg[1] = json_object_get(op, "len") ? length_of(reader, op, "len") : expr_number(PAGE_BYTES);
	if (step->verb == STEP_WRITE)
		step->arg[2] = expr_number((uint64_t)json_number(op, "val", 0x5a));
}

static void read_other(struct reader *reader, struct step *step, json_t *op)
{
	const char *mode = json_text(op, "shmflg"), *right = json_text(op, "to");

	switch (step->verb) {
	case STEP_OPEN:
		read_open(reader, step, op);
		break;
	case STEP_CLOSE:
	case STEP_TRUNCATE:
	case STEP_SEAL_FILE:
		step->arg[0] = object_of(reader, op, "fd", 0);
		step->arg[1] = number_or(op, "seals", length_of(reader, op, "len"));
		break;
	case STEP_SEGMENT:
		step->arg[0] = length_of(reader, op, "len");
		step->arg[1] = expr_number(mode ? strtoul(mode, NULL, 0) : 0600);
		break;
	case STEP_SHM_LOCKED:
		step->arg[0] = object_of(reader, op, "id", 0);
		break;
	case STEP_READ:
		read_touch(reader, step, op);
		break;
	case STEP_FORK:
		step->arg[0] = expr_number(json_object_get(op, "stay") != NULL);
		break;
	case STEP_BECOME:
		step->arg[0] = expr_number(right ? reader_word(reader, words_right, right, strlen(right)) : 0);
		break;
	case STEP_STRIPE:
	case STEP_SHADOW_STACK:
		step->arg[0] = reader_address(reader, op, "addr");
		step->arg[1] = length_of(reader, op, "len");
		step->arg[2] = expr_number(prot_value(reader, op));
		break;
	default:
		break;
	}
}

static enum call_id call_named(const char *name)
{
	unsigned id = 0;

	while (id < CALL_COUNT && strcmp(call_table[id].name, name))
		id++;
	return id;
}

void reader_step(struct reader *reader, json_t *op)
{
	const char *name = json_text(op, "call");
	json_t *inner = json_object_get(op, "op");
	enum step_by by = BY_ITSELF;
	const struct word *verb;
	struct step *step;

	if (name && json_is_object(inner)) {
		by = !strcmp(name, "thread") ? BY_THREAD : BY_CHILD;
		op = inner;
		name = json_text(op, "call");
	}
	if (!name) {
		reader_puzzled(reader, "an operation without a call");
		return;
	}
	verb = word_find(verbs, name, strlen(name));
	step = scene_add_step(reader->scene, verb ? (enum step_verb)verb->value : STEP_CALL, reader->line);
	step->by = by;
	step->call = call_named(name);
	if (verb)
		read_other(reader, step, op);
	else if (step->call < CALL_COUNT)
		read_odd_call(reader, step, op);
	else
		reader_puzzled(reader, name);
}
