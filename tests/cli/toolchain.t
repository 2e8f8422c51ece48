#!/bin/sh
# runner: timeout=900
# swarmc and the C compiler: what it makes, what it leaves behind, what it says when something is missing.
. "$SWARM_ROOT/tests/lib/tap.sh"

build=$(cd "$SWARM_BUILD" && pwd)
swarmc=$build/swarmc
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir tmp
TMPDIR=$work/tmp
export TMPDIR
built_with=${CC-}
unset CC SWARM_HOME
cat >good.swarm <<'END'
target "http://127.0.0.1:1"
user Visitor { wait 1s; task look { get "/" } }
END

run() {
    out=$("$@" 2>err)
    code=$?
    err=$(cat err)
}
left() {
    ls -A tmp | wc -l | tr -d ' '
}

run "$swarmc" good.swarm -o prog
is "compiling: exit code" "$code" 0
is "compiling says nothing" "$out$err" ""
ok "the program can be run" ./prog --version
is "no temporary file is left" "$(left)" 0
is "none beside the program either" "$(ls -A | grep -c '^\.prog')" 0
version=$(./prog --version)
rm prog
"$swarmc" good.swarm -o prog <&- >&- 2>&-
is "compiling with every standard stream closed" "$? $(./prog --version)" "0 $version"
./prog --headless -u 1 -t 300ms <&- >&- 2>&-
is "running with every standard stream closed: exit code" "$?" 1
./prog --help >/dev/full 2>err
is "--help that cannot be written: exit code" "$?" 3
like "--help that cannot be written: says so" "$(cat err)" "standard output"
run "$swarmc" good.swarm
ok "without -o it has the scenario's name" test -x good
run "$swarmc" -O2 -g --keep-c good.swarm -o other
is "-O2 -g --keep-c: exit code" "$code" 0
ok "--keep-c keeps the C" test -s other.c
(umask 077; "$swarmc" good.swarm -o private)
is "the umask is kept" "$(stat -c %a private)" 700

run "$swarmc" --cc no-such-cc good.swarm -o none
is "no C compiler: exit code" "$code" 3
like "no C compiler: its name" "$err" "no-such-cc"
like "no C compiler: the package" "$err" "apt-get install gcc"
ok "no C compiler: nothing is made" test ! -e none
is "no C compiler: no temporary file is left" "$(left)" 0
run env CC=no-such-cc "$swarmc" good.swarm -o none
is "CC is used: exit code" "$code" 3
run env PATH="$work/empty" "$swarmc" good.swarm -o none
is "an empty PATH: exit code" "$code" 3

# A compiler that fails as the linker does when a library is missing.
fake() {
    printf '#!/bin/sh\n%s\nexit 1\n' "$1" >fake-cc
    chmod +x fake-cc
    run "$swarmc" --cc ./fake-cc good.swarm -o none
}
fake 'echo "/usr/bin/ld: cannot find -lcurl: No such file or directory"'
is "a missing library: exit code" "$code" 3
like "a missing library: the package" "$err" "libcurl4-openssl-dev"
fake 'echo "/usr/bin/ld: cannot find -lbrotlidec" >&2'
like "another one: the package" "$err" "libbrotli-dev"
fake 'echo "fatal error: stdint.h: No such file or directory" >&2'
like "a missing header: the package" "$err" "libc6-dev"
fake 'echo "x.c:5: error: something is wrong with this" >&2'
is "an error in the C: exit code" "$code" 70
like "an error in the C: whose fault" "$err" "bug of swarmc"
like "an error in the C: what the compiler said" "$err" "something is wrong with this"
kept=$(printf '%s\n' "$err" | sed -n 's/.*is kept in //p')
ok "an error in the C: the file is kept" test -s "$kept"
rm -f "$kept"
is "but nothing else" "$(left)" 0

# A signal while the C compiler runs.
printf '#!/bin/sh\necho $$ >cc-pid\nexec sleep 30\n' >fake-cc
"$swarmc" --cc ./fake-cc good.swarm -o none &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ -s cc-pid ] && break
    sleep 0.1
done
kill -TERM "$pid"
wait "$pid"
is "a signal ends it" "$?" 143
is "a signal: no temporary file is left" "$(left)" 0
is "a signal: none beside the program" "$(ls -A | grep -c '^\.none')" 0
cc_pid=$(cat cc-pid)
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -0 "$cc_pid" 2>/dev/null || break
    sleep 0.1
done
not_ok "a signal: the C compiler is ended too" kill -0 "$cc_pid"

run env SWARM_HOME="$work/nothing" "$swarmc" good.swarm -o none
is "a wrong SWARM_HOME: exit code" "$code" 3
like "a wrong SWARM_HOME: says so" "$err" "SWARM_HOME"
run env TMPDIR="$work/nothing" "$swarmc" good.swarm -o none
is "a wrong TMPDIR: exit code" "$code" 3
like "a wrong TMPDIR: says so" "$err" "TMPDIR"

# An installed swarmc works from any folder. Make is called with the variables of the build, so that it builds nothing.
if (cd "$SWARM_ROOT" && MAKEFLAGS= ${built_with:+env CC="$built_with"} make -s install BUILD="$SWARM_BUILD" DESTDIR="$work/root") \
    >install.log 2>&1; then
    pass "make install"
    prefix=$work/root${PREFIX:-/usr/local}
    mkdir elsewhere
    cp good.swarm elsewhere/
    run sh -c "cd elsewhere && '$prefix/bin/swarmc' good.swarm -o prog && ./prog --version"
    is "installed: exit code" "$code" 0
    ln -s "$prefix/bin/swarmc" linked
    run ./linked good.swarm -o by-link
    is "through a link: exit code" "$code" 0
    ok "the man page" test -s "$prefix/share/man/man1/swarmc.1"
else
    fail "make install" "$(tail -5 install.log)"
fi

done_testing
