#include "words.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "../../collector/vm/uapi.h"
#include "scene.h"

const struct word words_mmap[] = {
	{ "shared", K_MAP_SHARED }, { "private", K_MAP_PRIVATE }, { "shared_validate", K_MAP_SHARED_VALIDATE },
	{ "droppable", K_MAP_DROPPABLE }, { "fixed", K_MAP_FIXED }, { "anonymous", K_MAP_ANONYMOUS }, { "32bit", 0x40 },
	{ "above4g", 0x80 }, { "growsdown", K_MAP_GROWSDOWN }, { "denywrite", 0x800 }, { "executable", 0x1000 },
	{ "locked", K_MAP_LOCKED }, { "noreserve", K_MAP_NORESERVE }, { "populate", 0x8000 }, { "nonblock", 0x10000 },
	{ "stack", K_MAP_STACK }, { "hugetlb", K_MAP_HUGETLB }, { "sync", K_MAP_SYNC },
	{ "fixed_noreplace", K_MAP_FIXED_NOREPLACE }, { "uninitialized", 0x4000000 }, { "bit27", 1 << 27 },
	{ "huge_2mb", UINT64_C(21) << K_MAP_HUGE_SHIFT }, { "notype", 0 }, { NULL, 0 } };
const struct word words_mremap[] = { { "maymove", K_MREMAP_MAYMOVE }, { "fixed", K_MREMAP_FIXED },
				     { "dontunmap", K_MREMAP_DONTUNMAP }, { "bad8", 8 }, { NULL, 0 } };
const struct word words_mlockall[] = { { "current", K_MCL_CURRENT }, { "future", K_MCL_FUTURE },
				       { "onfault", K_MCL_ONFAULT }, { "bad8", 8 }, { NULL, 0 } };
const struct word words_mlock[] = { { "onfault", K_MLOCK_ONFAULT }, { "bad2", 2 }, { NULL, 0 } };
const struct word words_shmat[] = { { "rdonly", K_SHM_RDONLY }, { "rnd", 020000 }, { "remap", K_SHM_REMAP },
				    { "exec", K_SHM_EXEC }, { NULL, 0 } };
const struct word words_advice[] = {
	{ "normal", K_MADV_NORMAL }, { "random", K_MADV_RANDOM }, { "sequential", K_MADV_SEQUENTIAL },
	{ "willneed", 3 }, { "dontneed", K_MADV_DONTNEED }, { "free", 8 }, { "remove", 9 },
	{ "dontfork", K_MADV_DONTFORK },
	{ "dofork", K_MADV_DOFORK }, { "mergeable", K_MADV_MERGEABLE }, { "unmergeable", K_MADV_UNMERGEABLE },
	{ "hugepage", K_MADV_HUGEPAGE }, { "nohugepage", K_MADV_NOHUGEPAGE }, { "dontdump", K_MADV_DONTDUMP },
	{ "dodump", K_MADV_DODUMP }, { "wipeonfork", K_MADV_WIPEONFORK }, { "keeponfork", K_MADV_KEEPONFORK },
	{ "cold", 20 }, { "pageout", 21 }, { "populate_read", 22 }, { "populate_write", 23 }, { "dontneed_locked", 24 },
	{ "collapse", 25 }, { "hwpoison", 100 }, { "soft_offline", 101 }, { "guard_install", K_MADV_GUARD_INSTALL },
	{ "guard_remove", K_MADV_GUARD_REMOVE }, { NULL, 0 } };
const struct word words_limit[] = { { "memlock", K_RLIMIT_MEMLOCK }, { "as", K_RLIMIT_AS }, { "data", K_RLIMIT_DATA },
				    { "stack", K_RLIMIT_STACK }, { "fsize", 1 }, { NULL, 0 } };
const struct word words_prot[] = { { "sem", K_PROT_SEM }, { "growsdown", K_PROT_GROWSDOWN },
				   { "growsup", K_PROT_GROWSUP }, { NULL, 0 } };
const struct word words_errno[] = {
	{ "EPERM", EPERM }, { "ENOENT", ENOENT }, { "ESRCH", ESRCH }, { "EINTR", EINTR }, { "EIO", EIO },
	{ "ENXIO", ENXIO }, { "E2BIG", E2BIG }, { "EBADF", EBADF }, { "ECHILD", ECHILD }, { "EAGAIN", EAGAIN },
	{ "ENOMEM", ENOMEM }, { "EACCES", EACCES }, { "EFAULT", EFAULT }, { "EBUSY", EBUSY }, { "EEXIST", EEXIST },
	{ "ENODEV", ENODEV }, { "EINVAL", EINVAL }, { "ENFILE", ENFILE }, { "EMFILE", EMFILE }, { "ENOTTY", ENOTTY },
	{ "ETXTBSY", ETXTBSY }, { "EFBIG", EFBIG }, { "ENOSPC", ENOSPC }, { "ERANGE", ERANGE }, { "ENOSYS", ENOSYS },
	{ "EIDRM", EIDRM }, { "EPROTO", EPROTO }, { "EOVERFLOW", EOVERFLOW }, { "EOPNOTSUPP", EOPNOTSUPP },
	{ NULL, 0 } };
const struct word words_signal[] = { { "SIGSEGV", SIGSEGV }, { "SIGBUS", SIGBUS }, { "SIGILL", SIGILL }, { NULL, 0 } };
const struct word words_right[] = { { "root", RIGHT_ALL }, { "root-no-ipc-lock", RIGHT_NO_IPC_LOCK },
				    { "unprivileged", RIGHT_NONE }, { NULL, 0 } };
const struct word words_shmctl[] = { { "SHM_LOCK", 11 }, { "SHM_UNLOCK", 12 }, { "IPC_RMID", 0 }, { NULL, 0 } };
const struct word words_open[] = { { "file", OPEN_FILE }, { "memfd", OPEN_MEMFD }, { "secret", OPEN_SECRET },
				   { "socket", OPEN_SOCKET }, { "pipe", OPEN_PIPE }, { "sparse", OPEN_SPARSE },
				   { "noexec", OPEN_NOEXEC }, { "path", OPEN_PATH }, { NULL, 0 } };
const struct word words_access[] = { { "r", ACCESS_READ }, { "w", ACCESS_WRITE }, { "rw", ACCESS_BOTH }, { NULL, 0 } };

const struct word *word_find(const struct word *table, const char *text, size_t length)
{
	for (; table->word; table++)
		if (strlen(table->word) == length && !strncasecmp(table->word, text, length))
			return table;
	return NULL;
}
