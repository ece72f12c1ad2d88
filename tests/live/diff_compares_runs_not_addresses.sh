# Two runs of one program differ in nothing, wherever its pages lie; nor does a build in another directory with its lines shifted.
# What a changed program does otherwise is told by function and rule.

# compared STATUS OLD NEW [OPTION...]: into out
compared() {
	local want=$1 status=0
	shift
	"$PAGETRAIL" diff "$@" >out 2>err || status=$?
	is "$status" "$want" "status of diff $*: $(cat out err)"
}

"$PAGETRAIL" record -q -f -o one.jsonl -- "$PROG/p_protect_then_use" >/dev/null
"$PAGETRAIL" record -q -f -o two.jsonl -- "$PROG/p_protect_then_use" >/dev/null
compared 0 one.jsonl two.jsonl
compared 0 one.jsonl two.jsonl --stacks
compared 0 two.jsonl one.jsonl --json
is "$(jq '(.sites | length) + (.findings | length)' out)" 0 "differences between two runs"

need cc
program() {
	cat <<-END
	#include <sys/mman.h>
	$1
	static char *page;
	__attribute__((noinline)) void seal(void) { mprotect(page, 4096, PROT_READ); }
	__attribute__((noinline)) void hold(void) { $2 }
	int main(void)
	{
		page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		seal(); hold();
		return 0;
	}
	END
}
mkdir -p here there/below
program '' 'mlock(page, 4096); munlock(page, 4096);' >here/app.c
program '

	/* three more lines */' 'mlock(page, 4096); munlock(page, 4096);' >there/below/app.c
program '' 'mlock(page, 8192); mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);' >app.c
cc -g -O1 -o here/app here/app.c
cc -g -O1 -o there/below/app there/below/app.c
cc -g -O1 -o app app.c
for app in here/app there/below/app app; do
	"$PAGETRAIL" record -q -f -o "${app//\//_}.jsonl" -- "./$app"
done
compared 0 here_app.jsonl there_below_app.jsonl
compared 0 here_app.jsonl there_below_app.jsonl --stacks
compared 1 here_app.jsonl app.jsonl
has "$(cat out)" '^changed +mlock +app!hold +pages locked 1 -> 2' "more pages locked"
has "$(cat out)" '^vanished +munlock +app!hold +calls 1' "no munlock"
has "$(cat out)" '^appeared +mprotect +app!hold +calls 1 +pages W\+X 1' "writable and executable"
has "$(cat out)" '^appeared +[a-z]+ +wx-mapping' "the finding"
compared 0 here_app.jsonl app.jsonl --call mmap
compared 1 here_app.jsonl app.jsonl --func hold

head -c 4000 app.jsonl >torn.jsonl
compared 3 here_app.jsonl torn.jsonl
has "$(cat err)" "cut short" "the tear"
compared 2 here_app.jsonl nothing.jsonl
compared 2 here_app.jsonl
