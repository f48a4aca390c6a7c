# shellcheck shell=bash
# Starting the program: on the display of whoever asks, or headless with a picture.

# Builds sysmon and runs it; what is not an option of ours is passed on to it.
dev_run() {
    local profile=debug release=() headless=
    while [ $# -gt 0 ]; do
        case $1 in
            --release) profile=release release=(--release) ;;
            --headless) headless=yes ;;
            --) shift; break ;;
            *) break ;;
        esac
        shift
    done
    [ -n "${WAYLAND_DISPLAY:-}${DISPLAY:-}" ] || headless=yes
    if [ -n "$headless" ]; then prepare build headless; else prepare build; fi
    # Both programs: where the application may not look it asks the probe beside it.
    inside cargo build --locked ${release[@]+"${release[@]}"} --bins >&2
    compile_translations
    if [ -z "$headless" ]; then
        on_this_machine "$CARGO_TARGET_DIR/$profile" sysmon "$@"
    else
        run_headless "$CARGO_TARGET_DIR/$profile/sysmon" "$@"
    fi
}

# Puts translations where the program that was built finds them, which looks in the installed places else.
compile_translations() {
    local language folder
    export TEXTDOMAINDIR=$CARGO_TARGET_DIR/locale
    while read -r language; do
        folder=$TEXTDOMAINDIR/$language/LC_MESSAGES
        mkdir -p "$folder"
        inside msgfmt -o "$folder/sysmon.mo" "po/$language.po"
    done < <(grep -v '^#' po/LINGUAS)
}

# Shows a person without a display that the program works.
run_headless() {
    local picture
    picture=$CARGO_TARGET_DIR/screenshot.png
    say "no display: opening the window in a headless session"
    inside build-aux/headless build-aux/run-and-screenshot "$picture" -- "$@" >&2
    say "the window as it was: $picture"
    printf '%s\n' "$picture"
}

# The pictures of the README.
dev_screenshots() {
    local folder=$TOP/docs/screenshots program
    prepare build headless
    inside cargo build --locked --all-features --bins >&2
    program=$CARGO_TARGET_DIR/debug/sysmon
    mkdir -p "$folder"
    inside build-aux/take-screenshots "$program" "$folder" >&2
}

# The benchmarks beside the alternatives, then what the window of a release build costs.
dev_bench() {
    prepare build headless
    inside cargo bench --locked --all-features --no-run
    inside build-aux/headless cargo bench --locked --all-features "$@"
    [ $# -eq 0 ] || return 0
    inside cargo build --locked --release --bins >&2
    SYSMON=$CARGO_TARGET_DIR/release/sysmon inside build-aux/headless python3 benches/window.py
    dev_bench_refresh
}

# How long a refresh of a table holds the window up, the median of several runs.
dev_bench_refresh() {
    prepare build headless
    inside cargo build --locked --release --bins >&2
    SYSMON=$CARGO_TARGET_DIR/release/sysmon inside build-aux/headless python3 benches/refresh.py "$@"
}
