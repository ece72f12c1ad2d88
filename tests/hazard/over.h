/*
 * over.h - finds the tracer's memory and maps over it: the ring by its name in /proc/self/maps, the page that says who we are by
 * its flag (smaps: wf).  Without the tracer nothing is found.
 */
#ifndef OVER_H
#define OVER_H

#include "hazard.h"

struct range {
	char *start, *end;
};

static char text[1 << 20];	/* of maps or smaps */

static void read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got;

	while (used < sizeof(text) - 1 && (got = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = '\0';
	close(fd);
}

static struct range parse(const char *line)
{
	unsigned long start = 0, end = 0;

	sscanf(line, "%lx-%lx", &start, &end);
	return (struct range){ (char *)start, (char *)end };
}

static char *line_before(char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	return at;
}

static UNUSED struct range find_ring(void)
{
	char *at;

	read_file("/proc/self/maps");
	at = strstr(text, "/pagetrail-");
	return at ? parse(line_before(at)) : (struct range){ 0 };
}

/* The only range that is wiped on fork. */
static UNUSED struct range find_page(void)
{
	char *flags, *at, *last = NULL;

	read_file("/proc/self/smaps");
	flags = strstr(text, " wf");
	for (at = text; flags && (at = strstr(at, "\nSize:")) && at < flags; at++)
		last = at;
	return last ? parse(line_before(last)) : (struct range){ 0 };
}

static void fill(struct range at)
{
	memset(at.start, 0xa5, (size_t)(at.end - at.start));
}

static UNUSED long foreign_bytes(struct range at)
{
	long count = 0;

	for (char *c = at.start; c < at.end; c++)
		count += (unsigned char)*c != 0xa5;
	return count;
}

static UNUSED struct range map_over(struct range at)
{
	if (mmap(at.start, (size_t)(at.end - at.start), PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	    at.start)
		abort();
	fill(at);
	return at;
}

#endif
