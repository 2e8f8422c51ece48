#!/bin/sh
# Runs the front end under libFuzzer: tests/fuzz/fuzz.sh [EXECUTIONS [SECONDS]]   (default 10,000,000, without a limit of time)
#
# The corpus is every scenario of the repository; what the fuzzer adds stays in build/fuzz/corpus, a crash in build/fuzz. With COVERAGE=1
# it tells, from the corpus as it stands, how many lines of grammar/ and compiler/ it runs (llvm-cov). Needs clang and its libFuzzer
# (Debian: clang, libclang-rt-14-dev or libfuzzer of the release).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
executions=${1:-10000000}
seconds=${2:-0}
build=build/fuzz
flags='-g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined'
[ "${COVERAGE:-}" ] && flags='-g -O0 -fprofile-instr-generate -fcoverage-mapping -fsanitize=fuzzer-no-link' && build=build/coverage
mkdir -p "$build/corpus"
make -s -j2 BUILD="$build" CC=clang OPT="$flags" "$build/libswarmc.a"
link=$(echo "$flags" | sed 's/fuzzer-no-link/fuzzer/')
clang $link -Icompiler -Igrammar tests/fuzz/frontend_fuzz.c "$build/libswarmc.a" \
    $(pkg-config --libs libpcre2-8 libxml-2.0) -lm -o "$build/frontend_fuzz"
find tests examples stdlib -name '*.swarm' | while read -r file; do
    cp "$file" "$build/corpus/$(echo "$file" | tr / _)"
done
cd tests/tour    # so that data files and imports of the corpus are found
if [ "${COVERAGE:-}" ]; then
    [ -d "$root/build/fuzz/corpus" ] && cp "$root"/build/fuzz/corpus/* "$root/$build/corpus/"
    LLVM_PROFILE_FILE="$root/$build/profile" "$root/$build/frontend_fuzz" -runs=0 "$root/$build/corpus" 2>/dev/null
    cd "$root"
    profdata=$(ls /usr/bin/llvm-profdata* /usr/lib/llvm-*/bin/llvm-profdata 2>/dev/null | head -n 1)
    cov=$(ls /usr/bin/llvm-cov* /usr/lib/llvm-*/bin/llvm-cov 2>/dev/null | head -n 1)
    "$profdata" merge -o "$build/merged" "$build/profile"
    "$cov" report "$build/frontend_fuzz" -instr-profile="$build/merged" compiler/*/*.c grammar/*.c
    exit
fi
limit=
[ "$seconds" -gt 0 ] && limit="-max_total_time=$seconds"
exec "$root/$build/frontend_fuzz" -runs="$executions" $limit -max_len=4096 -timeout=10 -rss_limit_mb=2048 -use_value_profile=0 \
    -artifact_prefix="$root/$build/" -print_final_stats=1 "$root/$build/corpus"
