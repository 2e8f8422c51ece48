#!/bin/sh
# Runs what reads bytes of servers under libFuzzer: tests/fuzz/http.sh [EXECUTIONS [TARGET …]]   (default 10,000,000 of each)
#
# The targets are parser (answers, split in every way), chunk (against a second reader) and cookie (the jar). Each is run without
# sanitizers for speed, then with ASan and UBSan for a tenth of the executions, on one corpus. What fails stays in
# $FUZZ_FOLDER (build/fuzz-http by default).
#
# Needs clang and its libFuzzer (Debian: clang, and libclang-rt-14-dev or the libclang-rt of the release).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
folder=${FUZZ_FOLDER:-build/fuzz-http}
executions=${1:-10000000}
[ $# -gt 0 ] && shift
targets=${*:-parser chunk cookie}
sources="runtime/http/native_parse.c runtime/http/head.c runtime/http/bytes.c runtime/http/cookie.c runtime/http/fields.c
    runtime/http/url.c runtime/base/memory.c"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
failures=0

seed() { # NAME TEXT
    printf "$2" >"$folder/$target.seeds/$1"
}

seeds() {
    mkdir -p "$folder/$target.seeds" "$folder/$target.corpus"
    case $target in
    parser)
        seed length '\0HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n c\r\n\r\nhelloHTTP/1.1'
        seed chunked '\7HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: u\r\n\r\n'
        seed close '\4HTTP/1.0 404 No\r\nConnection: keep-alive, close\r\n\r\nto the end'
        seed interim '\2HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 204 No\r\n\r\n'
        seed odd '\3HTTP/1.1 200\nContent-Length : 3, 3\nSet-Cookie: a=b\n\nabc'
        ;;
    chunk)
        seed two '3\r\nabc\r\n10 ; a=b\r\n0123456789abcdef\r\n0\r\n\r\nrest'
        seed trailer '1\nx\n000\nA: b\n\n'
        ;;
    cookie)
        seed plain 'a=b; Path=/; Domain=example.com; Max-Age=10\nc=d; Secure; HttpOnly\n@https://www.example.com/\n__Host-x=1; Secure; Path=/'
        seed dates 'a=b; Expires=Wed, 21 Oct 2065 07:28:00 GMT\n@http://a.co.uk/\nc=d; Domain=co.uk\n@http://127.0.0.1/\ne=f; Domain=127.0.0.1'
        ;;
    esac
}

# run NAME OPTIONS EXECUTIONS
run() {
    clang -std=gnu11 -Wall -Wextra -g -D_GNU_SOURCE $2 -Iruntime -Iruntime/include "tests/fuzz/${target}_fuzz.c" $sources -lpsl -o "$folder/$target.$1"
    log="$folder/$target.$1.log"
    if ! "$folder/$target.$1" -runs="$3" -max_len=600 -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$folder/$target." -print_final_stats=1 \
        "$folder/$target.corpus" "$folder/$target.seeds" >"$log" 2>&1; then
        failures=$((failures + 1))
        tail -n 30 "$log"
    fi
    echo "$target $1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") executions"
}

for target in $targets; do
    seeds
    run plain '-O2 -fsanitize=fuzzer' "$executions"
    run sanitized '-O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined' $((executions / 10))
done
[ "$failures" = 0 ]
