/* The parser judges the sample lines of tests/schema as the schema does. */
#include "lines.h"

#include <stdio.h>

static FILE *open_samples(const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%.*s/../../schema/%s", (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__, name);
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	return file;
}

/* The next line without its newline, NULL at the end. */
static char *next(FILE *file)
{
	static char text[8192];

	if (!fgets(text, sizeof(text), file))
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void good_samples_are_accepted(void **state)
{
	FILE *file = open_samples("good.jsonl");
	char *line;
	int count = 0;

	(void)state;
	for (; (line = next(file)); count++)
		good(line);
	assert_true(count > 30);
	fclose(file);
}

/* "both" or "schema", the fact, the line */
static void bad_samples_are_refused_with_a_reason(void **state)
{
	FILE *file = open_samples("bad.txt");
	char *row;
	int count = 0;

	(void)state;
	while ((row = next(file))) {
		char *fact = strchr(row, '\t') + 1, *line = strchr(fact, '\t') + 1;
		bool by_us = !strncmp(row, "both\t", 5);
		int rc = parse_exact(line, strlen(line));

		if (by_us != (rc == -EINVAL) || (by_us && !err.text[0]))
			fail_msg("%.*s: %d %s", (int)(line - fact - 1), fact, rc, err.text);
		count += by_us;
	}
	assert_true(count > 30);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_samples_are_accepted),
		cmocka_unit_test(bad_samples_are_refused_with_a_reason),
	};

	return lines_run(tests);
}
