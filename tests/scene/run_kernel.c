/*
 * run_kernel.c - play scenes to the kernel: the same calls, made by a process whose smaps are read.
 *
 *   run_kernel FILE.scene...     exit 1 if any differs
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../../collector/vm/kernel.h"
#include "scene.h"
#include "subject.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

struct stage {
	struct subject subject;
	struct rlimit before;	/* of this program, lent to the subject */
	bool limited, begun, stale;
	char problem[160];
};

static const char *begin(struct stage *stage)
{
	if (stage->begun)
		return NULL;
	stage->begun = true;
	return subject_start(&stage->subject, stage->limited) ? "no process to make calls" : NULL;
}

/* Only the soft limit, so that the next scene can have another. */
static const char *set_limit(void *data, uint64_t pages)
{
	struct stage *stage = data;
	struct rlimit limit = { pages * 4096, stage->before.rlim_max };

	if (stage->begun)
		return "comes too late";
	stage->limited = true;
	return setrlimit(RLIMIT_MEMLOCK, &limit) ? strerror(errno) : NULL;
}

static long number_of(enum call_id call)
{
	switch (call) {
	case CALL_mmap:
		return SYS_mmap;
	case CALL_munmap:
		return SYS_munmap;
	case CALL_mremap:
		return SYS_mremap;
	case CALL_mprotect:
		return SYS_mprotect;
	case CALL_mlock:
		return SYS_mlock;
	case CALL_mlock2:
		return SYS_mlock2;
	case CALL_munlock:
		return SYS_munlock;
	case CALL_mlockall:
		return SYS_mlockall;
	case CALL_munlockall:
		return SYS_munlockall;
	case CALL_madvise:
		return SYS_madvise;
	case CALL_mseal:
		return SYS_mseal;
	default:
		return -2;
	}
}

static const char *make_call(void *data, const struct scene_call *call)
{
	struct stage *stage = data;
	const char *problem = begin(stage);
	int64_t want = call->err ? -call->err : call->ret, have = 0;
	int failed;

	if (problem)
		return problem;
	failed = subject_call(&stage->subject, number_of(call->call), call->args, &have);
	stage->stale = true;
	if (!failed && have == want)
		return NULL;
	if (failed)
		return "the process has died";
	snprintf(stage->problem, sizeof stage->problem, "gave %s, should give %s",
		 have < 0 ? strerrorname_np((int)-have) : "success",
		 want < 0 ? strerrorname_np((int)-want) : "success");
	return stage->problem;
}

static const char *make_child(void *data)
{
	struct stage *stage = data;
	const char *problem = begin(stage);

	stage->stale = true;
	if (problem)
		return problem;
	return subject_fork(&stage->subject) < 0 ? "failed" : NULL;
}

static const char *look(void *data)
{
	struct stage *stage = data;
	const char *problem = begin(stage);

	if (!problem && stage->stale && subject_list(&stage->subject))
		problem = "cannot read smaps";
	stage->stale = false;
	return problem;
}

static bool has_word(const char *flags, const char *word)
{
	const char *at = flags ? strstr(flags, word) : NULL;

	return at && (at == flags || at[-1] == ' ');
}

static void read_state(const struct snapshot_range *range, struct vma *vma)
{
	static const char advice[8][3] = { "rr", "sr", "dc", "wf", "dd", "hg", "nh", "mg" };

	*vma = (struct vma){ .start = range->start, .end = range->end };
	for (int i = 0; i < 3; i++)
		if (range->perms[i] != '-')
			vma->prot |= (uint8_t)(1 << i);
	for (int i = 0; i < 8; i++)
		if (has_word(range->vmflags, advice[i]))
			vma->advice |= (uint16_t)(1 << i);
	if (has_word(range->vmflags, "lo"))
		vma->lock = has_word(range->vmflags, "lf") ? VMA_LOCKED_ONFAULT : VMA_LOCKED;
	if (has_word(range->vmflags, "sl"))
		vma->flags = VMA_SEALED;
}

static bool page_at(void *data, uint64_t addr, struct vma *vma)
{
	const struct subject *subject = &((struct stage *)data)->subject;

	for (size_t i = 0; i < subject->ranges; i++) {
		if (subject->range[i].start <= addr && addr < subject->range[i].end) {
			read_state(&subject->range[i], vma);
			return true;
		}
	}
	return false;
}

static uint64_t vmlck(void *data)
{
	return ((struct stage *)data)->subject.vmlck_bytes;
}

static int play(const char *path, unsigned kernel)
{
	struct stage stage = { .stale = true };
	struct player player = { &stage, set_limit, make_call, make_child, look, page_at, vmlck, kernel };
	int result;

	getrlimit(RLIMIT_MEMLOCK, &stage.before);
	result = scene_play(path, &player);
	if (stage.begun)
		subject_end(&stage.subject);
	setrlimit(RLIMIT_MEMLOCK, &stage.before);
	return result;
}

int main(int argc, char **argv)
{
	int *results = calloc((size_t)argc, sizeof *results), status;
	struct utsname host;

	uname(&host);
	if (getuid())
		printf("skip scenes on the kernel: root is needed to lock and to read another process's pages\n");
	for (int i = 1; i < argc; i++)
		results[i] = getuid() ? SCENE_SKIPPED : play(argv[i], kernel_parse(host.release));
	status = scene_report("kernel", results + 1, argc - 1);
	free(results);
	return status;
}
