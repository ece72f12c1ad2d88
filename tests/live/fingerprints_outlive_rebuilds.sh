# A baseline holds for another run, at other addresses, and for another build: in another directory, with its lines shifted and a function
# more. Only what is new fails. Written twice it is the same bytes.

need gcc

# build DIR FUNCTIONS CALLS: DIR/wx, a program with code of these besides
build() {
	mkdir "$1"
	cat >"$1/wx.c" <<-END
	$2
	#include <sys/mman.h>
	#include <stddef.h>
	static void *map_code(size_t size)
	{
		return mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
	static void compile(void) { map_code(4096); }
	static void patch(void) { map_code(8192); }
	int main(int argc, char **argv) { compile(); if (argc > 1) patch(); return 0; }
	END
	(cd "$1" && gcc -g -O0 -Wno-unused -o wx wx.c)
}
build one ""
build two "/* a comment
 * of lines */
int before(void) { return 7; }"

"$PAGETRAIL" record -q -o one.jsonl -- one/wx
"$PAGETRAIL" record -q -o again.jsonl -- one/wx
"$PAGETRAIL" record -q -o two.jsonl -- two/wx
"$PAGETRAIL" record -q -o new.jsonl -- two/wx patch

for log in one again; do
	"$PAGETRAIL" check $log.jsonl --write-baseline $log.json >out 2>err || is $? 1 "status of $log: $(cat err)"
done
cmp one.json again.json || fail "another run, another baseline"
has "$(cat one.json)" '"rule":"wx-mapping".*"place":\["wx!map_code","wx!compile","wx!main"\]' "the baseline"

for log in again two; do
	"$PAGETRAIL" check $log.jsonl --baseline one.json >out || fail "$log: $(cat out)"
done
if "$PAGETRAIL" check new.jsonl --baseline one.json --json >out; then fail "nothing new in another function"; else status=$?; fi
is "$status" 1 "status where something is new"
is "$(jq -r '[.items[] | select(.state == "fails") | .stack[1].function] | join(" ")' out)" patch "what is new"

# The old log does as well.
"$PAGETRAIL" check two.jsonl --baseline one.jsonl >out || fail "by the log: $(cat out)"
"$PAGETRAIL" check one.jsonl --baseline new.jsonl >out || fail "fixed: $(cat out)"
has "$(cat out)" '^gone +wx-mapping +wx!map_code' "what is gone"
