#include "clock.h"

#include <elf.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "raw.h"

typedef int clock_fn(clockid_t, struct timespec *);

static long by_system_call(clockid_t id, struct timespec *ts)
{
	return raw_syscall3(SYS_clock_gettime, id, (long)ts, 0);
}

/* Its data lie right below the vDSO: as many pages as any kernel has there, and some more. */
#define DATA_BYTES (16 * 4096)

static clock_fn *_Atomic vdso_clock;	/* set in the constructor; NULL again once the program reaches for the vDSO */
static uint64_t vdso_start, vdso_end;	/* its data included */
static uint64_t session_start_ns;

struct vdso_tables {
	const Elf64_Sym *symbols;
	const char *names;
	uint32_t count;		/* from DT_HASH: nchain is the number of symbols */
};

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static const Elf64_Phdr *find_segment(const Elf64_Ehdr *ehdr, uint32_t type)
{
	const Elf64_Phdr *ph = (const Elf64_Phdr *)((const char *)ehdr + ehdr->e_phoff);

	for (int i = 0; i < ehdr->e_phnum; i++)
		if (ph[i].p_type == type)
			return &ph[i];
	return NULL;
}

static struct vdso_tables read_dynamic(const char *base, const Elf64_Dyn *dyn)
{
	struct vdso_tables tables = { 0 };

	for (; dyn->d_tag != DT_NULL; dyn++) {
		const char *at = base + dyn->d_un.d_ptr;

		if (dyn->d_tag == DT_SYMTAB)
			tables.symbols = (const Elf64_Sym *)(const void *)at;
		else if (dyn->d_tag == DT_STRTAB)
			tables.names = at;
		else if (dyn->d_tag == DT_HASH)
			tables.count = ((const uint32_t *)(const void *)at)[1];
	}
	return tables;
}

/* vdso(7): __vdso_clock_gettime, LINUX_2.6 */
static clock_fn *find_clock(const char *base)
{
	const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)(const void *)base;
	const Elf64_Phdr *load = find_segment(ehdr, PT_LOAD), *dynamic = find_segment(ehdr, PT_DYNAMIC);
	struct vdso_tables tables;

	if (!load || !dynamic)
		return NULL;
	base -= load->p_vaddr;
	tables = read_dynamic(base, (const Elf64_Dyn *)(const void *)(base + dynamic->p_vaddr));
	if (!tables.symbols || !tables.names)
		return NULL;
	for (uint32_t i = 0; i < tables.count; i++)
		if (tables.symbols[i].st_shndx != SHN_UNDEF &&
		    same(tables.names + tables.symbols[i].st_name, "__vdso_clock_gettime"))
			return (clock_fn *)((uintptr_t)base + tables.symbols[i].st_value);
	return NULL;
}

void clock_init(uintptr_t vdso, uint64_t start_ns)
{
	session_start_ns = start_ns;
	if (!vdso)
		return;
	vdso_start = vdso - DATA_BYTES;
	vdso_end = vdso + find_segment((const Elf64_Ehdr *)vdso, PT_LOAD)->p_memsz;
	atomic_store_explicit(&vdso_clock, find_clock((const char *)vdso), memory_order_relaxed);
}

void clock_spare(uint64_t start, uint64_t bytes)
{
	if (__builtin_expect(bytes && start < vdso_end && vdso_start < start + bytes, 0))
		atomic_store_explicit(&vdso_clock, NULL, memory_order_relaxed);
}

uint64_t clock_session_ns(void)
{
	clock_fn *clock = atomic_load_explicit(&vdso_clock, memory_order_relaxed);
	struct timespec ts;

	if (__builtin_expect(clock != NULL, 1))
		clock(CLOCK_MONOTONIC, &ts);
	else
		by_system_call(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec - session_start_ns;
}
