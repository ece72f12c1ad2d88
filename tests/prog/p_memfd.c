/* Memory that is a file without a name: one descriptor mapped writable and executable side by side, a seal, a secret one. */
#include "prog.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

int main(void)
{
	int fd = memfd_create("notes", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char *rw, *rx;
	int secret;

	if (fd == -1 || ftruncate(fd, 2 * page()))
		return 1;
	rw = t_mmap(NULL, 2 * page(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	rx = t_mmap(NULL, 2 * page(), PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	if (rw == MAP_FAILED || rx == MAP_FAILED)
		return 1;
	strcpy(rw, "written here, readable there");
	puts(rx);
	printf("seal: %d\n", fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK));
	look("mapped");
	secret = (int)syscall(SYS_memfd_secret, 0);
	if (secret >= 0 && ftruncate(secret, page()) == 0)
		t_mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_SHARED, secret, 0);
	look("secret");
	return 0;
}
