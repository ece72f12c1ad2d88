# Every script of scripts/ci/gitlab-ci.yml: pipelines of a program that is right, and of one whose keys share a page; that accepted.
. "$LIVE/recipe.bash"

job() {
	recipe "$1" gitlab gitlab-ci.yml "$2"
}

job 0 memory
is "$(results .ruleId)" "" "results of the program that is right"

break_program
job 1 memory
has "$(cat out)" '^error +lock-nested-release' "the verdict"
is "$(grep -c '<failure type="error"' pagetrail.xml)" 1 "failed tests"

job 0 memory-baseline
job 0 memory
has "$(cat pagetrail.xml)" 'known: the baseline has it' "the accepted findings"
