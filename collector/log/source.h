/*
 * source.h - the bytes of a log, decompressed if need be.
 */
#ifndef PAGETRAIL_SOURCE_H
#define PAGETRAIL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "../util/err.h"

struct source;

/*
 * source_file - open a file to be read
 *
 * To open a pipe with a name waits for a writer, and so does reading where there was none yet (fifo(7)): five seconds.
 * Return: a descriptor, or -errno and a message.
 */
int source_file(const char *path, struct err *err);

/*
 * source_open - open a file; "-" is standard input
 */
int source_open(const char *path, struct source **source, struct err *err);

/*
 * source_read - the next bytes
 * @got: receives how many, at most @room; 0 at the end
 *
 * Return: 0, or -errno and a message.
 */
int source_read(struct source *source, char *out, size_t room, size_t *got, struct err *err);

/*
 * source_torn - has the file ended within a zstd frame
 */
bool source_torn(const struct source *source);

/*
 * source_name - for messages
 */
const char *source_name(const struct source *source);

int source_rewind(struct source *source, struct err *err);
void source_close(struct source *source);

#endif
