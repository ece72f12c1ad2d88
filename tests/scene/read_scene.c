/*
 * read_scene.c - scenes from text: paragraphs, each under a comment that is its title.  README.md has all statements.
 */
#include <stdlib.h>
#include <string.h>

#include "../../collector/vm/uapi.h"
#include "needs.h"
#include "tokens.h"

/* ---- the process ---- */

static void read_fork(struct tokens *tokens)
{
	struct step *step = token_step(tokens, STEP_FORK);

	step->arg[0] = expr_number(token_is(tokens, "stay"));
}

static void read_exec(struct tokens *tokens)
{
	token_step(tokens, STEP_EXEC);
}

static void read_thread(struct tokens *tokens)
{
	tokens->by = BY_THREAD;
}

static void read_child(struct tokens *tokens)
{
	tokens->by = BY_CHILD;
}

static void read_become(struct tokens *tokens)
{
	struct step *step = token_step(tokens, STEP_BECOME);

	step->arg[0] = expr_number(token_word(tokens, words_right));
}

static void read_limit(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_setrlimit);

	step->arg[0] = expr_number(token_word(tokens, words_limit));
	step->arg[1] = token_size(tokens);
}

static void read_prctl(struct tokens *tokens, uint64_t option, uint64_t value)
{
	struct step *step = token_call(tokens, CALL_prctl);

	step->arg[0] = expr_number(option);
	step->arg[1] = expr_number(value);
}

static void read_mdwe(struct tokens *tokens)
{
	read_prctl(tokens, K_PR_SET_MDWE, K_MDWE_REFUSE_EXEC_GAIN);
}

static void read_merge_any(struct tokens *tokens)
{
	static const struct word switches[] = { { "on", 1 }, { "off", 0 }, { NULL, 0 } };

	read_prctl(tokens, K_PR_SET_MEMORY_MERGE, token_word(tokens, switches));
}

static void read_implies_exec(struct tokens *tokens)
{
	struct step *step = token_call(tokens, CALL_personality);

	step->arg[0] = expr_number(K_READ_IMPLIES_EXEC);
}

static void read_needs(struct tokens *tokens)
{
	const char *word = token_next(tokens);

	if (!needs_read(tokens->scene, word))
		token_puzzled(tokens, word);
}

/* ---- statements ---- */

static const struct {
	const char *word;
	statement_fn *read;
} verbs[] = {
	{ "map", read_map }, { "unmap", read_unmap }, { "move", read_move }, { "brk", read_brk },
	{ "refile", read_refile }, { "protect", read_protect }, { "lock", read_lock }, { "unlock", read_unlock },
	{ "lockall", read_lockall }, { "unlockall", read_unlockall }, { "advise", read_advise }, { "seal", read_seal },
	{ "mincore", read_mincore }, { "invalidate", read_invalidate }, { "open", read_open },
	{ "truncate", read_truncate }, { "seal-writes", read_seal_writes }, { "segment", read_segment },
	{ "attach", read_attach }, { "detach", read_detach }, { "shm-lock", read_shm_lock },
	{ "shm-unlock", read_shm_unlock }, { "shm-locked", read_shm_locked }, { "read", read_read },
	{ "write", read_write }, { "stripe", read_stripe }, { "shadow-stack", read_shadow_stack },
	{ "fork", read_fork }, { "exec", read_exec }, { "thread", read_thread }, { "child", read_child },
	{ "become", read_become }, { "limit", read_limit }, { "mdwe", read_mdwe }, { "merge-any", read_merge_any },
	{ "read-implies-exec", read_implies_exec }, { "needs", read_needs }, { "since", read_needs },
	{ "expect", read_expect }, { "vmlck", read_vmlck }, { "everywhere", read_everywhere },
};

bool is_verb(const char *word)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(verbs[i].word, word))
			return true;
	return false;
}

static void read_statement(struct tokens *tokens)
{
	const char *word = token_next(tokens);

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (!strcmp(verbs[i].word, word)) {
			verbs[i].read(tokens);
			return;
		}
	}
	token_puzzled(tokens, word);
}

static void read_line(struct tokens *tokens, char *line)
{
	tokens_split(tokens, line);
	while (tokens->at < tokens->words && !tokens->problem)
		read_statement(tokens);
}

/* ---- paragraphs ---- */

struct paragraph {
	char *title;		/* the comment it begins with */
	bool begun;		/* has statements */
};

static void add_title(struct paragraph *paragraph, const char *line)
{
	size_t had = paragraph->title ? strlen(paragraph->title) : 0, length;

	line += strspn(line, "# \t");
	length = strcspn(line, "\n");
	paragraph->title = realloc(paragraph->title, had + length + 2);
	if (!paragraph->title)
		abort();
	if (had)
		paragraph->title[had++] = ' ';
	memcpy(paragraph->title + had, line, length);
	paragraph->title[had + length] = '\0';
}

static void take_line(struct scenes *scenes, struct tokens *tokens, struct paragraph *paragraph, const char *path,
		      char *line)
{
	const char *first = line + strspn(line, " \t");

	if (!*first || *first == '\n') {
		*paragraph = (struct paragraph){ 0 }; /* its title is a scene's now, or was a heading */
		return;
	}
	if (*first == '#') {
		if (!paragraph->begun)
			add_title(paragraph, first);
		return;
	}
	if (!paragraph->begun) {
		tokens->scene = scenes_add(scenes, path, tokens->line);
		tokens->scene->title = paragraph->title;
		paragraph->begun = true;
	}
	if (!tokens->scene->title)
		token_puzzled(tokens, "a scene without a title");
	read_line(tokens, line);
}

int scenes_read_text(struct scenes *scenes, FILE *file, const char *path)
{
	struct tokens tokens = { 0 };
	struct paragraph paragraph = { 0 };
	char *line = NULL;
	size_t room = 0;

	while (!tokens.problem && getline(&line, &room, file) > 0) {
		tokens.line++;
		take_line(scenes, &tokens, &paragraph, path, line);
	}
	if (tokens.problem)
		fprintf(stderr, "%s:%d: cannot understand %s\n", path, tokens.line, tokens.problem);
	free(line);
	return tokens.problem ? -1 : 0;
}
