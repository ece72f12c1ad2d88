#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

#define FIRST_CODE 1000	/* above every letter, so that getopt_long()'s answer is the row */

static bool has_letter(const struct option_row *row)
{
	return row->name[0] && row->name[1] == ',';
}

static const char *long_name(const struct option_row *row)
{
	return has_letter(row) ? row->name + 2 : row->name;
}

static bool is_many(const struct option_row *row)
{
	size_t length = row->value ? strlen(row->value) : 0;

	return length > 3 && !strcmp(row->value + length - 3, "...");
}

static size_t count_rows(const struct option_group *groups)
{
	size_t count = 0;

	for (; groups->rows; groups++)
		for (const struct option_row *row = groups->rows; row->name; row++)
			count++;
	return count;
}

/* The table as getopt_long() wants it: --help first, then every row, then the zero that ends it. */
static struct option *long_options(const struct option_group *groups)
{
	struct option *table = alloc_zero(count_rows(groups) + 2, sizeof(*table));
	size_t count = 0;

	table[count++] = (struct option){ "help", no_argument, NULL, 'h' };
	for (; groups->rows; groups++) {
		for (const struct option_row *row = groups->rows; row->name; row++, count++)
			table[count] = (struct option){ long_name(row), row->value ? required_argument : no_argument,
							NULL, FIRST_CODE + (int)count };
	}
	return table;
}

/* ":ho:f": the colon in front makes getopt_long() tell a missing value from an unknown option. */
static char *short_options(const struct option_group *groups)
{
	char *text = alloc_zero(2 * count_rows(groups) + 3, 1), *at = text;

	*at++ = ':';
	*at++ = 'h';
	for (; groups->rows; groups++) {
		for (const struct option_row *row = groups->rows; row->name; row++) {
			if (!has_letter(row))
				continue;
			*at++ = row->name[0];
			if (row->value)
				*at++ = ':';
		}
	}
	return text;
}

static int add_value(struct option_list *list, const char *value, struct err *err)
{
	if (list->count == OPTION_LIST_MAX)
		return err_set(err, -EINVAL, "an option is given more than %d times", OPTION_LIST_MAX);
	list->value[list->count++] = value;
	return 0;
}

static int set_row(const struct option_row *row, void *into, const char *value, struct err *err)
{
	if (is_many(row))
		return add_value(into, value, err);
	if (row->value)
		memcpy(into, &value, sizeof(value));
	else
		*(bool *)into = true;
	return 0;
}

/* @code: of getopt_long(): of a row, or a letter */
static int set_option(const struct option_group *groups, int code, const char *value, struct err *err)
{
	int index = FIRST_CODE + 1;

	for (; groups->rows; groups++)
		for (const struct option_row *row = groups->rows; row->name; row++, index++)
			if (code == index || (has_letter(row) && code == row->name[0]))
				return set_row(row, (char *)groups->into + row->at, value, err);
	return 0;
}

int options_parse(int argc, char **argv, const struct option_group *groups, int *first, struct err *err)
{
	struct option *table = long_options(groups);
	char *letters = short_options(groups);
	int code, result = OPTIONS_RUN;

	opterr = 0;
	optind = 0;	/* glibc: start afresh, a verb may be run after another */
	while ((code = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		if (code == 'h')
			result = OPTIONS_HELP;
		else if (code == ':')
			result = err_set(err, -EINVAL, "%s wants a value", argv[optind - 1]);
		else if (code == '?')
			result = err_set(err, -EINVAL, "no option %s (or too short to tell)", argv[optind - 1]);
		else
			result = set_option(groups, code, optarg, err);
		if (code == 'h' || result < 0)
			break;
	}
	*first = optind;
	free(letters);
	free(table);
	return result;
}

/* "-o, --output FILE" */
static void show_option(const struct option_row *row, char *out, size_t size)
{
	char letter[8] = "";

	if (has_letter(row))
		snprintf(letter, sizeof(letter), "-%c, ", row->name[0]);
	snprintf(out, size, "%s--%s%s%s", letter, long_name(row), row->value ? " " : "", row->value ? row->value : "");
}

#define LEFT_BYTES 40
#define LEFT_MOST 26	/* columns; behind a longer option the text begins on the next line */

static size_t left_columns(const struct option_group *groups)
{
	size_t columns = 0;
	char left[LEFT_BYTES];

	for (; groups->rows; groups++) {
		for (const struct option_row *row = groups->rows; row->name; row++) {
			show_option(row, left, sizeof(left));
			if (strlen(left) > columns && strlen(left) <= LEFT_MOST)
				columns = strlen(left);
		}
	}
	return columns;
}

void options_help(FILE *out, const struct verb_help *help, const struct option_group *groups)
{
	size_t columns = left_columns(groups);
	char left[LEFT_BYTES];

	fprintf(out, "usage: pagetrail %s\n\n%s", help->usage, help->text);
	for (; groups->rows; groups++) {
		fprintf(out, "\n%s:\n", groups->title);
		for (const struct option_row *row = groups->rows; row->name; row++) {
			show_option(row, left, sizeof(left));
			fprintf(out, "  %-*s", (int)columns, left);
			if (strlen(left) > columns)
				fprintf(out, "\n  %*s", (int)columns, "");
			fprintf(out, "  %s\n", row->help);
		}
	}
}

int options_operand(int argc, char **argv, const struct verb_help *help, const struct option_group *groups,
		    const char **operand, struct err *err)
{
	int first, result = options_parse(argc, argv, groups, &first, err);

	if (result == OPTIONS_HELP)
		options_help(stdout, help, groups);
	if (result != OPTIONS_RUN)
		return result;
	if (argc - first != 1)
		return err_set(err, -EINVAL, "usage: pagetrail %s", help->usage);
	*operand = argv[first];
	return OPTIONS_RUN;
}
