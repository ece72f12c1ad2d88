/* parse_words.c - any words as moments and filters; the words end with NULs. */
#include <stdlib.h>
#include <string.h>

#include "../../collector/report/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next word, "" where there is none; empty ones are as good as not given. */
static const char *next_word(const char **at, const char *end)
{
	const char *word = *at;

	if (word >= end)
		return NULL;
	*at += strlen(word) + 1;
	return *word ? word : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(size + 1, 1);
	const char *at = text, *end = text + size;
	struct filter filter = { 0 };
	struct filter_words words;
	struct when when = { 0 };
	struct err err;

	if (!text)
		abort();
	memcpy(text, data, size);
	words = (struct filter_words){
		next_word(&at, end), next_word(&at, end), next_word(&at, end), next_word(&at, end), next_word(&at, end),
		next_word(&at, end), next_word(&at, end), next_word(&at, end), next_word(&at, end),
	};
	if (!filter_parse(&words, &filter, &err) && words.addr && filter.end <= filter.start)
		abort();
	when_parse(text, &when, &err);
	free(text);
	return 0;
}
