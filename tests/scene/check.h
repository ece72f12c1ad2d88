/*
 * check.h - what a step came to, compared with what the scene says: the same for the model and for the kernel.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include "scene.h"

/* Some mapped pages in the same state. */
struct area {
	uint64_t start, end;
	struct state state;
};

/* One side's pages, as of now. */
struct view {
	void *data;
	/* the first area that ends above @addr; false: there is none */
	bool (*next)(void *data, uint64_t addr, struct area *area);
	int (*guard)(void *data, uint64_t addr);   /* has the page a guard marker: 0, 1; -1: cannot be told */
	int (*present)(void *data, uint64_t addr); /* NULL: this side does not know */
	int (*byte)(void *data, uint64_t addr);	   /* NULL likewise */
	bool (*lockable)(void *data, const struct area *area); /* NULL likewise */
	uint64_t vmlck;					       /* bytes */
	uint64_t flags;					       /* those of state.h that it knows */
};

/* What a step returned. */
struct result {
	int64_t ret;
	int err, signal;
	char vector[80];
};

/* Where differences go: the first lines of a scene's are printed. */
struct blame {
	const struct scene *scene;
	const char *side; /* "model", "kernel" */
	const struct step *step;
	unsigned count;
	bool quiet; /* counted, not printed */
};

void blame(struct blame *blame, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * check_result - did the step end as it should
 */
void check_result(struct blame *blame, const struct result *result, const struct values *values);

/*
 * check_pages - are the pages, the counter and the locks what the step's expectation says
 */
void check_pages(struct blame *blame, const struct view *view, const struct values *values);

/*
 * view_state - what is at @addr
 *
 * Return: false: nothing.
 */
bool view_state(const struct view *view, uint64_t addr, struct area *area);

#endif
