/*
 * uri.h - paths, which may hold any byte, as URIs, which may not.  RFC 3986.
 */
#ifndef PAGETRAIL_URI_H
#define PAGETRAIL_URI_H

#include "../report/text.h"

/*
 * uri_path - a path as part of a URI: slashes and unreserved characters (section 2.3) stay, all else becomes %XX
 *
 * A colon is escaped too, so that "a:b/c.c" is no scheme (section 4.2).
 */
void uri_path(struct text *uri, const char *path);

/*
 * uri_file - "file:///usr/lib/libx.so"; RFC 8089
 * @path: absolute
 */
void uri_file(struct text *uri, const char *path);

#endif
