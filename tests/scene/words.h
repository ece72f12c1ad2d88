/*
 * words.h - the names of constants, the same in scenes and in JSON cases: those of the headers without their prefix, in
 * upper or lower case.
 */
#ifndef TESTS_WORDS_H
#define TESTS_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct word {
	const char *word;
	uint64_t value;
};

extern const struct word words_mmap[], words_mremap[], words_mlockall[], words_mlock[], words_shmat[], words_advice[],
	words_limit[], words_prot[], words_errno[], words_signal[], words_right[], words_shmctl[], words_open[],
	words_access[];

/*
 * word_find - look for a word of @length bytes in a table, which ends with a NULL
 *
 * Return: its row, or NULL.
 */
const struct word *word_find(const struct word *table, const char *text, size_t length);

#endif
