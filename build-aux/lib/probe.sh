# shellcheck shell=bash
# The probe that needs no libraries: it runs in any machine of its architecture, outside of any sandbox. It needs no GTK, so it is
# built outside of the tree.

# Builds it and prints its path. With --debug it is a debug build, which is made faster.
dev_probe() {
    local profile=release options=(--release) triple output
    case ${1:-} in
        --debug) profile=debug options=() ;;
        '') ;;
        *) die "probe takes no argument but --debug" ;;
    esac
    check_rust
    triple=$(rust_triple)
    check_static_libc "$triple"
    # Apart from what is built in the tree: what cargo runs while it builds would need the tree's libraries.
    output=${CARGO_TARGET_DIR:-$CACHE/build}/probe
    # With a target named, the flags do not reach what cargo runs while it builds, which cannot be static.
    RUSTFLAGS='-C target-feature=+crt-static' CARGO_TARGET_DIR=$output \
        cargo build --locked ${options[@]+"${options[@]}"} --no-default-features --bin sysmon-probe --target "$triple" >&2 || return
    printf '%s\n' "$output/$triple/$profile/sysmon-probe"
}

rust_triple() { rustc -vV | sed -n 's/^host: //p'; }

# Sets MISSING_LIBC to a sentence where the C library cannot be linked statically.
find_static_libc() {
    local cc=${CC:-cc}
    MISSING_LIBC=
    # musl's comes with Rust.
    case $1 in *-musl*) return ;; esac
    if ! command -v "$cc" >/dev/null; then
        MISSING_LIBC="a C compiler is missing; install gcc"
    elif [ "$("$cc" -print-file-name=libc.a)" = libc.a ]; then
        MISSING_LIBC="the C library cannot be linked statically here, its libc.a is missing; install it (Debian: libc6-dev, Fedora: glibc-static, openSUSE: glibc-devel-static)"
    fi
}

check_static_libc() {
    find_static_libc "$1"
    [ -z "$MISSING_LIBC" ] || die "$MISSING_LIBC"
}

# A step of `dev test`.
test_static_probe() {
    local probe
    check_rust
    find_static_libc "$(rust_triple)"
    if [ -n "$MISSING_LIBC" ]; then
        echo "$MISSING_LIBC"
        return 77
    fi
    probe=$(dev_probe --debug) && build-aux/test-static-probe "$probe"
}
