/*
 * read_expect.c - what a scene says pages are to be.
 */
#include <string.h>

#include "tokens.h"

static const struct word state_words[] = {{"random", FLAG_BIT(FLAG_RR)},
					  {"sequential", FLAG_BIT(FLAG_SR)},
					  {"dontfork", FLAG_BIT(FLAG_DC)},
					  {"wipeonfork", FLAG_BIT(FLAG_WF)},
					  {"dontdump", FLAG_BIT(FLAG_DD)},
					  {"dontexpand", FLAG_BIT(FLAG_DE)},
					  {"hugepage", FLAG_BIT(FLAG_HG)},
					  {"nohugepage", FLAG_BIT(FLAG_NH)},
					  {"mergeable", FLAG_BIT(FLAG_MG)},
					  {"growsdown", FLAG_BIT(FLAG_GD)},
					  {"noreserve", FLAG_BIT(FLAG_NR)},
					  {"hugetlb", FLAG_BIT(FLAG_HT)},
					  {"special", FLAG_BIT(FLAG_IO) | FLAG_BIT(FLAG_PF)},
					  {"sync", FLAG_BIT(FLAG_SF)},
					  {"droppable", FLAG_BIT(FLAG_DP)},
					  {"sealed", FLAG_BIT(FLAG_SL)},
					  {NULL, 0}};

/* One word about the pages of a run; false: it is not about them. */
static bool take_state_word(struct tokens *tokens, struct run *run)
{
	const char *text = token_peek(tokens);
	const struct word *word = word_find(state_words, text, strlen(text));
	bool flag = (*text == '+' || *text == '!') && state_flag(text + 1) < FLAGS && strlen(text) == 3;

	if (word)
		run->state.flags |= word->value;
	else if (flag)
		*(*text == '+' ? &run->with : &run->without) |= FLAG_BIT(state_flag(text + 1));
	if (word || flag) {
		tokens->at++;
		return true;
	}
	if (token_is(tokens, "shared"))
		run->state.shared = 1;
	else if (token_is(tokens, "locked"))
		run->state.lock = VMA_LOCKED;
	else if (token_is(tokens, "onfault"))
		run->state.lock = VMA_LOCKED_ONFAULT;
	else if (token_is(tokens, "resident"))
		run->present = 1;
	else if (token_is(tokens, "absent"))
		run->present = 0;
	else if (token_is(tokens, "guard"))
		run->guard = 1;
	else if (token_is(tokens, "noguard"))
		run->guard = 0;
	else if (token_is(tokens, "byte"))
		run->byte = (int16_t)token_number(tokens);
	else
		return false;
	return true;
}

static void take_run(struct tokens *tokens, struct expectation *expect)
{
	struct run *run = expectation_add(expect);

	run->at = token_range(tokens, &run->bytes);
	run->mapped = !token_is(tokens, "none");
	if (run->mapped)
		run->state.prot = (uint8_t)token_prot(tokens);
	while (take_state_word(tokens, run))
		;
}

/* What a letter of a strip says of its page; a dot says nothing. */
static const struct letter {
	char letter;
	struct state state;
} letters[] = {
	{'-', {.prot = PROT_BIT_READ | PROT_BIT_WRITE}},
	{'L', {.prot = PROT_BIT_READ | PROT_BIT_WRITE, .lock = VMA_LOCKED}},
	{'F', {.prot = PROT_BIT_READ | PROT_BIT_WRITE, .lock = VMA_LOCKED_ONFAULT}},
	{'S', {.prot = PROT_BIT_READ | PROT_BIT_WRITE, .flags = FLAG_BIT(FLAG_SL)}},
	{'s', {.prot = PROT_BIT_READ | PROT_BIT_WRITE, .shared = 1}},
	{'n', {0}},
	{'r', {.prot = PROT_BIT_READ}},
	{'w', {.prot = PROT_BIT_WRITE}},
	{'x', {.prot = PROT_BIT_READ | PROT_BIT_EXEC}},
	{'a', {.prot = PROT_BIT_READ | PROT_BIT_WRITE | PROT_BIT_EXEC}},
};

static const struct letter *letter_find(char letter)
{
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (letters[i].letter == letter)
			return &letters[i];
	return NULL;
}

/* Return: false: this is no strip. */
static bool take_strip(struct tokens *tokens, struct expectation *expect)
{
	const char *strip = tokens->word[tokens->at];

	for (const char *at = strip; *at; at++)
		if (*at != '.' && !letter_find(*at))
			return false;
	tokens->at++;
	for (const char *at = strip; *at; at++) {
		struct run *page = *at == '.' ? NULL : expectation_add(expect);

		if (!page)
			continue;
		page->state = letter_find(*at)->state;
		page->at = expr_number(ARENA_START + (uint64_t)(at - strip) * PAGE_BYTES);
	}
	return true;
}

void read_expect(struct tokens *tokens)
{
	struct expectation *expect = scene_expectation(tokens->scene, tokens->line);

	if (expect->lists_pages || tokens->at == tokens->words)
		token_puzzled(tokens, "expect");
	expect->lists_pages = true;
	while (!tokens->problem && tokens->at < tokens->words && !is_verb(tokens->word[tokens->at]))
		if (!take_strip(tokens, expect))
			take_run(tokens, expect);
}

void read_vmlck(struct tokens *tokens)
{
	scene_expectation(tokens->scene, tokens->line)->vmlck_pages = (int64_t)token_number(tokens);
}

void read_everywhere(struct tokens *tokens)
{
	static const struct word locks[] = {{"unlocked", EVERYWHERE_UNLOCKED},
					    {"locked", EVERYWHERE_LOCKED},
					    {"onfault", EVERYWHERE_ONFAULT},
					    {NULL, 0}};
	struct expectation *expect = scene_expectation(tokens->scene, tokens->line);

	expect->everywhere = (enum everywhere)token_word(tokens, locks);
}
