#include "plan.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../collector/vm/range.h"

static const char *const verb_name[STEP_VERBS] = {
	[STEP_TOUCH] = "touch", [STEP_PEEK] = "peek",	  [STEP_GO_ON] = "go-on",   [STEP_EXEC] = "exec",
	[STEP_FORK] = "fork",	[STEP_VFORK] = "vfork",	  [STEP_CLONE] = "clone",   [STEP_THREAD] = "thread",
	[STEP_SPAWN] = "spawn", [STEP_VSPAWN] = "vspawn",
};

static const char *const place_name[PLACE_COUNT] = {
	[PLACE_ARENA] = "A",	[PLACE_BREAK] = "B",  [PLACE_LIBC] = "libc", [PLACE_STACK] = "stack",
	[PLACE_VDSO] = "vdso",	[PLACE_RESULT] = "r", [PLACE_OBJECT] = "fd", [PLACE_SEGMENT] = "seg",
};

int step_words(const struct step *step)
{
	if (step->verb == STEP_TOUCH || step->verb == STEP_PEEK)
		return 1;
	if (step->verb != STEP_CALL)
		return 0;
	switch (step->call) {
	case CALL_setrlimit: /* the limit's level */
		return 2;
	case CALL_prlimit:
		return 3;
	case CALL_process_madvise: /* address, length, whose, advice */
		return 4;
	default:
		return call_table[step->call].nargs;
	}
}

uint64_t word_value(const struct word *word, const struct values *values)
{
	uint64_t base;

	switch (word->place) {
	case PLACE_RESULT:
		base = values->result[word->index];
		return (base ? base : values->place[PLACE_ARENA] + word->index % ARENA_PAGES * PAGE_BYTES) + word->add;
	case PLACE_OBJECT:
		return OBJECT_FD + word->index;
	case PLACE_SEGMENT:
		return values->segment[word->index % SEGMENTS];
	default:
		return values->place[word->place] + word->add;
	}
}

/* ---- printing ---- */

/* @bytes: of an address or a length, rather than flags */
static void print_number(FILE *out, uint64_t number, bool bytes)
{
	if (!bytes || number < PAGE_BYTES || number >> 32)
		fprintf(out, number < 10 ? "%" PRIu64 : "0x%" PRIx64, number);
	else if (number % PAGE_BYTES)
		fprintf(out, "%" PRIu64 "p+%" PRIu64, number / PAGE_BYTES, number % PAGE_BYTES);
	else
		fprintf(out, "%" PRIu64 "p", number / PAGE_BYTES);
}

static void print_word(FILE *out, const struct word *word, bool bytes)
{
	if (word->place == PLACE_ZERO) {
		print_number(out, word->add, bytes);
		return;
	}
	fputs(place_name[word->place], out);
	if (word->place >= PLACE_RESULT)
		fprintf(out, "%u", word->index);
	if (word->add) {
		putc('+', out);
		print_number(out, word->add, true);
	}
}

static bool is_in_bytes(const struct step *step, int i)
{
	enum call_format format = step->verb == STEP_CALL ? call_table[step->call].arg[i].format : FORMAT_ADDR;

	return format == FORMAT_ADDR || format == FORMAT_SIZE || format == FORMAT_OFF;
}

void step_print(FILE *out, const struct step *step)
{
	fprintf(out, "%u: %s", step->label, step->verb == STEP_CALL ? call_table[step->call].name : verb_name[step->verb]);
	if (step->by_syscall)
		fputs("/syscall", out);
	for (int i = 0; i < step_words(step); i++) {
		putc(' ', out);
		print_word(out, &step->arg[i], is_in_bytes(step, i));
	}
	if (step->verb >= STEP_FORK)
		fprintf(out, " %u", step->until);
}

/* ---- reading ---- */

/* "0x32", "2p", "1p+17" */
static uint64_t read_number(char **at)
{
	uint64_t number = strtoull(*at, at, 0);

	if (**at != 'p')
		return number;
	++*at;
	number *= PAGE_BYTES;
	if (**at == '+')
		number += strtoull(*at + 1, at, 0);
	return number;
}

static bool read_word(char *text, struct word *word)
{
	size_t letters = 0;

	*word = (struct word){ PLACE_ZERO, 0, 0 };
	while (isalpha((unsigned char)text[letters]))
		letters++;
	for (unsigned i = 0; letters && i < PLACE_COUNT; i++)
		if (place_name[i] && strlen(place_name[i]) == letters && !strncmp(place_name[i], text, letters))
			word->place = (uint8_t)i;
	if (letters && !word->place)
		return false;
	text += letters;
	if (word->place >= PLACE_RESULT)
		word->index = (uint8_t)strtoul(text, &text, 10);
	if (letters && *text == '+')
		text++;
	if (*text)
		word->add = read_number(&text);
	return !*text;
}

static bool read_verb(char *name, struct step *step)
{
	char *slash = strchr(name, '/');

	step->by_syscall = slash && !strcmp(slash, "/syscall");
	if (slash)
		*slash = '\0';
	for (unsigned verb = STEP_TOUCH; verb < STEP_VERBS; verb++) {
		step->verb = (uint8_t)verb;
		if (!strcmp(name, verb_name[verb]))
			return true;
	}
	step->verb = STEP_CALL;
	for (unsigned call = 0; call < CALL_COUNT; call++) {
		step->call = (enum call_id)call;
		if (!strcmp(name, call_table[call].name))
			return true;
	}
	return false;
}

static bool read_step(char *line, struct step *step)
{
	static const char blanks[] = " \t\n";
	char *word = strtok(line, blanks);

	*step = (struct step){ .label = (uint8_t)strtoul(word, &word, 10) };
	if (strcmp(word, ":") || !(word = strtok(NULL, blanks)) || !read_verb(word, step))
		return false;
	for (int i = 0; i < step_words(step); i++)
		if (!(word = strtok(NULL, blanks)) || !read_word(word, &step->arg[i]))
			return false;
	if (step->verb >= STEP_FORK) {
		word = strtok(NULL, blanks);
		step->until = (uint8_t)(word ? strtoul(word, NULL, 10) : 0);
	}
	return !strtok(NULL, blanks);
}

int plan_read(struct plan *plan, FILE *in)
{
	char line[512], copy[512];

	plan->steps = 0;
	while (fgets(line, sizeof line, in)) {
		if (line[0] == '#' || line[strspn(line, " \t\n")] == '\0')
			continue;
		strcpy(copy, line);
		if (plan->steps < PLAN_MAX && read_step(line, &plan->step[plan->steps])) {
			plan->steps++;
			continue;
		}
		fprintf(stderr, "cannot understand: %s", copy);
		return -1;
	}
	return 0;
}
