/*
 * t_live_scan_code.c - system calls of its own in an object's code.
 */
#include "calls.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../collector/live/scan_code.h"

#define CODE(...) ((const uint8_t[]){__VA_ARGS__})
#define BIT(name) (1ull << CALL_##name)

static char path[] = "/tmp/t_scan.XXXXXX";

static uint64_t calls_in(const uint8_t *code, size_t bytes)
{
	return scan_code_bytes(code, bytes);
}

static void both_ways_to_load_a_number_are_known(void **state)
{
	(void)state;
	assert_int_equal(calls_in(CODE(0xb8, 9, 0, 0, 0, 0x0f, 0x05), 7), BIT(mmap));
	assert_int_equal(calls_in(CODE(0x48, 0xc7, 0xc0, 28, 0, 0, 0, 0x0f, 0x05), 9), BIT(madvise));
	assert_int_equal(calls_in(CODE(0xb8, 0xce, 1, 0, 0, 0x0f, 0x05), 7), BIT(mseal));
}

static void calls_that_change_no_page_are_left_out(void **state)
{
	(void)state;
	assert_int_equal(calls_in(CODE(0xb8, 1, 0, 0, 0, 0x0f, 0x05), 7), 0);  /* write */
	assert_int_equal(calls_in(CODE(0xb8, 27, 0, 0, 0, 0x0f, 0x05), 7), 0); /* mincore */
	assert_int_equal(calls_in(CODE(0xb8, 9, 0, 1, 0, 0x0f, 0x05), 7), 0);
}

static void code_that_only_looks_alike_is_none(void **state)
{
	(void)state;
	assert_int_equal(calls_in(CODE(0xb8, 9, 0, 0, 0, 0x0f, 0x06), 7), 0);
	assert_int_equal(calls_in(CODE(0xb9, 9, 0, 0, 0, 0x0f, 0x05), 7), 0);
	assert_int_equal(calls_in(CODE(9, 0, 0, 0, 0x0f, 0x05), 6), 0);
	assert_int_equal(calls_in(CODE(0x0f), 1), 0);
	assert_int_equal(calls_in(CODE(0xb8, 9, 0, 0, 0, 0x0f), 6), 0);
}

static void every_place_in_a_block_is_looked_at(void **state)
{
	static const uint8_t call[] = {0xb8, 11, 0, 0, 0, 0x0f, 0x05};
	uint8_t block[80];

	(void)state;
	for (size_t at = 0; at + sizeof(call) <= sizeof(block); at++) {
		memset(block, 0x90, sizeof(block));
		memcpy(block + at, call, sizeof(call));
		if (calls_in(block, sizeof(block)) != BIT(munmap))
			fail_msg("not found at %zu", at);
		assert_int_equal(calls_in(block, at + sizeof(call)), BIT(munmap));
		assert_int_equal(calls_in(block, at + sizeof(call) - 1), 0);
	}
}

/* ---- files ---- */

/* An ELF file of one executable and one other segment of @bytes each. */
static void write_file(size_t bytes, size_t at, const uint8_t *code, size_t code_bytes)
{
	Elf64_Ehdr head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64},
			   .e_machine = EM_X86_64,
			   .e_phoff = sizeof(head),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = 2};
	Elf64_Phdr segment[2] = {{.p_type = PT_LOAD, .p_flags = PF_R, .p_offset = 4096 + bytes, .p_filesz = bytes},
				 {.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 4096, .p_filesz = bytes}};
	int fd = open(path, O_RDWR | O_TRUNC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(4096 + 2 * bytes)), 0);
	assert_int_equal(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	assert_int_equal(pwrite(fd, segment, sizeof(segment), sizeof(head)), sizeof(segment));
	assert_int_equal(pwrite(fd, code, code_bytes, (off_t)(4096 + at)), code_bytes);
	close(fd);
}

static uint64_t inode(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void see_mapped(struct scan_code *scan, const char *name, uint64_t ino, const char *perms)
{
	struct snapshot_range range = {.start = 0x1000, .end = 0x2000, .dev = 1, .ino = ino, .path = name};
	struct record record = {.type = RECORD_SNAPSHOT, .pid = 7, .snapshot = {.count = 1, .range = &range}};

	memcpy(range.perms, perms, sizeof(range.perms));
	scan_code_see(scan, &record);
}

/* The calls of the first file that has some; 0: none has. */
static uint64_t found_in(struct scan_code *scan, size_t step)
{
	struct scan_found found;

	for (int i = 0; !scan_code_idle(scan) && i < 100000; i++)
		if (scan_code_step(scan, step, &found)) {
			assert_int_equal(found.pid, 7);
			assert_string_equal(found.path, path);
			return found.calls;
		}
	assert_true(scan_code_idle(scan));
	return 0;
}

static uint64_t scan_file(size_t step)
{
	struct scan_code *scan = scan_code_new();
	uint64_t calls;

	see_mapped(scan, path, inode(), "r-xp");
	calls = found_in(scan, step);
	scan_code_free(scan);
	return calls;
}

static void a_call_across_the_edge_of_a_block_is_found(void **state)
{
	(void)state;
	for (size_t at = 65536 - 10; at <= 65536 + 2; at++) {
		write_file(200000, at, CODE(0x48, 0xc7, 0xc0, 10, 0, 0, 0, 0x0f, 0x05), 9);
		if (scan_file(1000) != BIT(mprotect))
			fail_msg("not found at %zu", at);
	}
	write_file(200000, 200000 - 7, CODE(0xb8, 10, 0, 0, 0, 0x0f, 0x05), 7);
	assert_int_equal(scan_file(SIZE_MAX), BIT(mprotect));
}

static void data_is_not_code(void **state)
{
	(void)state;
	write_file(70000, 70000, CODE(0xb8, 10, 0, 0, 0, 0x0f, 0x05), 7);
	assert_int_equal(scan_file(SIZE_MAX), 0);
}

static void a_file_is_looked_at_once_and_only_if_it_is_the_mapped_one(void **state)
{
	struct scan_code *scan = scan_code_new();

	(void)state;
	write_file(5000, 0, CODE(0xb8, 10, 0, 0, 0, 0x0f, 0x05), 7);
	see_mapped(scan, path, inode(), "r--p");
	assert_true(scan_code_idle(scan));
	see_mapped(scan, path, inode() + 1, "r-xp");
	assert_int_equal(found_in(scan, SIZE_MAX), 0);
	see_mapped(scan, path, inode(), "r-xp");
	assert_int_equal(found_in(scan, SIZE_MAX), BIT(mprotect));
	see_mapped(scan, path, inode(), "r-xp");
	assert_true(scan_code_idle(scan));
	scan_code_free(scan);
}

static void a_file_mapped_by_a_call_is_seen(void **state)
{
	struct record record = CALL_RECORD(mmap, BASE, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, 3, 0);
	struct scan_code *scan = scan_code_new();

	(void)state;
	write_file(5000, 0, CODE(0xb8, 10, 0, 0, 0, 0x0f, 0x05), 7);
	record.pid = 7;
	record.call.has |= HAS_FILE;
	record.call.path = path;
	record.call.ino = inode();
	scan_code_see(scan, &record);
	assert_int_equal(found_in(scan, SIZE_MAX), BIT(mprotect));
	scan_code_free(scan);
}

static void what_the_shim_rewrites_and_the_shim_are_left_out(void **state)
{
	struct scan_code *scan = scan_code_new();

	(void)state;
	see_mapped(scan, "/usr/lib/libc.so.6", 10, "r-xp");
	see_mapped(scan, "/lib64/ld-linux-x86-64.so.2", 11, "r-xp");
	see_mapped(scan, "/opt/libpagetrail.so", 12, "r-xp");
	see_mapped(scan, "[vdso]", 0, "r-xp");
	assert_true(scan_code_idle(scan));
	scan_code_free(scan);
}

static void what_is_no_elf_file_or_a_broken_one_does_no_harm(void **state)
{
	Elf64_Ehdr head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64},
			   .e_machine = EM_X86_64,
			   .e_phoff = UINT64_MAX - 20,
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = 65535};
	Elf64_Phdr huge = {.p_type = PT_LOAD, .p_flags = PF_X, .p_offset = UINT64_MAX - 5, .p_filesz = UINT64_MAX};
	int fd = open(path, O_RDWR | O_TRUNC);

	(void)state;
	assert_int_equal(scan_file(SIZE_MAX), 0);
	assert_int_equal(write(fd, &head, sizeof(head)), sizeof(head));
	assert_int_equal(scan_file(SIZE_MAX), 0);
	head.e_phoff = sizeof(head);
	assert_int_equal(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	for (int i = 0; i < 20; i++)
		assert_int_equal(pwrite(fd, &huge, sizeof(huge), (off_t)(sizeof(head) + (size_t)i * sizeof(huge))),
				 sizeof(huge));
	assert_int_equal(scan_file(SIZE_MAX), 0);
	close(fd);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	return fd < 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_to_load_a_number_are_known),
		cmocka_unit_test(calls_that_change_no_page_are_left_out),
		cmocka_unit_test(code_that_only_looks_alike_is_none),
		cmocka_unit_test(every_place_in_a_block_is_looked_at),
		cmocka_unit_test(a_call_across_the_edge_of_a_block_is_found),
		cmocka_unit_test(data_is_not_code),
		cmocka_unit_test(a_file_is_looked_at_once_and_only_if_it_is_the_mapped_one),
		cmocka_unit_test(a_file_mapped_by_a_call_is_seen),
		cmocka_unit_test(what_the_shim_rewrites_and_the_shim_are_left_out),
		cmocka_unit_test(what_is_no_elf_file_or_a_broken_one_does_no_harm),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
