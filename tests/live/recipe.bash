# recipe.bash - for the tests of scripts/ci: a repository with a program of its own, pagetrail beside it, and recipe() to run scripts of
# a recipe in it. The program is right; break_program() puts two keys on one page.
# shellcheck shell=bash
need git jq
root=$(cd "$LIVE/../.." && pwd)
export HOME=$PWD/home GIT_CONFIG_NOSYSTEM=1
mkdir "$HOME" origin work

cat >work/keytest.c <<'C'
#include <string.h>
#include <sys/mman.h>

static char *key_page(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(page, 4096, MADV_DONTDUMP);
	madvise(page, 4096, MADV_WIPEONFORK);
	return page;
}

static void key_load(char *key)
{
	mlock(key, 32);
	memset(key, 'k', 32);
}

static void key_drop(char *key)
{
	explicit_bzero(key, 32);
	munlock(key, 32);
}

int main(void)
{
	char *first = key_page(), *second = key_page();

	key_load(first);
	key_load(second);
	key_drop(first);
	key_drop(second);
	return 0;
}
C
printf 'keytest: keytest.c\n\t$(CC) $(CFLAGS) -o $@ $<\n' >work/Makefile
printf '/.pagetrail/\n/keytest\n/pagetrail.*\n' >work/.gitignore
git init -q --bare -b main origin
cd work
git init -q -b main
git config user.name test
git config user.email test@localhost
git add .
git commit -qm "Load two keys"
git remote add origin ../origin
git push -q origin main

# What the checkout of pagetrail gives, and what building it has given: building it is other tests' business.
mkdir -p .pagetrail/build
tar -C "$root" --exclude=./build --exclude=./.git -cf - . | tar xf - -C .pagetrail
find "$BUILD" -maxdepth 1 -type f -exec cp -a {} .pagetrail/build/ ';'
cp -a "$BUILD"/{tool,shim} .pagetrail/build/

# recipe STATUS SERVICE FILE WHAT: its scripts end so
recipe() {
	local status=0
	/usr/bin/python3 "$LIVE/recipe.py" "$2" "$root/scripts/ci/$3" "$4" >out 2>&1 || status=$?
	[ "$status" = "$1" ] || { cat out; fail "$2 $4: status $status, not $1"; }
}

break_program() {
	sed -i 's/\*second = key_page()/*second = first + 64/' keytest.c
}

results() {
	jq -r "[.runs[].results[] | $1] | join(\" \")" pagetrail.sarif
}
