/*
 * err.h - an error message carried up to the verb that prints it.
 */
#ifndef PAGETRAIL_ERR_H
#define PAGETRAIL_ERR_H

/* Says what, where and what was expected, without a prefix or a newline: "t.jsonl:3: \"seq\" is not a number". */
struct err {
	char text[512];
};

/*
 * err_set - format a message and hand back the code
 * @code: a negative errno
 *
 * Return: @code. Long messages are cut.
 */
int err_set(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
