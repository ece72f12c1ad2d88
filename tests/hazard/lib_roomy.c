/* lib_deep.c once more, with frames of another shape: loaded where that one was, it must not be taken for it. */
#define deep_round plain_round
#define deep_malloc roomy_malloc
#include "lib_deep.c"
#undef deep_round

int deep_round(void);

int deep_round(void)
{
	volatile char room[3000];
	int bad;

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = 1;
	bad = plain_round();
	return bad + !room[100] + !room[2999];
}
