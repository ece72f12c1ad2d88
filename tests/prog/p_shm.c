/* A System V segment: attached twice, locked and unlocked as a segment, removed, detached. */
#include "prog.h"

#include <sys/ipc.h>
#include <sys/shm.h>

static char *attach(int id, int flags)
{
	void *p = shmat(id, NULL, flags);

	said_addr(p, ARGS("\"call\":\"shmat\",\"shmid\":%d,\"addr\":\"0x0\",\"flags\":%d", id, flags));
	return p;
}

static int control(int id, int command)
{
	int ret = shmctl(id, command, NULL);

	said_code(ret, ARGS("\"call\":\"shmctl\",\"shmid\":%d,\"cmd\":%d", id, command));
	return ret;
}

static int detach(char *p)
{
	int ret = shmdt(p);

	said_code(ret, ARGS("\"call\":\"shmdt\",\"addr\":\"0x%lx\"", HEX(p)));
	return ret;
}

int main(void)
{
	int id = shmget(IPC_PRIVATE, 5 * page() + 1, IPC_CREAT | 0600);
	char *rw, *ro;

	if (id == -1)
		return 1;
	rw = attach(id, 0);
	ro = attach(id, SHM_RDONLY);
	if (rw == (char *)-1 || ro == (char *)-1)
		return 1;
	strcpy(rw, "one segment, two views");
	puts(ro);
	look("attached");
	printf("%d", control(id, SHM_LOCK));
	printf(" %d", control(id, SHM_UNLOCK));
	printf(" %d", control(id, IPC_RMID));
	printf(" %d", detach(rw));
	printf(" %s\n", detach(rw) ? errno_name() : "ok");
	look("detached");
	return 0;
}
