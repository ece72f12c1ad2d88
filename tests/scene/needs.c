#include "needs.h"

#include <cpuid.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../../collector/vm/kernel.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SYS_map_shadow_stack
#define SYS_map_shadow_stack 453
#endif

#define EXT4_MAGIC    0xef53
#define NO_ADVICE_100 100 /* MADV_HWPOISON */

static bool has_root(const char *directory)
{
	(void)directory;
	return !geteuid();
}

static bool has_ipc_lock(const char *directory)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0}};

	(void)directory;
	return !syscall(SYS_capget, &header, data) && (data[0].effective & 1u << CAP_IPC_LOCK);
}

/* CPUID 7.0 ecx bit 3 is PKU */
static bool has_no_pku(const char *directory)
{
	unsigned a, b, c, d;

	(void)directory;
	return !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(c & 1u << 3);
}

/* Length 0 does nothing where the advice is known. */
static bool has_no_hwpoison(const char *directory)
{
	(void)directory;
	return madvise(NULL, 0, NO_ADVICE_100) != 0;
}

static bool has_no_shadow_stack(const char *directory)
{
	long ret = syscall(SYS_map_shadow_stack, 0UL, 0UL, 0UL);

	(void)directory;
	return ret == -1 && errno == ENOSYS;
}

static long number_in(const char *path)
{
	FILE *file = fopen(path, "re");
	long number = -1;

	if (!file || fscanf(file, "%ld", &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return number;
}

static bool has_no_huge_pages(const char *directory)
{
	(void)directory;
	return !number_in("/proc/sys/vm/nr_hugepages") && !number_in("/proc/sys/vm/nr_overcommit_hugepages");
}

static bool has_ext4(const char *directory)
{
	struct statfs fs;

	return !statfs(directory, &fs) && fs.f_type == EXT4_MAGIC;
}

static bool has_overcommit_0(const char *directory)
{
	(void)directory;
	return !number_in("/proc/sys/vm/overcommit_memory");
}

static bool has_secret(const char *directory)
{
	long fd = syscall(SYS_memfd_secret, 0);

	(void)directory;
	if (fd >= 0)
		close((int)fd);
	return fd >= 0;
}

static bool has_ksm(const char *directory)
{
	(void)directory;
	return number_in("/sys/kernel/mm/ksm/run") >= 0;
}

static bool has_map_count(const char *directory)
{
	(void)directory;
	return number_in("/proc/sys/vm/max_map_count") == 65530;
}

static const struct {
	const char *word, *reason;
	bool (*met)(const char *directory);
} needs[NEEDS] = {
	[NEED_ROOT] = {"root", "root", has_root},
	[NEED_IPC_LOCK] = {"ipc-lock", "CAP_IPC_LOCK", has_ipc_lock},
	[NEED_NO_PKU] = {"no-pku", "a processor without protection keys", has_no_pku},
	[NEED_NO_HWPOISON] = {"no-hwpoison", "a kernel without CONFIG_MEMORY_FAILURE", has_no_hwpoison},
	[NEED_NO_SHADOW_STACK] = {"no-shadow-stack", "a kernel without user shadow stacks", has_no_shadow_stack},
	[NEED_NO_HUGE_PAGES] = {"no-huge-pages", "vm.nr_hugepages = 0", has_no_huge_pages},
	[NEED_EXT4] = {"ext4", "files on ext4", has_ext4},
	[NEED_OVERCOMMIT_0] = {"overcommit-0", "vm.overcommit_memory = 0", has_overcommit_0},
	[NEED_SECRET] = {"secret", "memfd_secret", has_secret},
	[NEED_KSM] = {"ksm", "a kernel with CONFIG_KSM", has_ksm},
	[NEED_MAP_COUNT] = {"map-count", "vm.max_map_count = 65530", has_map_count},
};

bool needs_read(struct scene *scene, const char *text)
{
	/* as JSON cases say it */
	static const struct {
		const char *text;
		enum need need;
	} also[] = {{"cpu-without-pku", NEED_NO_PKU},
		    {"no CONFIG_MEMORY_FAILURE", NEED_NO_HWPOISON},
		    {"no CONFIG_X86_USER_SHADOW_STACK", NEED_NO_SHADOW_STACK}};
	unsigned since = kernel_parse(text), need = 0;

	while (need < NEEDS && strcmp(needs[need].word, text))
		need++;
	for (size_t i = 0; i < sizeof also / sizeof *also; i++)
		if (!strcmp(also[i].text, text))
			need = also[i].need;
	if (need < NEEDS)
		scene->needs |= 1u << need;
	if (since > scene->since)
		scene->since = since;
	return need < NEEDS || since;
}

const char *needs_unmet(const struct scene *scene, const char *directory)
{
	static char reason[80];
	struct utsname host;

	uname(&host);
	if (scene->since && !kernel_since(kernel_parse(host.release), scene->since)) {
		snprintf(reason, sizeof reason, "needs Linux %u.%u", scene->since / 1000, scene->since % 1000);
		return reason;
	}
	if (scene->needs_unknown) {
		snprintf(reason, sizeof reason, "needs %.40s: no way to look for that", scene->needs_unknown);
		return reason;
	}
	for (unsigned i = 0; i < NEEDS; i++) {
		if (!(scene->needs & 1u << i) || needs[i].met(directory))
			continue;
		snprintf(reason, sizeof reason, "needs %s", needs[i].reason);
		return reason;
	}
	return NULL;
}
