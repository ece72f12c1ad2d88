/* Loses a block, for the leak detector of AddressSanitizer, and mapped memory, which is no leak to it. */
#include "../prog/prog.h"

static void *volatile lost;

int main(void)
{
	lost = malloc(1000);
	mmap(NULL, page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	lost = NULL;
	puts("lost");
	return 0;
}
