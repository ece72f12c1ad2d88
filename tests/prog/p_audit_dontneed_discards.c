/*
 * A record behind a buffer, on the buffer's last page, that goes when the buffer is trimmed by its bytes.
 *
 * finds: warning dontneed-discards 1
 */
#include "audit.h"

int main(void)
{
	char *buffer = pages(2), *record = buffer + page() + 1000;

	strcpy(record, "of value");
	MUST(!madvise(buffer, page() + 1000, MADV_DONTNEED));
	MUST(!*record);
	puts("trimmed");
	return 0;
}
