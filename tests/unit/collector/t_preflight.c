/*
 * t_preflight.c - what can be traced is found as a shell would find it; what cannot is refused, and the message says
 * why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../../../collector/live/preflight.h"

static char dir[] = "/tmp/t_preflight.XXXXXX";
static struct err err;

static const char *in_dir(const char *name)
{
	static char path[4][256];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void write_file(const char *path, const void *bytes, size_t count, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, count), count);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void write_script(const char *path, const char *text)
{
	write_file(path, text, strlen(text), 0755);
}

static void copy_program(const char *from, const char *to)
{
	static char bytes[1 << 20];
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	ssize_t count = read(fd, bytes, sizeof(bytes));

	assert_true(count > 0);
	close(fd);
	write_file(to, bytes, (size_t)count, 0755);
}

/* An ELF file as far as headers go: with an interpreter if @loader. */
static void write_elf(const char *path, unsigned char class, unsigned machine, const char *loader)
{
	struct {
		Elf64_Ehdr ehdr;
		Elf64_Phdr phdr;
		char text[256];
	} elf = { .ehdr = { .e_type = ET_DYN, .e_machine = (Elf64_Half)machine } };

	memcpy(elf.ehdr.e_ident, ELFMAG, SELFMAG);
	elf.ehdr.e_ident[EI_CLASS] = class;
	elf.ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	elf.ehdr.e_phoff = offsetof(__typeof__(elf), phdr);
	elf.ehdr.e_phentsize = sizeof(Elf64_Phdr);
	elf.ehdr.e_phnum = 1;
	elf.phdr.p_type = loader ? PT_INTERP : PT_LOAD;
	if (loader) {
		elf.phdr.p_offset = offsetof(__typeof__(elf), text);
		elf.phdr.p_filesz = strlen(loader) + 1;
		snprintf(elf.text, sizeof(elf.text), "%s", loader);
	}
	write_file(path, &elf, sizeof(elf), 0755);
}

static void expect_refused(const char *name, int status, const char *reason)
{
	struct preflight found;

	assert_int_equal(preflight(name, &found, &err), status);
	assert_null(found.path);
	if (!strstr(err.text, reason))
		fail_msg("\"%s\" does not say \"%s\"", err.text, reason);
	if (!strstr(err.text, name))
		fail_msg("\"%s\" does not name %s", err.text, name);
}

static void expect_found(const char *name, const char *path)
{
	struct preflight found;

	if (preflight(name, &found, &err))
		fail_msg("%s", err.text);
	assert_string_equal(found.path, path);
	assert_false(found.by_shell);
	free(found.path);
}

/* ---- finding ---- */

static void a_program_is_searched_in_path(void **state)
{
	(void)state;
	copy_program("/bin/true", in_dir("here"));
	setenv("PATH", "/nonexistent:/bin", 1);
	expect_found("true", "/bin/true");
	setenv("PATH", dir, 1);
	expect_found("here", in_dir("here"));
}

static void an_empty_element_of_path_is_the_working_directory(void **state)
{
	(void)state;
	copy_program("/bin/true", in_dir("cwd"));
	assert_int_equal(chdir(dir), 0);
	setenv("PATH", "/nonexistent:", 1);
	expect_found("cwd", "cwd");
}

static void a_missing_program_is_127(void **state)
{
	(void)state;
	setenv("PATH", "/bin", 1);
	expect_refused("no-such-program", PREFLIGHT_MISSING, "command not found");
	expect_refused("/no/such/program", PREFLIGHT_MISSING, "No such file");
	expect_refused("", PREFLIGHT_MISSING, "not found");
}

static void a_file_that_may_not_be_executed_is_126(void **state)
{
	(void)state;
	write_file(in_dir("plain"), "x", 1, 0644);
	expect_refused(in_dir("plain"), PREFLIGHT_NO, "Permission denied");
	setenv("PATH", dir, 1);
	expect_refused("plain", PREFLIGHT_NO, "Permission denied");
	expect_refused(dir, PREFLIGHT_NO, "Is a directory");
}

static void path_goes_on_behind_a_forbidden_file(void **state)
{
	char path[512];

	(void)state;
	write_file(in_dir("true"), "x", 1, 0644);
	snprintf(path, sizeof(path), "%s:/bin", dir);
	setenv("PATH", path, 1);
	expect_found("true", "/bin/true");
}

/* ---- scripts ---- */

static void a_script_is_judged_by_its_interpreter(void **state)
{
	(void)state;
	write_script(in_dir("good"), "#! /bin/sh -e\ntrue\n");
	expect_found(in_dir("good"), in_dir("good"));
	write_elf(in_dir("static"), ELFCLASS64, EM_X86_64, NULL);
	char text[300];

	snprintf(text, sizeof(text), "#!%s\n", in_dir("static"));
	write_script(in_dir("bad"), text);
	struct preflight found;

	assert_int_equal(preflight(in_dir("bad"), &found, &err), PREFLIGHT_NO);
	assert_non_null(strstr(err.text, "static program"));
}

static void an_interpreter_that_is_not_there_is_named(void **state)
{
	(void)state;
	write_script(in_dir("lost"), "#!/no/such/interpreter\n");
	expect_refused(in_dir("lost"), PREFLIGHT_NO, "/no/such/interpreter");
}

static void scripts_that_interpret_each_other_end(void **state)
{
	char text[300];
	struct preflight found;

	(void)state;
	snprintf(text, sizeof(text), "#!%s\n", in_dir("loop"));
	write_script(in_dir("loop"), text);
	assert_int_equal(preflight(in_dir("loop"), &found, &err), PREFLIGHT_NO);
	assert_non_null(strstr(err.text, "too many levels"));
}

static void a_text_without_interpreter_is_the_shells(void **state)
{
	struct preflight found;

	(void)state;
	write_script(in_dir("text"), "exit 3\n");
	assert_int_equal(preflight(in_dir("text"), &found, &err), 0);
	assert_true(found.by_shell);
	free(found.path);
}

/* ---- programs ---- */

static void a_static_program_is_refused(void **state)
{
	(void)state;
	write_elf(in_dir("static"), ELFCLASS64, EM_X86_64, NULL);
	expect_refused(in_dir("static"), PREFLIGHT_NO, "static program");
}

static void a_32_bit_program_is_refused(void **state)
{
	(void)state;
	write_elf(in_dir("small"), ELFCLASS32, EM_386, NULL);
	expect_refused(in_dir("small"), PREFLIGHT_NO, "another machine");
}

static void a_program_of_another_machine_is_refused(void **state)
{
	(void)state;
	write_elf(in_dir("mips"), ELFCLASS64, EM_MIPS, NULL);
	expect_refused(in_dir("mips"), PREFLIGHT_NO, "another machine");
}

static void a_program_of_another_c_library_is_refused(void **state)
{
	static char loader[256];

	(void)state;
	snprintf(loader, sizeof(loader), "%s", in_dir("ld-musl-x86_64.so.1"));
	write_script(loader, "musl");
	write_elf(in_dir("musl"), ELFCLASS64, EM_X86_64, loader);
	expect_refused(in_dir("musl"), PREFLIGHT_NO, "not glibc but musl");
	write_elf(in_dir("lost"), ELFCLASS64, EM_X86_64, "/no/such/loader");
	expect_refused(in_dir("lost"), PREFLIGHT_NO, "/no/such/loader");
}

static bool ignores_rights(void)
{
	struct statvfs mount;

	return statvfs(dir, &mount) == 0 && (mount.f_flag & ST_NOSUID);
}

static void a_set_uid_program_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0 || ignores_rights())
		skip();
	copy_program("/bin/true", in_dir("setuid"));
	assert_int_equal(chown(in_dir("setuid"), 65534, 0), 0);
	assert_int_equal(chmod(in_dir("setuid"), 04755), 0);
	expect_refused(in_dir("setuid"), PREFLIGHT_NO, "set-uid");
	assert_int_equal(chown(in_dir("setuid"), 0, 65534), 0);
	assert_int_equal(chmod(in_dir("setuid"), 02755), 0);
	expect_refused(in_dir("setuid"), PREFLIGHT_NO, "set-gid");
}

static void a_set_uid_bit_that_changes_nothing_is_no_obstacle(void **state)
{
	(void)state;
	copy_program("/bin/true", in_dir("own"));
	assert_int_equal(chmod(in_dir("own"), 06755), 0);
	expect_found(in_dir("own"), in_dir("own"));
}

/* Capabilities of a file mean nothing to root, so another user has to look. */
static void a_program_with_file_capabilities_is_refused(void **state)
{
	struct vfs_cap_data data = { .magic_etc = VFS_CAP_REVISION_2 };
	int status;

	(void)state;
	if (geteuid() != 0 || ignores_rights())
		skip();
	copy_program("/bin/true", in_dir("caps"));
	data.data[0].permitted = 1u << CAP_NET_RAW;
	if (setxattr(in_dir("caps"), "security.capability", &data, XATTR_CAPS_SZ_2, 0) < 0)
		skip();
	expect_found(in_dir("caps"), in_dir("caps"));
	assert_int_equal(chmod(dir, 0755), 0);
	if (fork() == 0) {
		struct preflight found;

		_exit(setuid(65534) == 0 && preflight(in_dir("caps"), &found, &err) == PREFLIGHT_NO &&
		      strstr(err.text, "file capabilities") ? 0 : 1);
	}
	wait(&status);
	assert_int_equal(status, 0);
}

static void bytes_that_are_no_program_do_no_harm(void **state)
{
	unsigned seed = 3;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		_Alignas(8) unsigned char bytes[200];
		struct preflight found;

		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (unsigned char)rand_r(&seed);
		memcpy(bytes, ELFMAG, SELFMAG);
		bytes[EI_CLASS] = ELFCLASS64;
		bytes[EI_DATA] = ELFDATA2LSB;
		((Elf64_Ehdr *)(void *)bytes)->e_machine = EM_X86_64;
		((Elf64_Ehdr *)(void *)bytes)->e_phentsize = sizeof(Elf64_Phdr);
		((Elf64_Ehdr *)(void *)bytes)->e_phoff = i % 2 ? 64 : ((Elf64_Ehdr *)(void *)bytes)->e_phoff;
		((Elf64_Phdr *)(void *)(bytes + 64))->p_type = PT_INTERP;
		write_file(in_dir("noise"), bytes, (size_t)rand_r(&seed) % sizeof(bytes) + 1, 0755);
		if (!preflight(in_dir("noise"), &found, &err)) {
			assert_true(found.by_shell);	/* too short to be anything but a text */
			free(found.path);
		}
	}
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? chmod(dir, 0755) : -1;
}

static int remove_dir(void **state)
{
	char command[300];

	(void)state;
	setenv("PATH", "/usr/bin:/bin", 1);
	snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_is_searched_in_path),
		cmocka_unit_test(an_empty_element_of_path_is_the_working_directory),
		cmocka_unit_test(a_missing_program_is_127),
		cmocka_unit_test(a_file_that_may_not_be_executed_is_126),
		cmocka_unit_test(path_goes_on_behind_a_forbidden_file),
		cmocka_unit_test(a_script_is_judged_by_its_interpreter),
		cmocka_unit_test(an_interpreter_that_is_not_there_is_named),
		cmocka_unit_test(scripts_that_interpret_each_other_end),
		cmocka_unit_test(a_text_without_interpreter_is_the_shells),
		cmocka_unit_test(a_static_program_is_refused),
		cmocka_unit_test(a_32_bit_program_is_refused),
		cmocka_unit_test(a_program_of_another_machine_is_refused),
		cmocka_unit_test(a_program_of_another_c_library_is_refused),
		cmocka_unit_test(a_set_uid_program_is_refused),
		cmocka_unit_test(a_set_uid_bit_that_changes_nothing_is_no_obstacle),
		cmocka_unit_test(a_program_with_file_capabilities_is_refused),
		cmocka_unit_test(bytes_that_are_no_program_do_no_harm),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
