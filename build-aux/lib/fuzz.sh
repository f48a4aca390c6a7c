# shellcheck shell=bash
# Fuzzing needs no GTK, so it runs outside of the tree, with the stable compiler: RUSTC_BOOTSTRAP lets it take the options of
# a nightly one.

# Runs every target, or those that are named, for so many seconds each. What a target finds stays in fuzz/artifacts.
dev_fuzz() {
    local seconds=60 target targets failed=()
    case ${1:-} in
        '' | *[!0-9]*) ;;
        *) seconds=$1; shift ;;
    esac
    check_rust
    command -v c++ >/dev/null || die "fuzzing needs a C++ compiler; install g++ (on Debian: apt install g++)"
    if ! command -v cargo-fuzz >/dev/null; then
        say "installing cargo-fuzz"
        cargo install --locked cargo-fuzz >&2
    fi
    export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/build}/fuzz
    [ $# -gt 0 ] || mapfile -t targets < <(fuzz_targets)
    [ $# -eq 0 ] || targets=("$@")
    for target in "${targets[@]}"; do
        say "fuzzing $target for $seconds s"
        cargo fuzz run "$target" -- -max_total_time="$seconds" -timeout=10 -print_final_stats=1 || failed+=("$target")
    done
    [ ${#failed[@]} -eq 0 ] || die "found something: ${failed[*]}; the inputs are in fuzz/artifacts"
}

# The names of the targets, from their files.
fuzz_targets() {
    local file
    for file in fuzz/fuzz_targets/*.rs; do
        basename "$file" .rs
    done
}
