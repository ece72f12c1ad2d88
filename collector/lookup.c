#include "lookup.h"

const struct option_row lookup_rows[] = {
	{ "debug-dir", "DIR...", "look here first, by build-id or path; also DIR:DIR",
	  offsetof(struct lookup_words, debug_dir) },
	{ "sysroot", "DIR", "look for the modules below DIR only", offsetof(struct lookup_words, sysroot) },
	{ "debuginfod", NULL, "ask the servers in $DEBUGINFOD_URLS for what is not here",
	  offsetof(struct lookup_words, debuginfod) },
	{ 0 },
};

int lookup_search(const struct lookup_words *words, struct search **search, struct err *err)
{
	int code = 0;

	*search = search_new();
	for (size_t i = 0; i < words->debug_dir.count && !code; i++)
		code = search_add_dirs(*search, words->debug_dir.value[i], err);
	if (!code && words->sysroot)
		code = search_below(*search, words->sysroot, err);
	if (!code && words->debuginfod)
		code = search_ask_servers(*search, err);
	if (!code)
		return 0;
	search_free(*search);
	*search = NULL;
	return code;
}
