# shellcheck shell=bash
# Pictures of every screen in every look, kept in tests/pictures so that a change of looks is seen.

# Compares (check) or takes anew (update); with PARTs only of screens whose names hold one of them.
dev_pictures() {
    local what=${1:-check}
    [ $# -eq 0 ] || shift
    case $what in
        check | update) ;;
        *) die "usage: build-aux/dev pictures [check|update] [PART]..." ;;
    esac
    prepare build headless
    inside cargo build --locked --all-features --bins >&2
    SYSMON=$CARGO_TARGET_DIR/debug/sysmon take_pictures "$what" "$@"
}

# As a step of the tests, which built the programs with the same features.
check_pictures() {
    take_pictures check
}

# Fonts, icons and GTK are those of Debian 13: others draw other pictures.
take_pictures() {
    if ! inside grep -qx 'VERSION_ID="13"' /etc/os-release || ! inside grep -qx 'ID=debian' /etc/os-release; then
        echo "pictures are compared on Debian 13 only, where they were taken: fonts differ elsewhere"
        return 77
    fi
    inside cargo build --locked --quiet --all-features --example probe-for-pictures >&2
    inside build-aux/headless --size 1600x1200 python3 tests/ui/pictures.py "$1" tests/pictures "$CARGO_TARGET_DIR/pictures" "${@:2}"
}
