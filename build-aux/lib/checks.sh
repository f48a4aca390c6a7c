# shellcheck shell=bash
# What can be known to fail before anything is changed.

# All feature sets with their tests, and a release build.
readonly BUILD_MIB=5000

# Whether version $2 is at least $1; empty is not.
at_least() {
    [ -n "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

# Rust of the version that Cargo.toml states; sets SYSROOT, the toolchain's folder.
check_rust() {
    local wanted found
    wanted=$(sed -n 's/^rust-version *= *"\(.*\)"$/\1/p' "$TOP/Cargo.toml")
    if ! command -v cargo >/dev/null || ! command -v rustc >/dev/null; then
        # rustup puts its folder on PATH at the next login only.
        [ -x "$HOME/.cargo/bin/cargo" ] || die "Rust is missing; install version $wanted or newer as https://rustup.rs says, then run this again"
        PATH=$HOME/.cargo/bin:$PATH
    fi
    found=$(rustc --version 2>/dev/null | sed -n 's/^rustc \([0-9.]*\).*/\1/p')
    [ -n "$found" ] || die "Rust is installed but 'rustc --version' fails; choose a toolchain with 'rustup default stable', then run this again"
    at_least "$wanted" "$found" ||
        die "Rust $found is too old, SysMon needs $wanted or newer; run 'rustup update stable' (or install Rust from https://rustup.rs)"
    SYSROOT=$(rustc --print sysroot)
}

# Free space, in MiB, in the file system that will hold a folder which need not exist yet.
free_mib() {
    local folder=$1
    while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
    df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024) }'
}

check_space() {
    local folder=$1 needed=$2 what=$3 free
    free=$(free_mib "$folder")
    [ "$free" -ge "$needed" ] ||
        die "$what needs $needed MiB in $folder and only $free MiB are free; make room, or name another disk with XDG_CACHE_HOME"
}

# Room for a first build; later ones reuse it.
check_build_space() {
    local folder=${CARGO_TARGET_DIR:-$CACHE/build}
    [ -d "$folder" ] || check_space "$folder" "$BUILD_MIB" "the build"
}

# The crates, before anything that takes minutes: without network and without a filled cargo cache no build can succeed.
check_crates() {
    local output
    (cd "$TOP" && cargo fetch --locked --offline >/dev/null 2>&1) && return
    say "fetching the crates"
    output=$(cd "$TOP" && CARGO_NET_RETRY=1 cargo fetch --locked 2>&1) ||
        die "the crates of Cargo.lock cannot be had; check the network and cargo's settings, then run this again. cargo said: $(grep -v '^ *\(Updating\|Downloading\|Downloaded\)' <<<"$output" | grep -v '^$' | tail -n 1)"
}

# A network command must not be able to hang the set-up. apt's own helper honours the proxies and mirrors of this machine.
check_mirror() {
    local mirror=$1 file helper=/usr/lib/apt/apt-helper
    file=$(mktemp -d)
    chmod 755 "$file"
    if ! timeout 60 "$helper" -o Acquire::Retries=0 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 \
        download-file "$mirror/dists/$SUITE/InRelease" "$file/InRelease" >/dev/null 2>&1; then
        rm -rf "$file"
        die "$mirror does not answer, and Debian 13's packages are needed once; check the network (and the proxy of apt), then run this again"
    fi
    rm -rf "$file"
}

# The tree is entered, and without root also made, with namespaces; a kernel or a container can deny them.
check_namespaces() {
    local limit
    if [ "$(id -u)" -eq 0 ]; then
        unshare --mount true 2>/dev/null ||
            die "this root account may not mount (a container without CAP_SYS_ADMIN?); run this on the machine itself or in a privileged container"
        return
    fi
    unshare --user --map-root-user --mount true 2>/dev/null && return
    for limit in kernel/unprivileged_userns_clone:1 kernel/apparmor_restrict_unprivileged_userns:0 user/max_user_namespaces:10000; do
        local name=${limit%:*} good=${limit#*:} is
        is=$(cat "/proc/sys/$name" 2>/dev/null) || continue
        case $name:$is in
            kernel/unprivileged_userns_clone:0 | kernel/apparmor_restrict_unprivileged_userns:1 | user/max_user_namespaces:0)
                die "this kernel denies user namespaces to ordinary users; ask an administrator to run: sysctl -w ${name//\//.}=$good" ;;
        esac
    done
    die "this kernel denies user namespaces to ordinary users; run this as root, or on a machine that allows them"
}

# mmdebstrap maps the users of the tree to a range of this account's own.
check_subordinate_ids() {
    local user file
    user=$(id -un)
    for file in /etc/subuid /etc/subgid; do
        grep -qsE "^($user|$(id -u)):" "$file" ||
            die "$file has no range for $user; ask an administrator to run: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $user"
    done
}
