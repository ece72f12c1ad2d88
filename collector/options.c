#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

#define FIRST_CODE 1000	/* above every letter, so that getopt_long()'s answer is the row */

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
			table[count] = (struct option){ row->name, row->value ? required_argument : no_argument, NULL,
							FIRST_CODE + (int)count };
	}
	return table;
}

static void set_row(const struct option_group *groups, size_t index, const char *value)
{
	for (; groups->rows; groups++) {
		for (const struct option_row *row = groups->rows; row->name; row++) {
			if (index--)
				continue;
			if (row->value)
				memcpy((char *)groups->into + row->at, &value, sizeof(value));
			else
				*(bool *)((char *)groups->into + row->at) = true;
			return;
		}
	}
}

int options_parse(int argc, char **argv, const struct option_group *groups, int *first, struct err *err)
{
	struct option *table = long_options(groups);
	int code, result = OPTIONS_RUN;

	opterr = 0;
	optind = 0;	/* glibc: start afresh, a verb may be run after another */
	while ((code = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		if (code == 'h')
			result = OPTIONS_HELP;
		else if (code == ':')
			result = err_set(err, -EINVAL, "%s wants a value", argv[optind - 1]);
		else if (code == '?')
			result = err_set(err, -EINVAL, "no option %s (or too short to tell)", argv[optind - 1]);
		else
			set_row(groups, (size_t)(code - FIRST_CODE - 1), optarg);
		if (code == 'h' || result < 0)
			break;
	}
	*first = optind;
	free(table);
	return result;
}

void options_help(FILE *out, const struct verb_help *help, const struct option_group *groups)
{
	fprintf(out, "usage: pagetrail %s\n\n%s", help->usage, help->text);
	for (; groups->rows; groups++) {
		fprintf(out, "\n%s:\n", groups->title);
		for (const struct option_row *row = groups->rows; row->name; row++) {
			char left[40];

			snprintf(left, sizeof(left), "--%s%s%s", row->name, row->value ? " " : "",
				 row->value ? row->value : "");
			fprintf(out, "  %-17s %s\n", left, row->help);
		}
	}
}
