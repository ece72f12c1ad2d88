#include "out.h"

const struct verdict_format verdict_format[] = {
	{ "text", verdict_text, true },
	{ "json", verdict_json, false },
	{ "sarif", verdict_sarif, true },
	{ "junit", verdict_junit, true },
	{ "github", verdict_github, true },
	{ 0 },
};
