/*
 * read_calls.c - statements of a scene that are calls, and what they are to return.
 */
#include <ctype.h>
#include <string.h>

#include "../../collector/vm/uapi.h"
#include "tokens.h"

enum { SHM_LOCK_COMMAND = 11, SHM_UNLOCK_COMMAND = 12, SEAL_WRITE = 8, ALLOW_SEALING = 2 };

struct step *token_step(struct tokens *tokens, enum step_verb verb)
{
	struct step *step = scene_add_step(tokens->scene, verb, tokens->line);

	step->by = tokens->by;
	tokens->by = BY_ITSELF;
	return step;
}

struct step *token_call(struct tokens *tokens, enum call_id call)
{
	struct step *step = token_step(tokens, STEP_CALL);

	step->call = call;
	return step;
}

static void take_range(struct tokens *tokens, struct step *step)
{
	step->arg[0] = token_range(tokens, &step->arg[1]);
}

/* ---- outcomes ---- */

static void take_value(struct tokens *tokens, struct step *step)
{
	const char *word = token_peek(tokens);
	struct outcome *outcome = &step->outcome;

	outcome->kind = OUTCOME_VALUE;
	if (step_is_address(step)) {
		outcome->value = token_range(tokens, NULL);
	} else if (step->call == CALL_mincore && strspn(word, "01") == strlen(word)) {
		outcome->kind = OUTCOME_SUCCESS;
		outcome->vector = strdup(token_next(tokens));
	} else {
		outcome->value = expr_number(token_number(tokens));
	}
}

/*
 * "= ENOMEM", "= SIGBUS", "= elsewhere", "= 3"; without it what the step has already.  "as B" names what was returned.
 */
static void take_outcome(struct tokens *tokens, struct step *step)
{
	struct outcome *outcome = &step->outcome;
	const char *word;

	if (token_is(tokens, "=")) {
		word = token_peek(tokens);
		if (word_find(words_errno, word, strlen(word))) {
			outcome->kind = OUTCOME_ERRNO;
			outcome->number = (int)token_word(tokens, words_errno);
		} else if (word_find(words_signal, word, strlen(word))) {
			outcome->kind = OUTCOME_SIGNAL;
			outcome->number = (int)token_word(tokens, words_signal);
		} else if (token_is(tokens, "elsewhere")) {
			outcome->kind = OUTCOME_ELSEWHERE;
		} else {
			take_value(tokens, step);
		}
	}
	if (token_is(tokens, "as"))
		step->name = token_name(tokens, true);
	/* posix_madvise(3) returns the error's number and leaves errno alone */
	if (outcome->kind == OUTCOME_ERRNO && step->verb == STEP_CALL && step->call == CALL_posix_madvise)
		*outcome = (struct outcome){OUTCOME_VALUE, .value = expr_number((uint64_t)outcome->number)};
}

static void returns(struct step *step, struct expr value)
{
	step->outcome.kind = OUTCOME_VALUE;
	step->outcome.value = value;
}

/* ---- mappings ---- */

/* Anonymous, private and at that address, unless the words say otherwise. */
static void take_map_words(struct tokens *tokens, struct step *step)
{
	uint64_t flags = 0, unless = 0;
	int at = -1;

	step->arg[4] = expr_number(UINT64_MAX);
	while (tokens->at > at) {
		at = tokens->at;
		if (token_is(tokens, "fd")) {
			step->arg[4] = token_object(tokens);
			unless |= K_MAP_ANONYMOUS;
		} else if (token_is(tokens, "offset")) {
			step->arg[5] = expr_number(token_number(tokens));
		} else if (token_is(tokens, "hint")) {
			unless |= K_MAP_FIXED;
		} else if (token_is(tokens, "notype")) {
			unless |= K_MAP_PRIVATE;
		} else {
			flags |= token_flags(tokens, words_mmap);
		}
	}
	if (flags & K_MAP_TYPE)
		unless |= K_MAP_PRIVATE;
	if (flags & K_MAP_FIXED_NOREPLACE)
		unless |= K_MAP_FIXED;
	flags |= (K_MAP_ANONYMOUS | K_MAP_PRIVATE | K_MAP_FIXED) & ~unless;
	step->arg[3] = expr_number(flags);
	if (flags & (K_MAP_FIXED | K_MAP_FIXED_NOREPLACE))
		returns(step, step->arg[0]);
}

void read_map(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_mmap);

	take_range(tokens, step);
	step->arg[2] = expr_number(token_prot(tokens));
	take_map_words(tokens, step);
	take_outcome(tokens, step);
}

/* In place where the range begins where it was, else to where it says; "maymove" leaves the place to the kernel. */
void read_move(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_mremap);
	struct expr to;
	uint64_t flags;
	bool stays;

	take_range(tokens, step);
	to = token_range(tokens, &step->arg[2]);
	flags = token_flags(tokens, words_mremap);
	stays = !memcmp(&step->arg[0], &to, sizeof to);
	if (!stays && !(flags & (K_MREMAP_FIXED | K_MREMAP_MAYMOVE)))
		flags |= K_MREMAP_FIXED | K_MREMAP_MAYMOVE;
	step->arg[3] = expr_number(flags);
	if (flags & K_MREMAP_FIXED)
		step->arg[4] = to;
	if (stays || (flags & K_MREMAP_FIXED))
		returns(step, to);
	take_outcome(tokens, step);
}

void read_brk(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_brk);

	step->arg[0] = token_range(tokens, NULL);
	returns(step, step->arg[0]);
	take_outcome(tokens, step);
}

void read_refile(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_remap_file_pages);

	take_range(tokens, step);
	step->arg[3] = expr_number(token_number(tokens));
	take_outcome(tokens, step);
}

/* ---- what is done to them ---- */

void read_protect(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_mprotect);

	take_range(tokens, step);
	step->arg[2] = expr_number(token_prot(tokens));
	if (token_is(tokens, "pkey")) {
		step->call = CALL_pkey_mprotect;
		step->arg[3] = expr_number(token_number(tokens));
	}
	take_outcome(tokens, step);
}

void read_lock(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_mlock);
	int at;

	take_range(tokens, step);
	at = tokens->at;
	step->arg[2] = expr_number(token_flags(tokens, words_mlock));
	if (tokens->at > at)
		step->call = CALL_mlock2;
	take_outcome(tokens, step);
}

void read_lockall(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_mlockall);

	step->arg[0] = expr_number(token_flags(tokens, words_mlockall));
	take_outcome(tokens, step);
}

/* "advise 0-2 random", "advise 0-2 30 random process": a second range is process_madvise's */
void read_advise(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_madvise);
	struct expr advice;
	bool second;

	take_range(tokens, step);
	second = tokens->at + 1 < tokens->words && isdigit((unsigned char)tokens->word[tokens->at][0]) &&
		 word_find(words_advice, tokens->word[tokens->at + 1], strlen(tokens->word[tokens->at + 1]));
	if (second)
		step->arg[4] = token_range(tokens, &step->arg[5]);
	advice = expr_number(token_is_number(tokens) ? token_number(tokens) : token_word(tokens, words_advice));
	if (token_is(tokens, "posix"))
		step->call = CALL_posix_madvise;
	if (token_is(tokens, "process"))
		step->call = CALL_process_madvise;
	step->arg[step->call == CALL_process_madvise ? 3 : 2] = advice;
	take_outcome(tokens, step);
}

/* A range, a flags word maybe, and nothing else. */
static void read_plain(struct tokens *tokens, enum call_id call, uint64_t flags)
{
	static const struct word none[] = {{NULL, 0}};
	struct step *step = token_call(tokens, call);

	take_range(tokens, step);
	step->arg[2] = expr_number(flags | token_flags(tokens, none));
	take_outcome(tokens, step);
}

void read_unmap(struct tokens *tokens)
{
	read_plain(tokens, CALL_munmap, 0);
}

void read_unlock(struct tokens *tokens)
{
	read_plain(tokens, CALL_munlock, 0);
}

void read_unlockall(struct tokens *tokens)
{
	take_outcome(tokens, token_call(tokens, CALL_munlockall));
}

void read_seal(struct tokens *tokens)
{
	read_plain(tokens, CALL_mseal, 0);
}

void read_mincore(struct tokens *tokens)
{
	read_plain(tokens, CALL_mincore, 0);
}

void read_invalidate(struct tokens *tokens)
{
	read_plain(tokens, CALL_msync, K_MS_INVALIDATE);
}

/* ---- descriptors and segments ---- */

void read_open(struct tokens *tokens)
{
	struct step *step = token_step(tokens, STEP_OPEN);
	const char *word;

	step->name = token_name(tokens, true);
	step->kind = (enum open_kind)token_word(tokens, words_open);
	step->access = ACCESS_BOTH;
	word = token_peek(tokens);
	if (word_find(words_access, word, strlen(word)))
		step->access = (enum fd_access)token_word(tokens, words_access);
	if (token_is_number(tokens) || *token_peek(tokens) == '+')
		step->arg[0] = token_size(tokens);
	if (token_is(tokens, "sealable"))
		step->arg[1] = expr_number(ALLOW_SEALING);
}

void read_truncate(struct tokens *tokens)
{
	struct step *step = token_step(tokens, STEP_TRUNCATE);

	step->arg[0] = token_object(tokens);
	step->arg[1] = token_size(tokens);
}

void read_seal_writes(struct tokens *tokens)
{
	struct step *step = token_step(tokens, STEP_SEAL_FILE);

	step->arg[0] = token_object(tokens);
	step->arg[1] = expr_number(SEAL_WRITE);
}

void read_segment(struct tokens *tokens)
{
	struct step *step = token_step(tokens, STEP_SEGMENT);

	step->name = token_name(tokens, true);
	step->arg[0] = token_size(tokens);
	step->arg[1] = expr_number(token_is(tokens, "mode") ? token_number(tokens) : 0600);
}

void read_attach(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_shmat);

	step->arg[0] = token_object(tokens);
	step->arg[1] = token_range(tokens, NULL);
	step->arg[2] = expr_number(token_flags(tokens, words_shmat));
	returns(step, step->arg[1]);
	take_outcome(tokens, step);
}

void read_detach(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_shmdt);

	step->arg[0] = token_range(tokens, NULL);
	take_outcome(tokens, step);
}

static void read_shmctl(struct tokens *tokens, uint64_t command)
{
	struct step *step = token_call(tokens, CALL_shmctl);

	step->arg[0] = token_object(tokens);
	step->arg[1] = expr_number(command);
	take_outcome(tokens, step);
}

void read_shm_lock(struct tokens *tokens)
{
	read_shmctl(tokens, SHM_LOCK_COMMAND);
}

void read_shm_unlock(struct tokens *tokens)
{
	read_shmctl(tokens, SHM_UNLOCK_COMMAND);
}

void read_shm_locked(struct tokens *tokens)
{
	struct step *step = token_step(tokens, STEP_SHM_LOCKED);

	step->arg[0] = token_object(tokens);
	take_outcome(tokens, step);
}

/* ---- pages ---- */

void read_read(struct tokens *tokens)
{
	struct step *step = token_step(tokens, STEP_READ);

	take_range(tokens, step);
	take_outcome(tokens, step);
}

void read_write(struct tokens *tokens)
{
	struct step *step = token_step(tokens, STEP_WRITE);

	take_range(tokens, step);
	step->arg[2] = expr_number(0x5a);
	if (token_is_number(tokens))
		step->arg[2] = expr_number(token_number(tokens));
	take_outcome(tokens, step);
}

void read_stripe(struct tokens *tokens)
{
	struct step *step = token_step(tokens, STEP_STRIPE);

	take_range(tokens, step);
	step->arg[2] = expr_number(token_prot(tokens));
	take_outcome(tokens, step);
}

void read_shadow_stack(struct tokens *tokens)
{
	struct step *step = token_step(tokens, STEP_SHADOW_STACK);

	take_range(tokens, step);
	take_outcome(tokens, step);
}
