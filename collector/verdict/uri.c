#include "uri.h"

#include <stdbool.h>
#include <string.h>

static bool stays(char byte)
{
	if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9'))
		return true;
	return strchr("-._~/", byte);
}

void uri_path(struct text *uri, const char *path)
{
	for (; *path; path++)
		text_printf(uri, stays(*path) ? "%c" : "%%%02X", (unsigned char)*path);
}

void uri_file(struct text *uri, const char *path)
{
	text_put(uri, "file://");
	uri_path(uri, path);
}
