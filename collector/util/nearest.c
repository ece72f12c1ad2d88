#include "nearest.h"

#include <stddef.h>
#include <string.h>

#define NAME_MAX_LENGTH 31

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edit distance with swaps of neighbours (Damerau, optimal string alignment). */
static unsigned distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	unsigned d[NAME_MAX_LENGTH + 1][NAME_MAX_LENGTH + 1];

	if (na > NAME_MAX_LENGTH || nb > NAME_MAX_LENGTH)
		return NAME_MAX_LENGTH;
	for (size_t i = 0; i <= na; i++) {
		for (size_t j = 0; j <= nb; j++) {
			if (!i || !j) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[na][nb];
}

const char *nearest_name(const char *typed, const char *const *names)
{
	const char *best = NULL;
	unsigned fewest = NAME_MAX_LENGTH;

	for (; *names; names++) {
		unsigned edits = distance(typed, *names);

		if (edits < fewest) {
			fewest = edits;
			best = *names;
		}
	}
	return best && (fewest <= 1 || fewest * 3 <= strlen(best)) ? best : NULL;
}
