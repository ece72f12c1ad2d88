/*
 * tokens.h - the words of a line of a scene: places, sizes, protections, flags.  Private to the reader of scenes.
 */
#ifndef TESTS_TOKENS_H
#define TESTS_TOKENS_H

#include "scene.h"
#include "words.h"

enum { WORDS_MAX = 96 };

struct tokens {
	struct scene *scene;
	int line;
	char *word[WORDS_MAX]; /* of this line */
	int words, at;
	const char *problem; /* the first word not understood */
	enum step_by by;     /* who makes the next step */
};

/*
 * tokens_split - take @line apart; a '#' ends it
 */
void tokens_split(struct tokens *tokens, char *line);

/*
 * token_puzzled - @word makes no sense here
 */
void token_puzzled(struct tokens *tokens, const char *word);

/*
 * token_next - the next word, "" at the end of the line; token_peek - the same without passing over it
 */
const char *token_next(struct tokens *tokens);
const char *token_peek(const struct tokens *tokens);

/*
 * token_is - is it this one? then pass over it; token_is_number - does it begin with a digit
 */
bool token_is(struct tokens *tokens, const char *word);
bool token_is_number(const struct tokens *tokens);

/*
 * token_word, token_number - the next word must be one of these, or a number in C's notation
 */
uint64_t token_word(struct tokens *tokens, const struct word *table);
uint64_t token_number(struct tokens *tokens);

/*
 * token_flags - all words from here on that @table has, joined by or, "flags N" included
 */
uint64_t token_flags(struct tokens *tokens, const struct word *table);

/*
 * token_prot - "rw-", "r--+growsdown", "---+0x10"
 */
uint64_t token_prot(struct tokens *tokens);

/*
 * token_size - "4" pages, "+5000" bytes, "vmdata+4"
 */
struct expr token_size(struct tokens *tokens);

/*
 * token_range - "3", "2-5", "1@5+10", "0+max", "brk:0-4", "vdso", "0x7ffffffff000+8192"
 * @len: receives the bytes; NULL: a place, which has none
 */
struct expr token_range(struct tokens *tokens, struct expr *len);

/*
 * token_name - a name of the scene's, which @make may introduce
 */
uint8_t token_name(struct tokens *tokens, bool make);

/*
 * token_object - the descriptor or segment of a name, or a number
 */
struct expr token_object(struct tokens *tokens);

/*
 * token_step, token_call - one more step of the scene
 */
struct step *token_step(struct tokens *tokens, enum step_verb verb);
struct step *token_call(struct tokens *tokens, enum call_id call);

/*
 * is_verb - does a statement begin with this word
 */
bool is_verb(const char *word);

/* Statements, behind their first word. */
typedef void statement_fn(struct tokens *tokens);

statement_fn read_advise, read_attach, read_brk, read_detach, read_everywhere, read_expect, read_invalidate, read_lock,
	read_lockall, read_map, read_mincore, read_move, read_open, read_protect, read_read, read_refile, read_seal,
	read_seal_writes, read_segment, read_shadow_stack, read_shm_lock, read_shm_locked, read_shm_unlock, read_stripe,
	read_truncate, read_unlock, read_unlockall, read_unmap, read_vmlck, read_write;

static inline struct expr expr_number(uint64_t number)
{
	return (struct expr){.number = number};
}

#endif
