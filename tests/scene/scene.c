/*
 * scene.c - read a scene and play it: one function for each kind of statement.
 */
#include "scene.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../collector/vm/kernel.h"
#include "../../collector/vm/uapi.h"

enum { WORDS_MAX = 64 };

struct scene {
	const char *path;
	int line;
	const struct player *player;
	int differences;
	bool broken;		/* the file makes no sense */
	bool skipped;		/* it is about a newer kernel */
	char *word[WORDS_MAX];	/* of this line */
	int words, at;
};

static void complain(struct scene *scene, const char *what, const char *detail)
{
	printf("%s:%d: %s%s%s\n", scene->path, scene->line, what, detail ? " " : "", detail ? detail : "");
	scene->differences++;
}

static void nonsense(struct scene *scene, const char *what)
{
	complain(scene, "cannot understand", what);
	scene->broken = true;
}

/* ---- words ---- */

struct meaning {
	const char *word;
	uint64_t value;
};

static const struct meaning map_words[] = {
	{ "shared", K_MAP_SHARED }, { "locked", K_MAP_LOCKED }, { "noreserve", K_MAP_NORESERVE },
	{ "stack", K_MAP_STACK }, { "growsdown", K_MAP_GROWSDOWN }, { "droppable", K_MAP_DROPPABLE },
	{ "noreplace", K_MAP_FIXED_NOREPLACE }, { 0 } };
static const struct meaning lockall_words[] = {
	{ "current", K_MCL_CURRENT }, { "future", K_MCL_FUTURE }, { "onfault", K_MCL_ONFAULT }, { 0 } };
static const struct meaning lock_words[] = { { "onfault", K_MLOCK_ONFAULT }, { 0 } };
static const struct meaning move_words[] = { { "dontunmap", K_MREMAP_DONTUNMAP }, { 0 } };
static const struct meaning advice_words[] = {
	{ "normal", K_MADV_NORMAL }, { "random", K_MADV_RANDOM }, { "sequential", K_MADV_SEQUENTIAL },
	{ "willneed", 3 },
	{ "dontneed", K_MADV_DONTNEED }, { "free", 8 }, { "dontfork", K_MADV_DONTFORK }, { "dofork", K_MADV_DOFORK },
	{ "mergeable", K_MADV_MERGEABLE }, { "unmergeable", K_MADV_UNMERGEABLE }, { "hugepage", K_MADV_HUGEPAGE },
	{ "nohugepage", K_MADV_NOHUGEPAGE }, { "dontdump", K_MADV_DONTDUMP }, { "dodump", K_MADV_DODUMP },
	{ "wipeonfork", K_MADV_WIPEONFORK }, { "keeponfork", K_MADV_KEEPONFORK }, { "guard", K_MADV_GUARD_INSTALL },
	{ "unguard", K_MADV_GUARD_REMOVE }, { 0 } };
static const struct meaning errnos[] = {
	{ "EPERM", EPERM }, { "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM }, { "EACCES", EACCES }, { "EFAULT", EFAULT },
	{ "EEXIST", EEXIST }, { "EINVAL", EINVAL }, { "EBUSY", EBUSY }, { 0 } };

static const struct meaning *look_up(const struct meaning *table, const char *word)
{
	for (; table->word; table++)
		if (!strcmp(table->word, word))
			return table;
	return NULL;
}

static const char *next_word(struct scene *scene)
{
	if (scene->at < scene->words)
		return scene->word[scene->at++];
	nonsense(scene, "the end of the line");
	return "";
}

/* All words from here on that @table has, joined by or. */
static uint64_t take_flags(struct scene *scene, const struct meaning *table)
{
	const struct meaning *found;
	uint64_t flags = 0;

	while (scene->at < scene->words && (found = look_up(table, scene->word[scene->at]))) {
		flags |= found->value;
		scene->at++;
	}
	return flags;
}

/* "3", "2-5", "1@5+10", "0-9!" */
static void take_range(struct scene *scene, uint64_t *addr, uint64_t *len)
{
	const char *word = next_word(scene);
	char *end;
	unsigned long first = strtoul(word, &end, 10), last = first + 1;

	*addr = SCENE_PAGE(first);
	*len = 4096;
	if (*end == '-')
		last = strtoul(end + 1, &end, 10);
	*len = (last - first) * 4096;
	if (*end == '@')
		*addr += strtoul(end + 1, &end, 10);
	if (*end == '+')
		*len = strtoul(end + 1, &end, 10);
	if (*end == '!')
		*len = UINT64_MAX - 4095, end++;
	if (*end || !isdigit((unsigned char)*word) || last < first)
		nonsense(scene, word);
}

static uint64_t take_prot(struct scene *scene)
{
	const char *word = next_word(scene);
	uint64_t prot = 0;

	if (strlen(word) != 3 || strspn(word, "rwx-") != 3)
		nonsense(scene, word);
	for (; *word; word++)
		prot |= *word == 'r' ? 1 : *word == 'w' ? 2 : *word == 'x' ? 4 : 0;
	return prot;
}

/* "= ENOMEM", or success with @ret */
static void take_outcome(struct scene *scene, struct scene_call *call, uint64_t ret)
{
	const struct meaning *found;

	call->ret = (int64_t)ret;
	if (scene->at >= scene->words || strcmp(scene->word[scene->at], "="))
		return;
	scene->at++;
	found = look_up(errnos, next_word(scene));
	if (!found) {
		nonsense(scene, scene->word[scene->at - 1]);
		return;
	}
	call->ret = -1;
	call->err = (int)found->value;
}

/* ---- calls ---- */

static void play_call(struct scene *scene, const struct scene_call *call)
{
	const char *problem = scene->broken ? NULL : scene->player->call(scene->player->data, call);

	if (problem)
		complain(scene, call_table[call->call].name, problem);
}

static void play_map(struct scene *scene)
{
	struct scene_call call = { .call = CALL_mmap };
	uint64_t flags;

	take_range(scene, &call.args[0], &call.args[1]);
	call.args[2] = take_prot(scene);
	flags = take_flags(scene, map_words);
	if (!(flags & K_MAP_TYPE))
		flags |= K_MAP_PRIVATE;
	if (!(flags & K_MAP_FIXED_NOREPLACE))
		flags |= K_MAP_FIXED;
	call.args[3] = flags | K_MAP_ANONYMOUS;
	call.args[4] = UINT64_MAX;
	take_outcome(scene, &call, call.args[0]);
	play_call(scene, &call);
}

static void play_move(struct scene *scene)
{
	struct scene_call call = { .call = CALL_mremap };

	take_range(scene, &call.args[0], &call.args[1]);
	take_range(scene, &call.args[4], &call.args[2]);
	call.args[3] = take_flags(scene, move_words);
	if (call.args[0] != call.args[4])
		call.args[3] |= K_MREMAP_MAYMOVE | K_MREMAP_FIXED;
	take_outcome(scene, &call, call.args[4]);
	play_call(scene, &call);
}

static void play_protect(struct scene *scene)
{
	struct scene_call call = { .call = CALL_mprotect };

	take_range(scene, &call.args[0], &call.args[1]);
	call.args[2] = take_prot(scene);
	take_outcome(scene, &call, 0);
	play_call(scene, &call);
}

static void play_lock(struct scene *scene)
{
	struct scene_call call = { .call = CALL_mlock };

	take_range(scene, &call.args[0], &call.args[1]);
	call.args[2] = take_flags(scene, lock_words);
	if (call.args[2])
		call.call = CALL_mlock2;
	take_outcome(scene, &call, 0);
	play_call(scene, &call);
}

static void play_lockall(struct scene *scene)
{
	struct scene_call call = { .call = CALL_mlockall };

	call.args[0] = take_flags(scene, lockall_words);
	take_outcome(scene, &call, 0);
	play_call(scene, &call);
}

static void play_unlockall(struct scene *scene)
{
	struct scene_call call = { .call = CALL_munlockall };

	play_call(scene, &call);
}

static void play_advise(struct scene *scene)
{
	struct scene_call call = { .call = CALL_madvise };
	const struct meaning *advice;

	take_range(scene, &call.args[0], &call.args[1]);
	advice = look_up(advice_words, next_word(scene));
	if (advice)
		call.args[2] = advice->value;
	else
		nonsense(scene, scene->word[scene->at - 1]);
	take_outcome(scene, &call, 0);
	play_call(scene, &call);
}

/* munmap, munlock and mseal take a range and nothing else */
static void play_plain(struct scene *scene, enum call_id id)
{
	struct scene_call call = { .call = id };

	take_range(scene, &call.args[0], &call.args[1]);
	take_outcome(scene, &call, 0);
	play_call(scene, &call);
}

static void play_unmap(struct scene *scene)
{
	play_plain(scene, CALL_munmap);
}

static void play_unlock(struct scene *scene)
{
	play_plain(scene, CALL_munlock);
}

static void play_seal(struct scene *scene)
{
	play_plain(scene, CALL_mseal);
}

static void play_fork(struct scene *scene)
{
	const char *problem = scene->player->fork(scene->player->data);

	if (problem)
		complain(scene, "fork", problem);
}

static void play_limit(struct scene *scene)
{
	const char *problem = scene->player->limit(scene->player->data, strtoul(next_word(scene), NULL, 10));

	if (problem)
		complain(scene, "limit", problem);
}

static void play_since(struct scene *scene)
{
	const char *release = next_word(scene);
	unsigned since = kernel_parse(release);

	if (!since)
		nonsense(scene, release);
	scene->skipped = !kernel_since(scene->player->kernel, since);
	if (scene->skipped)
		printf("skip %s: this kernel is older than %s\n", scene->path, release);
}

/* ---- strips ---- */

static char lock_letter(const struct vma *vma)
{
	return "-LF"[vma->lock];
}

static char prot_letter(const struct vma *vma)
{
	return "-r2w4x6a"[vma->prot];
}

static char advice_letter(const struct vma *vma)
{
	if (!vma->advice)
		return '-';
	if (vma->advice & (vma->advice - 1))
		return '*';
	return "rsfwdhnm"[__builtin_ctz(vma->advice)];
}

static char seal_letter(const struct vma *vma)
{
	return vma->flags & VMA_SEALED ? 'S' : '-';
}

static void expect_strip(struct scene *scene, char (*letter)(const struct vma *vma))
{
	const char *want = next_word(scene), *problem = scene->player->look(scene->player->data);
	char have[SCENE_PAGES + 1], text[2 * SCENE_PAGES + 64];
	size_t length = strlen(want), used = 0;

	if (problem || length > SCENE_PAGES) {
		complain(scene, "expect", problem ? problem : "a shorter strip");
		return;
	}
	for (size_t i = 0; i < SCENE_PAGES; i++) {
		struct vma vma;
		bool mapped = scene->player->page(scene->player->data, SCENE_PAGE(i), &vma);

		have[i] = mapped ? letter(&vma) : '.';
		used = mapped && i >= used ? i + 1 : used;
	}
	if (used < length)
		used = length;
	have[used] = '\0';
	if (!strcmp(have, want))
		return;
	snprintf(text, sizeof text, "is %s, should be %s", have, want);
	complain(scene, "strip", text);
}

static void expect_lock(struct scene *scene)
{
	expect_strip(scene, lock_letter);
}

static void expect_prot(struct scene *scene)
{
	expect_strip(scene, prot_letter);
}

static void expect_advice(struct scene *scene)
{
	expect_strip(scene, advice_letter);
}

static void expect_seal(struct scene *scene)
{
	expect_strip(scene, seal_letter);
}

static void expect_vmlck(struct scene *scene)
{
	const char *problem = scene->player->look(scene->player->data);
	uint64_t want = strtoul(next_word(scene), NULL, 10);
	uint64_t have = problem ? 0 : scene->player->vmlck(scene->player->data) / 4096;
	char text[80];

	if (have == want && !problem)
		return;
	snprintf(text, sizeof text, "is %lu pages, should be %lu", (unsigned long)have, (unsigned long)want);
	complain(scene, "VmLck", problem ? problem : text);
}

/* ---- files ---- */

static void play_statement(struct scene *scene)
{
	static const struct {
		const char *verb;
		void (*play)(struct scene *scene);
	} verbs[] = {
		{ "map", play_map }, { "unmap", play_unmap }, { "protect", play_protect }, { "lock", play_lock },
		{ "unlock", play_unlock }, { "lockall", play_lockall }, { "unlockall", play_unlockall },
		{ "advise", play_advise }, { "move", play_move }, { "seal", play_seal }, { "fork", play_fork },
		{ "limit", play_limit }, { "since", play_since }, { "expect", expect_lock },
		{ "expect-prot", expect_prot }, { "expect-advice", expect_advice }, { "expect-seal", expect_seal },
		{ "expect-vmlck", expect_vmlck },
	};
	const char *verb = next_word(scene);

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (!strcmp(verbs[i].verb, verb)) {
			verbs[i].play(scene);
			return;
		}
	}
	nonsense(scene, verb);
}

static void play_line(struct scene *scene, char *line)
{
	char *rest = line, *word;

	line[strcspn(line, "#\n")] = '\0';
	scene->words = scene->at = 0;
	while (scene->words < WORDS_MAX && (word = strtok_r(rest, " \t", &rest)))
		scene->word[scene->words++] = word;
	while (scene->at < scene->words && !scene->broken && !scene->skipped)
		play_statement(scene);
}

int scene_play(const char *path, const struct player *player)
{
	struct scene scene = { .path = path, .player = player };
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	if (!file) {
		complain(&scene, strerror(errno), NULL);
		return SCENE_BROKEN;
	}
	while (!scene.broken && !scene.skipped && getline(&line, &room, file) > 0) {
		scene.line++;
		play_line(&scene, line);
	}
	free(line);
	fclose(file);
	if (scene.skipped)
		return SCENE_SKIPPED;
	return scene.broken ? SCENE_BROKEN : scene.differences;
}

int scene_report(const char *name, const int *results, int count)
{
	int passed = 0, skipped = 0;

	for (int i = 0; i < count; i++) {
		passed += results[i] == 0;
		skipped += results[i] == SCENE_SKIPPED;
	}
	printf("%s: %d passed, %d failed, %d skipped\n", name, passed, count - passed - skipped, skipped);
	return passed + skipped < count;
}
