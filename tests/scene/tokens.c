#include "tokens.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void tokens_split(struct tokens *tokens, char *line)
{
	char *rest = line, *word;

	line[strcspn(line, "#\n")] = '\0';
	tokens->words = tokens->at = 0;
	while (tokens->words < WORDS_MAX && (word = strtok_r(rest, " \t", &rest)))
		tokens->word[tokens->words++] = word;
}

void token_puzzled(struct tokens *tokens, const char *word)
{
	if (!tokens->problem)
		tokens->problem = *word ? word : "the end of the line";
}

const char *token_peek(const struct tokens *tokens)
{
	return tokens->at < tokens->words ? tokens->word[tokens->at] : "";
}

bool token_is_number(const struct tokens *tokens)
{
	return isdigit((unsigned char)*token_peek(tokens));
}

const char *token_next(struct tokens *tokens)
{
	return tokens->at < tokens->words ? tokens->word[tokens->at++] : "";
}

bool token_is(struct tokens *tokens, const char *word)
{
	if (strcmp(token_peek(tokens), word))
		return false;
	tokens->at++;
	return true;
}

uint64_t token_word(struct tokens *tokens, const struct word *table)
{
	const char *text = token_next(tokens);
	const struct word *word = word_find(table, text, strlen(text));

	if (!word)
		token_puzzled(tokens, text);
	return word ? word->value : 0;
}

uint64_t token_number(struct tokens *tokens)
{
	const char *text = token_next(tokens);
	char *end;
	uint64_t number = strtoull(text, &end, 0);

	if (end == text || *end)
		token_puzzled(tokens, text);
	return number;
}

uint64_t token_flags(struct tokens *tokens, const struct word *table)
{
	uint64_t flags = 0;

	for (;;) {
		const char *text = token_peek(tokens);
		const struct word *word = word_find(table, text, strlen(text));

		if (token_is(tokens, "flags")) {
			flags |= token_number(tokens);
			continue;
		}
		if (!word)
			return flags;
		flags |= word->value;
		tokens->at++;
	}
}

uint64_t token_prot(struct tokens *tokens)
{
	const char *text = token_next(tokens);
	uint64_t prot = 0;

	if (strspn(text, "rwx-") < 3 || (text[3] && text[3] != '+'))
		token_puzzled(tokens, text);
	for (int i = 0; i < 3 && text[i]; i++)
		prot |= text[i] == 'r'	 ? PROT_BIT_READ
			: text[i] == 'w' ? PROT_BIT_WRITE
			: text[i] == 'x' ? PROT_BIT_EXEC
					 : 0;
	for (text += strcspn(text, "+"); *text; text += strcspn(text, "+")) {
		size_t length = strcspn(++text, "+");
		const struct word *word = word_find(words_prot, text, length);
		char *end;

		prot |= word ? word->value : strtoull(text, &end, 0);
		if (!word && end != text + length)
			token_puzzled(tokens, text);
	}
	return prot;
}

/* ---- places ---- */

/* "10", "10p", "0x10", "max", "wrap": bytes, all to the end of the word */
static uint64_t read_bytes(struct tokens *tokens, const char *text, const char *word)
{
	char *end;
	uint64_t bytes = strtoull(text, &end, 0);

	if (!strcmp(text, "max"))
		return UINT64_MAX;
	if (!strcmp(text, "wrap")) /* a page less than all: rounded up it does not become 0 */
		return UINT64_MAX - PAGE_BYTES + 1;
	if (*end == 'p') {
		bytes *= PAGE_BYTES;
		end++;
	}
	if (end == text || *end)
		token_puzzled(tokens, word);
	return bytes;
}

struct expr token_size(struct tokens *tokens)
{
	const char *word = token_next(tokens);
	size_t length = strcspn(word, "+");
	struct expr size = {0};

	if (*word == '+') {
		size.number = read_bytes(tokens, word + 1, word);
		return size;
	}
	if (isalpha((unsigned char)*word)) {
		size.plus[0] = scene_name(tokens->scene, word, length, false);
		if (!size.plus[0])
			token_puzzled(tokens, word);
		word += length + (word[length] == '+');
	}
	if (*word)
		size.number = read_bytes(tokens, word, word) * PAGE_BYTES;
	return size;
}

/* The base of a place: "brk:", "vdso", "0x1000" or, where none is named, the arena. */
static const char *read_base(struct tokens *tokens, const char *word, struct expr *addr)
{
	size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
	char *end = NULL;

	if (!strncmp(word, "0x", 2)) {
		addr->number = strtoull(word, &end, 0);
		return end;
	}
	if (!length) {
		addr->number = ARENA_START;
		return word;
	}
	addr->plus[0] = scene_name(tokens->scene, word, length, false);
	if (!addr->plus[0])
		token_puzzled(tokens, word);
	return word + length + (word[length] == ':');
}

/* These are mappings, and the next name is where they end. */
static bool name_is_whole(uint8_t name)
{
	return name && name < NAME_BRK;
}

static struct expr size_of_whole(uint8_t name)
{
	return (struct expr){.plus = {name + 1}, .minus = {name}};
}

/* Behind the base: "3", "2-5", "1@5+10", "+max", "+vdso" */
static void read_extent(struct tokens *tokens, const char *at, const char *word, struct expr *addr, struct expr *extent)
{
	uint64_t first;
	uint8_t name;
	char *end = (char *)(uintptr_t)at;

	if (isdigit((unsigned char)*at)) {
		first = strtoull(at, &end, 10);
		addr->number += first * PAGE_BYTES;
		if (*end == '-')
			extent->number = (strtoull(end + 1, &end, 10) - first) * PAGE_BYTES;
		if (*end == '@')
			addr->number += strtoull(end + 1, &end, 10);
	}
	if (*end == '+' && name_is_whole(name = scene_name(tokens->scene, end + 1, strlen(end + 1), false)))
		*extent = size_of_whole(name);
	else if (*end == '+')
		extent->number = read_bytes(tokens, end + 1, word);
	else if (*end)
		token_puzzled(tokens, word);
}

struct expr token_range(struct tokens *tokens, struct expr *len)
{
	const char *word = token_next(tokens), *at;
	struct expr addr = {0}, extent = {.number = PAGE_BYTES};

	at = read_base(tokens, word, &addr);
	if (!*word)
		token_puzzled(tokens, word);
	if (!*at && name_is_whole(addr.plus[0]))
		extent = size_of_whole(addr.plus[0]);
	else
		read_extent(tokens, at, word, &addr, &extent);
	if (len)
		*len = extent;
	return addr;
}

/* ---- names ---- */

uint8_t token_name(struct tokens *tokens, bool make)
{
	const char *text = token_next(tokens);
	uint8_t name = scene_name(tokens->scene, text, strlen(text), make);

	if (!name || name < NAME_OWN)
		token_puzzled(tokens, text);
	return name;
}

struct expr token_object(struct tokens *tokens)
{
	if (token_is_number(tokens))
		return expr_number(token_number(tokens));
	return (struct expr){.plus = {token_name(tokens, false)}};
}
