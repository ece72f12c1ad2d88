# Every script of scripts/ci/github-actions.yml: pushes of a program that is right, and of one whose keys share a page; that accepted;
# and pushed again.
. "$LIVE/recipe.bash"

push() {
	recipe "$1" github github-actions.yml push
}

push 0
is "$(results .ruleId)" "" "results of the program that is right"

break_program
push 1
has "$(cat out)" '^::error file=keytest.c,line=[0-9]+,title=lock-nested-release::' "an annotation"
has "$(results '.ruleId + "@" + .locations[0].physicalLocation.artifactLocation.uri')" 'lock-nested-release@keytest.c' "SARIF"
is "$(grep -c '<failure type="error"' pagetrail.xml)" 1 "failed tests"

recipe 0 github github-actions.yml accept
is "$(git ls-tree --name-only -r origin/main | grep baseline)" .pagetrail-baseline.json "what was pushed"
push 0
has "$(cat pagetrail.xml)" 'known: the baseline has it' "the accepted findings"
