#!/bin/sh
# Runs the front end under libFuzzer: tests/fuzz/fuzz.sh [EXECUTIONS [SECONDS]]   (default 10,000,000, without a limit of time)
#
# Two programs take turns on one corpus, every scenario of the repository at first: `plain`, fast, which looks for crashes, hangs, answers
# that cannot be and memory that only grows; and `sanitized`, under ASan, LeakSanitizer and UBSan, for a tenth of the executions. What they
# find that is new stays in $FUZZ_FOLDER/corpus (build/fuzz by default), what fails in $FUZZ_FOLDER/failed. The fuzzer's mutations know words,
# lines and blocks (mutator.c); most texts are short, every tenth turn they may have 2,000 bytes.
#
#   COVERAGE=1 tests/fuzz/fuzz.sh      how many lines of grammar/ and compiler/ the corpus runs, but for compiler/command/, which the fuzzer
#                                      does not call (exit code 1 below 90 %); and of all of them the corpus with the tests of the
#                                      command line (llvm-cov). Two minutes
#   WARNINGS=1 tests/fuzz/fuzz.sh [N]  the C of those of N texts of the corpus (default: all) that have no error goes through gcc and clang
#                                      -fsyntax-only -Wall -Wextra: none may say anything
#
# Needs clang and its libFuzzer (Debian: clang, and libclang-rt-14-dev or the libclang-rt of the release).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
folder=${FUZZ_FOLDER:-build/fuzz}
mkdir -p "$folder/corpus" "$folder/seeds" "$folder/files" "$folder/failed"
folder=$(cd "$folder" && pwd)
libraries="$(pkg-config --libs libpcre2-8 libxml-2.0 libcrypto) -lm"
cores=${JOBS:-2}
clang=${CLANG:-clang} # CLANG='ccache clang'
export SWARM_HOME="$root" # where std/ is

# build NAME FLAGS SANITIZERS: the front end with the counters of the fuzzer; the harness without, so that nothing is found in it.
build() {
    make -s -j"$cores" BUILD="$folder/$1" CC="$clang" OPT="$2 ${3:+-fsanitize=$3}" "$folder/$1/libswarmc.a"
    for part in frontend_fuzz mutator; do
        clang -std=gnu11 -Wall -Wextra -g -O2 ${3:+-fsanitize="$3"} -Icompiler -Igrammar -c "tests/fuzz/$part.c" -o "$folder/$1/$part.o"
    done
    clang -fsanitize="fuzzer${3:+,$3}" ${4:-} "$folder/$1/frontend_fuzz.o" "$folder/$1/mutator.o" "$folder/$1/libswarmc.a" $libraries -o "$folder/$1/frontend_fuzz"
}

# The seeds, and in one folder the files that they read.
gather() {
    find tests examples stdlib -name '*.swarm' | while read -r file; do
        cp "$file" "$folder/seeds/$(echo "$file" | tr / _)"
    done
    for place in tests/check tests/tour tests/language/accept tests/language/refuse tests/language/run tests/codegen/run tests/codegen/odd \
        examples/locust stdlib; do
        (cd "$place" && find . -type f \( -path './*/*' -o ! -name '*.swarm' \) ! -name '*.expect' ! -name '*.t' ! -name '*.py' |
            while read -r file; do cp --parents "$file" "$folder/files"; done)
    done
}

# turn PROGRAM EXECUTIONS LONGEST: adds what it did to $done; a failure stays in failed/, and the next turn goes another way.
turn() {
    log="$folder/turn.log"
    (cd "$folder/files" && ASAN_OPTIONS=malloc_context_size=3:quarantine_size_mb=1 UBSAN_OPTIONS=print_stacktrace=1 \
        "$folder/$1/frontend_fuzz" -runs="$2" -max_len="$3" -entropic=0 -use_counters=0 -reload=0 -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$folder/failed/" -print_final_stats=1 "$folder/corpus" "$folder/seeds") >"$log" 2>&1 || failures=$((failures + 1))
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    done=$((done + ${count:-0}))
    echo "$(date +%T) $1 ${count:-0}, all $done: $(grep -E 'DONE|^SUMMARY|internal error|^leak' "$log" | tail -n 2 | tr '\n' ' ')"
}

fuzz() {
    build plain '-gline-tables-only -O2 -fsanitize-coverage=inline-8bit-counters,pc-table' ''
    build sanitized '-gline-tables-only -O1 -fno-sanitize-recover=undefined -fsanitize-coverage=inline-8bit-counters,pc-table' address,undefined
    gather
    done=0 failures=0 number=0 begin=$(date +%s)
    while [ "$done" -lt "$1" ]; do
        number=$((number + 1)) left=$(($1 - done)) longest=300
        [ "$2" -gt 0 ] && [ $(($(date +%s) - begin)) -ge "$2" ] && break
        [ $((number % 10)) -eq 9 ] && longest=2000
        if [ $((number % 5)) -eq 0 ]; then
            turn sanitized $((left < 50000 ? left : 50000)) $longest
        else
            turn plain $((left < 110000 ? left : 110000)) $longest
        fi
    done
    echo "$done executions, $failures of $number turns ended with a failure, $(($(date +%s) - begin)) s; failures: $folder/failed"
    [ "$failures" -eq 0 ]
}

tool() {
    ls /usr/bin/"$1"* /usr/lib/llvm-*/bin/"$1" 2>/dev/null | head -n 1
}

# report PROGRAMS PROFILE...
report() {
    programs=$1
    shift
    "$(tool llvm-profdata)" merge --failure-mode=all -o "$folder/merged" "$@"
    "$(tool llvm-cov)" report $programs -instr-profile="$folder/merged" compiler/*.c compiler/*/*.c grammar/*.c grammar/swarm.l grammar/swarm.y
}

# The library and host that swarmc needs for its tests are those of build/: only grammar/ and compiler/ are measured.
coverage() {
    make -s -j"$cores" build/swarmc build/swarm-host build/shop
    build coverage '-g -O1 -fprofile-instr-generate -fcoverage-mapping' '' -fprofile-instr-generate
    flags='-g -O1 -fprofile-instr-generate -fcoverage-mapping ' # as build has them
    make -s BUILD="$folder/coverage" CC="$clang" OPT="$flags" "$folder/coverage/swarmc"
    for file in libswarm.a swarm-host shop; do
        ln -sf "$root/build/$file" "$folder/coverage/$file"
    done
    gather
    rm -f "$folder"/profile*
    (cd "$folder/files" && FUZZ_EVERY=1 LLVM_PROFILE_FILE="$folder/profile-fuzz" "$folder/coverage/frontend_fuzz" -runs=0 "$folder/corpus" \
        "$folder/seeds" >"$folder/coverage.log" 2>&1) || true # libFuzzer misses its own counters
    lines=$(report "$folder/coverage/frontend_fuzz" "$folder/profile-fuzz" | sed -n '$s/%//gp' | awk '{print $10}') # regions, functions, lines, branches
    echo "The corpus alone runs $lines % of the lines (wanted: 90)"
    for test in tests/cli/usage.t tests/cli/toolchain.t tests/commands/*.t tests/fmt/*.t tests/explain/*.t tests/check/*.t \
        tests/syntax/*.t tests/report/compare.t; do
        # a file for each: tests of full disks leave half ones; OPT: toolchain.t runs `make install`
        OPT="$flags" LLVM_PROFILE_FILE="$folder/profile-$(basename "$test")-%2m" \
            python3 tests/lib/runner.py --root "$root" --build "$folder/coverage" "${test#tests/}" | grep FAILED || true
    done
    echo "With the tests of the command line:"
    report "$folder/coverage/frontend_fuzz -object $folder/coverage/swarmc" "$folder"/profile-*
    [ "${lines%.*}" -ge 90 ]
}

warnings() {
    make -s -j"$cores" build/swarmc
    gather
    cd "$folder/files"
    examined=0 loud=0
    for file in $(find "$folder/seeds" "$folder/corpus" -type f | shuf -n "$1"); do
        cp "$file" warned.swarm
        "$root/build/swarmc" --emit-c warned.swarm -o warned.c >/dev/null 2>&1 || continue
        examined=$((examined + 1))
        for cc in gcc clang; do
            command -v $cc >/dev/null || continue
            said=$($cc -std=gnu11 -fsyntax-only -Wall -Wextra -I"$root/runtime/include" warned.c 2>&1) && [ -z "$said" ] && continue
            loud=$((loud + 1))
            echo "$cc, $file:" && echo "$said" | head -n 5
        done
    done
    echo "$examined generated programs, $loud with a warning or error"
    [ "$loud" -eq 0 ] && [ "$examined" -gt 0 ]
}

if [ "${COVERAGE:-}" ]; then
    coverage
elif [ "${WARNINGS:-}" ]; then
    warnings "${1:-1000000}"
else
    fuzz "${1:-10000000}" "${2:-0}"
fi
