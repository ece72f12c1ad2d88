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
	static const struct word switches[] = {{"on", 1}, {"off", 0}, {NULL, 0}};

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
	{"map", read_map},
	{"unmap", read_unmap},
	{"move", read_move},
	{"brk", read_brk},
	{"refile", read_refile},
	{"protect", read_protect},
	{"lock", read_lock},
	{"unlock", read_unlock},
	{"lockall", read_lockall},
	{"unlockall", read_unlockall},
	{"advise", read_advise},
	{"seal", read_seal},
	{"mincore", read_mincore},
	{"invalidate", read_invalidate},
	{"open", read_open},
	{"truncate", read_truncate},
	{"seal-writes", read_seal_writes},
	{"segment", read_segment},
	{"attach", read_attach},
	{"detach", read_detach},
	{"shm-lock", read_shm_lock},
	{"shm-unlock", read_shm_unlock},
	{"shm-locked", read_shm_locked},
	{"read", read_read},
	{"write", read_write},
	{"stripe", read_stripe},
	{"shadow-stack", read_shadow_stack},
	{"fork", read_fork},
	{"exec", read_exec},
	{"thread", read_thread},
	{"child", read_child},
	{"become", read_become},
	{"limit", read_limit},
	{"mdwe", read_mdwe},
	{"merge-any", read_merge_any},
	{"read-implies-exec", read_implies_exec},
	{"needs", read_needs},
	{"since", read_needs},
	{"expect", read_expect},
	{"vmlck", read_vmlck},
	{"everywhere", read_everywhere},
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

/* A comment at the beginning of a paragraph is its title, or a heading if nothing follows. */
static void add_title(struct scene *scene, const char *line)
{
	size_t had = scene->title ? strlen(scene->title) : 0, length;

	line += strspn(line, "# \t");
	length = strcspn(line, "\n");
	scene->title = realloc(scene->title, had + length + 2);
	if (!scene->title)
		abort();
	if (had)
		scene->title[had++] = ' ';
	memcpy(scene->title + had, line, length);
	scene->title[had + length] = '\0';
}

static void drop_title(struct scene *scene)
{
	free(scene->title);
	scene->title = NULL;
}

int script_next_text(struct script *script)
{
	struct scene *scene = &script->scene;
	struct tokens tokens = {.scene = scene};
	bool begun = false;

	while (!tokens.problem && script_line(script)) {
		char *first = script->text + strspn(script->text, " \t");

		if (*first == '\n' && begun)
			break;
		if (*first == '\n')
			drop_title(scene);
		else if (*first == '#' && !begun)
			add_title(scene, first);
		if (*first == '\n' || *first == '#')
			continue;
		tokens.line = script->line;
		scene->line = begun ? scene->line : script->line;
		begun = true;
		read_line(&tokens, first);
	}
	if (begun && !scene->title)
		token_puzzled(&tokens, "a scene without a title");
	return tokens.problem ? script_puzzled(script, tokens.problem) : begun;
}
