/*
 * h_mdwe PROGRAM...: forbids itself and what it becomes ever to make memory executable that is not so from its mapping on
 * (PR_SET_MDWE, inherited over exec), then becomes PROGRAM.
 */
#include "../prog/prog.h"

#include <sys/prctl.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
		return 77;
	execv(argv[1], argv + 1);
	return 3;
}
