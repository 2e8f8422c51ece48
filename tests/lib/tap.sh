# tap.sh - a small producer of the Test Anything Protocol for tests in POSIX sh.
#
#   . "$SWARM_ROOT/tests/lib/tap.sh"
#   ok NAME COMMAND...         the command succeeds
#   not_ok NAME COMMAND...     the command fails
#   is NAME GOT WANT           two texts are equal
#   like NAME TEXT PART        the text contains the part
#   unlike NAME TEXT PART
#   pass NAME / fail NAME [LINE...]
#   skip NAME REASON           a reason that begins with "missing tool" says that this machine could have run it
#   skip_all REASON            the whole file; ends it
#   diag LINE...
#   done_testing               the last line of every test: prints the plan and exits
#
# Run by tests/run.sh, which gives SWARM_ROOT (the checkout), SWARM_BUILD (the output folder) and an empty TMPDIR.

tap_count=0
tap_failed=0

diag() {
    printf '%s\n' "$@" | sed 's/^/# /'
}

tap_name() {
    printf '%s' "$1" | tr '\n#' '  '
}

pass() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s\n' "$tap_count" "$(tap_name "$1")"
}

fail() {
    tap_count=$((tap_count + 1))
    tap_failed=$((tap_failed + 1))
    printf 'not ok %d - %s\n' "$tap_count" "$(tap_name "$1")"
    shift
    [ $# -eq 0 ] || diag "$@"
    return 1
}

ok() {
    tap_what=$1
    shift
    if tap_output=$("$@" 2>&1); then
        pass "$tap_what"
    else
        fail "$tap_what" "exit code $? of: $*" "$tap_output"
    fi
}

not_ok() {
    tap_what=$1
    shift
    if tap_output=$("$@" 2>&1); then
        fail "$tap_what" "succeeded: $*" "$tap_output"
    else
        pass "$tap_what"
    fi
}

is() {
    if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:  $2" "want: $3"; fi
}

like() {
    case $2 in
    *"$3"*) pass "$1" ;;
    *) fail "$1" "got: $2" "does not contain: $3" ;;
    esac
}

unlike() {
    case $2 in
    *"$3"*) fail "$1" "got: $2" "contains: $3" ;;
    *) pass "$1" ;;
    esac
}

skip() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$(tap_name "$1")" "$2"
}

skip_all() {
    printf '1..0 # SKIP %s\n' "$1"
    exit 0
}

done_testing() {
    printf '1..%d\n' "$tap_count"
    [ "$tap_failed" -eq 0 ] && [ "$tap_count" -gt 0 ]
    exit $?
}
