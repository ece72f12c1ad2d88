/*
 * log.h - log files: lines in, lines out, plain or zstd by the name (".zst").
 */
#ifndef PAGETRAIL_LOG_H
#define PAGETRAIL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../util/err.h"
#include "../vm/record.h"

struct log_reader;

/*
 * log_open - open a log for reading and check that it is one
 * @path: file name; "-" is standard input; a zstd frame is recognised by its first bytes. A pipe with a name is given
 * five seconds for somebody to write to it.
 *
 * The first line must be a header of version 1, else the error says what it was instead.
 * Return: 0 and *reader, or -errno.
 */
int log_open(const char *path, struct log_reader **reader, struct err *err);

/*
 * log_next - the next record
 *
 * A torn last line or frame ends the log: everything before it is delivered, then log_tear() tells. A line in the
 * middle that cannot be parsed is an error naming file and line; the next call goes on behind it. Empty lines are
 * passed over; a line of more than 16 MiB is such an error, and is not kept in memory.
 * Return: 1 and *record (valid until the next call), 0 at the end, -errno on error.
 */
int log_next(struct log_reader *reader, struct record *record, struct err *err);

/*
 * log_line - the text of the record log_next() just gave, without newline; *number counts from 1
 */
const char *log_line(const struct log_reader *reader, size_t *length, uint64_t *number);

/*
 * log_tear - why the log ended early, or NULL if its last line is a trailer and nothing follows
 */
const char *log_tear(const struct log_reader *reader);

/*
 * log_rewind - start again at the header (not possible on standard input: -ESPIPE)
 */
int log_rewind(struct log_reader *reader, struct err *err);

void log_close(struct log_reader *reader);

struct log_writer;

/*
 * log_create - create a log for writing, mode 0600
 * @overwrite: without it an existing file is refused with -EEXIST and a message that names -f
 * @path: ".zst" at the end means zstd; "-" is standard output
 */
int log_create(const char *path, bool overwrite, struct log_writer **writer, struct err *err);

/*
 * log_write - append bytes; they reach the file at the latest at the next log_flush()
 *
 * Return: 0, or -errno (-ENOSPC, ...) once and from then on: nothing more is written.
 */
int log_write(struct log_writer *writer, const char *text, size_t length);

/*
 * log_written - bytes of the file so far, as far as they are known: with zstd what was flushed
 */
uint64_t log_written(const struct log_writer *writer);

/*
 * log_flush - hand everything to the kernel; with zstd, end the block so that a reader sees it
 */
int log_flush(struct log_writer *writer);

/*
 * log_finish - flush, close and free; the first error of the writer's life is returned
 */
int log_finish(struct log_writer *writer, struct err *err);

#endif
