#!/bin/sh
# The command line of swarmc: options, messages, exit codes.
. "$SWARM_ROOT/tests/lib/tap.sh"

swarmc=$(cd "$SWARM_BUILD" && pwd)/swarmc
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset NO_COLOR CC

cat >good.swarm <<'END'
target "http://127.0.0.1:1"
user Visitor { wait 1s; task look { get "/" } }
END
cat >bad.swarm <<'END'
target "http://127.0.0.1:1"
user Visitor { wait 1s; task look { get "/${nothing}" } }
END
cat >warning.swarm <<'END'
target "http://127.0.0.1:1"
user Visitor { wait 1s; task look { let x = 1; get "/" } }
END

# run ARGUMENTS...: $code, $out, $err
run() {
    out=$("$swarmc" "$@" 2>err)
    code=$?
    err=$(cat err)
}

run --version
is "--version: exit code" "$code" 0
like "--version says the version" "$out" "swarmc 0."
run --help
is "--help: exit code" "$code" 0
for option in --output --check --emit-c --dump-ast --explain --explain-memory -O2 -g --cc --error-format --deny-warnings --version; do
    like "--help names $option" "$out" "$option"
done

run --completion bash
is "--completion: exit code" "$code" 0
if command -v bash >/dev/null 2>&1; then
    printf '%s\n' "$out" >completion.bash
    like "bash completes an option" "$(bash -c 'source ./completion.bash; COMP_WORDS=(swarmc --deny); COMP_CWORD=1; _swarmc; echo "${COMPREPLY[@]}"')" "--deny-warnings"
    like "bash completes a command" "$(bash -c 'source ./completion.bash; COMP_WORDS=(swarmc fm); COMP_CWORD=1; _swarmc; echo "${COMPREPLY[@]}"')" "fmt"
fi
for shell in zsh fish; do
    run --completion $shell
    is "--completion $shell: exit code" "$code" 0
    for option in --output --deny-warnings --completion; do
        like "--completion $shell has $option" "$out" "${option#--}"
    done
done
run --completion csh
is "--completion of another shell: exit code" "$code" 2
like "--completion of another shell: says which there are" "$err" "bash, zsh or fish"
run --help
for option in $(printf '%s\n' "$out" | sed -n 's/^  \(-., \)\{0,1\}\(-[-A-Za-z0-9]*\).*/\2/p'); do
    like "the manual names $option" "$(sed 's/\\-/-/g' "$SWARM_ROOT/docs/man/swarmc.1")" "$option"
done

run
is "no scenario: exit code" "$code" 2
like "no scenario: what to do" "$err" "FILE.swarm"
run --chekc good.swarm
is "unknown option: exit code" "$code" 2
like "unknown option: which was meant" "$err" "did you mean --check?"
run -o
is "-o without a value: exit code" "$code" 2
like "-o without a value: says so" "$err" "needs a value"
run good.swarm bad.swarm
is "two scenarios: exit code" "$code" 2
run --check --emit-c good.swarm
is "two things to do: exit code" "$code" 2
run --error-format xml good.swarm
is "an unknown format: exit code" "$code" 2
like "an unknown format: the known ones" "$err" "text, short or json"

run --check good.swarm
is "--check of a good one: exit code" "$code" 0
is "--check of a good one says nothing" "$out$err" ""
ok "--check makes nothing" test ! -e good
run --check bad.swarm
is "--check of a bad one: exit code" "$code" 1
like "a mistake has place and code" "$err" "bad.swarm:2:45: error[E"
unlike "no colours where there is no terminal" "$err" "$(printf '\033')"
run --check --error-format short bad.swarm
is "short: exit code" "$code" 1
is "short: one line" "$(printf '%s\n' "$err" | wc -l | tr -d ' ')" 1
run --check --error-format=json bad.swarm
is "json: exit code" "$code" 1
ok "json: can be read" python3 -c 'import json, sys; found = json.loads(sys.argv[1]); assert len(found) == 1 and found[0]["line"] == 2' "$err"
run --check --error-format json good.swarm
is "json of a good one is an empty list" "$(printf '%s' "$err" | tr -d ' \n')" "[]"

run --check warning.swarm
is "a warning: exit code" "$code" 0
like "a warning is shown" "$err" "warning[W"
run --check --deny-warnings warning.swarm
is "--deny-warnings: exit code" "$code" 1

run --emit-c good.swarm
is "--emit-c: exit code" "$code" 0
like "--emit-c writes C" "$out" "#include <swarm/program.h>"
run --emit-c good.swarm -o good.c
is "--emit-c -o: nothing on the standard output" "$out" ""
ok "--emit-c -o: the file" grep -q swarm_main good.c
run --dump-ast good.swarm
is "--dump-ast: exit code" "$code" 0
like "--dump-ast prints the tree" "$out" "Visitor"
run --explain-memory good.swarm
is "--explain-memory: exit code" "$code" 0
like "--explain-memory names the kind" "$out" "user Visitor"
like "--explain-memory adds up" "$out" "in all"
run --explain good.swarm
is "--explain FILE: exit code" "$code" 0
like "--explain FILE shows the rows" "$out" "good.swarm:2: GET /"
run --explain e0200
is "--explain CODE: exit code" "$code" 0
like "--explain CODE tells more" "$out" "E0200"
run --explain E020
is "--explain of no code: exit code" "$code" 2

run missing.swarm
is "a missing file: exit code" "$code" 2
like "a missing file: says so" "$err" "missing.swarm: "
mkdir folder.swarm
run --check folder.swarm
is "a folder: exit code" "$code" 2
: >empty.swarm
run empty.swarm -o out
is "an empty file: exit code" "$code" 1
like "an empty file: what is missing" "$err" "user"
ok "an empty file makes nothing" test ! -e out
if [ "$(id -u)" -ne 0 ]; then
    cp good.swarm secret.swarm
    chmod 000 secret.swarm
    run --check secret.swarm
    is "an unreadable file: exit code" "$code" 2
else
    skip "an unreadable file" "root reads everything"
fi

run good.swarm -o good.swarm
is "onto itself: exit code" "$code" 2
like "onto itself: says so" "$err" "is the scenario itself"
ok "the scenario is as it was" grep -q Visitor good.swarm
run good.swarm -o bad.swarm
is "onto another scenario: exit code" "$code" 2
mkdir folder
run good.swarm -o folder
is "onto a folder: exit code" "$code" 2
run good.swarm -o nowhere/good
is "into a folder that is not there: exit code" "$code" 2
like "into a folder that is not there: says so" "$err" "cannot write nowhere/good"

done_testing
