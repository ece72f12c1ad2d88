/*
 * parser.h - what the parse*.c files share; not for others.
 */
#ifndef PAGETRAIL_PARSER_H
#define PAGETRAIL_PARSER_H

#include "fields.h"
#include "names.h"
#include "parse.h"

/* Arrays that grow and are used again for the next record. */
struct parser_array {
	void *item;
	size_t bytes;
};

struct parser {
	struct names types, calls, errors;
	struct fields fields;	/* of the record at hand */
	size_t room_bytes;	/* of fields.room */
	struct parser_array list;
	struct parser_array names, name; /* of a stack */
	struct parser_array segments;	 /* of a process */
	struct parser_array known;	 /* of a snapshot */
	struct record_carried carried;
};

/*
 * parser_list - room for @count items of @bytes each, zeroed, until the next record
 */
void *parser_list(struct parser *parser, size_t count, size_t bytes);

/*
 * parser_room - the same in an array of the caller's choice
 */
void *parser_room(struct parser_array *list, size_t count, size_t bytes);

/*
 * parse_TYPE - fill the part of the record that is particular to one type, from parser->fields
 *
 * Failures are left in parser->fields.failed.
 */
void parse_call(struct parser *parser, struct record *record);
void parse_header(struct parser *parser, struct record *record);
void parse_process(struct parser *parser, struct record *record);
void parse_module(struct parser *parser, struct record *record);
void parse_snapshot(struct parser *parser, struct record *record);
void parse_stack(struct parser *parser, struct record *record);
void parse_mark(struct parser *parser, struct record *record);
void parse_loss(struct parser *parser, struct record *record);
void parse_note(struct parser *parser, struct record *record);
void parse_check(struct parser *parser, struct record *record);
void parse_residency(struct parser *parser, struct record *record);
void parse_trailer(struct parser *parser, struct record *record);

/*
 * fd_kind_of, access_of, via_of - the words of "fdkind", "access" and "via"; a word that is not known is told as unknown
 */
enum fd_kind fd_kind_of(const char *text, size_t length);
enum fd_access access_of(const char *text, size_t length);
enum call_via via_of(const char *text, size_t length);

/*
 * parse_origin - seq, pid and t, which records of the model's order all have
 */
void parse_origin(struct fields *fields, struct record *record);

/*
 * parse_carried - what the start record of a process tells of its time in the log before
 */
void parse_carried(struct parser *parser, struct record_process *process);

/*
 * parse_words - an array of strings
 *
 * Return: the strings, valid until the next record, and *count.
 */
const char *const *parse_words(struct parser *parser, const char *name, size_t *count);

#endif
