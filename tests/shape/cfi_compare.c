/*
 * cfi_compare.c - are our unwind rules readelf's, for every row of a file's .eh_frame?
 *
 *	readelf -W --debug-dump=frames-interp FILE | cfi_compare FILE
 *
 * readelf interprets the tables on its own; its rows look like
 *
 *	000000c4 000000000000002c 00000098 FDE cie=00000030 pc=00000000000022b0..0000000000002341
 *	   LOC           CFA      rbx   rbp   ra
 *	00000000000022b0 rsp+8    u     u     c-8
 *	00000000000022b5 rsp+16   c-16  u     c-8
 *
 * Each row is looked up at its first and at its last byte, in the file's segments mapped here (nothing of it runs).
 * Prints one line of counts; exit status 1 if a row differs, 2 if the file cannot be used.
 */
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../preload/cfi.h"
#include "../../preload/step_rows.h"

static const char *const names[CFI_REGISTERS] = {
	"rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "ra",
};

enum { TEXT = 24, WRONG_PRINTED = 10 };

/* A row as readelf prints it. */
struct line {
	uint64_t address;
	char cfa[TEXT];
	char rule[CFI_REGISTERS][TEXT];
};

static struct {
	long rows, wrong;
	long kinds[8];		/* by enum row_kind */
} seen;

/* ---- the file's segments, as the loader would place them ---- */
static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static uint64_t extent(const Elf64_Phdr *headers, int count)
{
	uint64_t end = 0;

	for (int i = 0; i < count; i++)
		if (headers[i].p_type == PT_LOAD && headers[i].p_vaddr + headers[i].p_memsz > end)
			end = headers[i].p_vaddr + headers[i].p_memsz;
	return end;
}

/* Return: what to add to an address of the file. */
static uint8_t *load(const char *path, struct cfi_table *table)
{
	struct stat status;
	const int file = open(path, O_RDONLY);

	if (file < 0 || fstat(file, &status))
		fail(path);
	const uint8_t *const bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	if (bytes == MAP_FAILED)
		fail(path);
	const Elf64_Ehdr *const elf = (const void *)bytes;
	if (status.st_size < (off_t)sizeof(*elf) || memcmp(bytes, ELFMAG, SELFMAG) != 0 ||
	    bytes[EI_CLASS] != ELFCLASS64) {
		fprintf(stderr, "%s: not a 64-bit ELF file\n", path);
		exit(2);
	}
	const Elf64_Phdr *const headers = (const void *)(bytes + elf->e_phoff);
	const uint64_t size = extent(headers, elf->e_phnum);
	uint8_t *const base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		fail("mmap");

	table->header = NULL;
	for (int i = 0; i < elf->e_phnum; i++) {
		if (headers[i].p_type == PT_LOAD)
			memcpy(base + headers[i].p_vaddr, bytes + headers[i].p_offset, headers[i].p_filesz);
		if (headers[i].p_type == PT_GNU_EH_FRAME)
			table->header = base + headers[i].p_vaddr;
	}
	table->low = base;
	table->high = base + size;
	close(file);
	return base;
}

/* ---- our rules in readelf's words ---- */
static void print_rule(const struct cfi_rules *rules, int number, char text[TEXT])
{
	const int value = rules->value[number];

	switch (rules->kind[number]) {
	case CFI_DEFAULT:
	case CFI_UNDEFINED:
		strcpy(text, "u"); /* readelf makes no difference either */
		break;
	case CFI_SAME:
		strcpy(text, "s");
		break;
	case CFI_AT_OFFSET:
		snprintf(text, TEXT, "c%+d", value);
		break;
	case CFI_IS_OFFSET:
		snprintf(text, TEXT, "v%+d", value);
		break;
	case CFI_IS_REGISTER:
		snprintf(text, TEXT, "%s", value >= 0 && value < CFI_REGISTERS ? names[value] : "?");
		break;
	case CFI_AT_EXPRESSION:
		strcpy(text, "exp");
		break;
	default:
		strcpy(text, "vexp");
	}
}

static void print_line(const struct cfi_rules *rules, struct line *line)
{
	if (rules->cfa_is_expression)
		strcpy(line->cfa, "exp");
	else
		snprintf(line->cfa, TEXT, "%s%+d", names[rules->cfa_register], rules->cfa_offset);
	for (int i = 0; i < CFI_REGISTERS; i++)
		print_rule(rules, i, line->rule[i]);
}

/* ---- comparison ---- */
static bool is_same(const struct line *a, const struct line *b)
{
	for (int i = 0; i < CFI_REGISTERS; i++)
		if (strcmp(a->rule[i], b->rule[i]) != 0)
			return false;
	return strcmp(a->cfa, b->cfa) == 0;
}

/* Whether the short form can hold these rules: the two registers of a CFA, rbp in its place or in the frame. */
static bool is_short(const struct line *line)
{
	return (strncmp(line->cfa, "rsp", 3) == 0 || strncmp(line->cfa, "rbp", 3) == 0) &&
	       strchr("usc", line->rule[CFI_RBP][0]) && strcmp(line->rule[CFI_RIP], "c-8") == 0 &&
	       strcmp(line->rule[CFI_RSP], "u") == 0;
}

/* The short form must be there wherever the printed rules allow it, and say the same. */
static bool is_row_right(const struct line *line, const struct row *row)
{
	char base[4];
	int cfa, rbp = 0;

	if (row->kind > ROW_RBP || !is_short(line))
		return (row->kind > ROW_RBP) == !is_short(line);
	if (sscanf(line->cfa, "%3[a-z]%d", base, &cfa) != 2 || cfa != row->cfa)
		return false;
	if (strcmp(base, row->kind == ROW_RSP ? "rsp" : "rbp") != 0)
		return false;
	if (line->rule[CFI_RBP][0] != 'c')
		return row->rbp_kind == RBP_KEPT;
	return row->rbp_kind == RBP_AT_CFA && sscanf(line->rule[CFI_RBP], "c%d", &rbp) == 1 && rbp == row->rbp;
}

static void report(const struct line *line, uint64_t address, const struct line *ours)
{
	if (seen.wrong++ >= WRONG_PRINTED)
		return;
	printf("wrong at %#" PRIx64 ": CFA %s, readelf %s\n", address, ours ? ours->cfa : "not found", line->cfa);
	for (int i = 0; ours && i < CFI_REGISTERS; i++)
		if (strcmp(ours->rule[i], line->rule[i]) != 0)
			printf("\t%s: %s, readelf %s\n", names[i], ours->rule[i], line->rule[i]);
}

static void compare(const struct cfi_table *table, const uint8_t *base, const struct line *line, uint64_t address)
{
	const uintptr_t pc = (uintptr_t)base + address;
	struct cfi_function function;
	struct cfi_rules rules;
	struct line ours;

	seen.rows++;
	if (cfi_find(table, pc, &function) != CFI_FOUND || !cfi_rules_run(&function, pc, &rules)) {
		report(line, address, NULL);
		return;
	}
	const struct row row = row_find(table, pc);
	seen.kinds[row.kind]++;
	print_line(&rules, &ours);
	if (!is_same(line, &ours) || !is_row_right(line, &row))
		report(line, address, &ours);
}

/* ---- readelf's output ---- */
struct parser {
	const struct cfi_table *table;
	const uint8_t *base;
	uint64_t end;			/* of the function */
	int column[CFI_REGISTERS];	/* registers of the columns behind CFA */
	int columns;
	bool have;			/* a row waits for its end to be known */
	struct line line;
};

static void flush(struct parser *parser, uint64_t next)
{
	if (parser->have && next > parser->line.address) {
		compare(parser->table, parser->base, &parser->line, parser->line.address);
		if (next - 1 > parser->line.address)
			compare(parser->table, parser->base, &parser->line, next - 1);
	}
	parser->have = false;
}

static void parse_columns(struct parser *parser, char *text)
{
	char *word = strtok(text, " \n");

	parser->columns = 0;
	for (word = strtok(NULL, " \n"); word; word = strtok(NULL, " \n"))
		for (int i = 0; i < CFI_REGISTERS; i++)
			if (strcmp(word, names[i]) == 0)
				parser->column[parser->columns++] = i;
}

static bool is_number_of_register(const char *rule)
{
	return rule[0] == 'r' && rule[1] >= '0' && rule[1] <= '9';
}

static void parse_row(struct parser *parser, char *text)
{
	char *const word = strtok(text, " \n");
	const uint64_t address = strtoull(word, NULL, 16);
	const char *rule = strtok(NULL, " \n");

	flush(parser, address);
	parser->line.address = address;
	snprintf(parser->line.cfa, TEXT, "%s", rule ? rule : "?");
	for (int i = 0; i < CFI_REGISTERS; i++)
		strcpy(parser->line.rule[i], "u");
	for (int i = 0; (rule = strtok(NULL, " \n()")) && i < parser->columns; i++) {
		char *const to = parser->line.rule[parser->column[i]];
		snprintf(to, TEXT, "%s", rule);
		if (is_number_of_register(rule)) /* printed as two words, "r5 (rdi)" */
			snprintf(to, TEXT, "%s", strtok(NULL, " \n()"));
	}
	parser->have = true;
}

static void parse(struct parser *parser, char *text)
{
	const char *const range = strstr(text, " pc=");
	bool in_function = parser->end != 0;

	if (strstr(text, " FDE ") && range) {
		flush(parser, parser->end);
		parser->end = strtoull(strstr(range, "..") + 2, NULL, 16);
	} else if (strstr(text, " CIE ") || strstr(text, " ZERO terminator")) {
		flush(parser, parser->end);
		parser->end = 0;
	} else if (strstr(text, "   LOC ") == text) {
		parse_columns(parser, text);
	} else if (in_function && strspn(text, "0123456789abcdef") == 16) {
		parse_row(parser, text);
	}
}

int main(int argc, char **argv)
{
	struct cfi_table table;
	struct parser parser = { .table = &table };
	char text[1024];

	if (argc != 2)
		return 2;
	parser.base = load(argv[1], &table);
	if (!table.header) {
		printf("%s: no .eh_frame_hdr\n", argv[1]);
		return 2;
	}
	while (fgets(text, sizeof(text), stdin))
		parse(&parser, text);
	flush(&parser, parser.end);
	printf("%s: %ld addresses, %ld wrong; %ld by rsp, %ld by rbp, %ld realigned, %ld signal, %ld outermost, "
	       "%ld need all registers\n", argv[1], seen.rows, seen.wrong, seen.kinds[ROW_RSP], seen.kinds[ROW_RBP],
	       seen.kinds[ROW_AT_RSP] + seen.kinds[ROW_AT_RBP], seen.kinds[ROW_SIGNAL], seen.kinds[ROW_END],
	       seen.kinds[ROW_COMPLEX]);
	return seen.wrong || !seen.rows ? 1 : 0;
}
