# shellcheck shell=bash
# The private Debian 13 tree, for machines whose own GTK is too old: made once, entered with bubblewrap.

readonly SUITE=trixie
# What the host needs to make and enter it.
readonly TREE_TOOLS=(mmdebstrap bubblewrap gpg debian-archive-keyring)
readonly TREE_PACKAGES=("${DEBIAN_BUILD[@]}" "${DEBIAN_HEADLESS[@]}" "${DEBIAN_CHECK[@]}" "${DEBIAN_PACKAGE[@]}" "${TREE_ONLY[@]}")
readonly TREE_MIB=2500

# Sets TREE_KEY and TREE, and makes the tree unless it stands.
tree_prepare() {
    TREE_KEY=$(tree_key "${TREE_PACKAGES[@]}")
    TREE=$CACHE/tree/$TREE_KEY
    check_toolchain_can_move
    [ -d "$TREE" ] && command -v bwrap >/dev/null && return
    say "GTK >= $GTK_FLOOR is not to be had on this system"
    tree_make "$TREE" "$TREE_MIB" "${TREE_PACKAGES[@]}"
}

# The name of the tree of these packages. A changed list is another tree.
tree_key() {
    local sum
    sum=$(printf '%s\n' "$SUITE" "$@" | sha256sum)
    echo "debian-13-${sum:0:12}"
}

check_toolchain_can_move() {
    case $SYSROOT in
        /usr | /usr/*) die "Rust in $SYSROOT belongs to the distribution and cannot be used with Debian 13's libraries; install Rust from https://rustup.rs" ;;
    esac
}

# Makes a tree of packages, which take so many MiB, beside its place and renames it when whole, so that an interrupted set-up
# leaves nothing that looks whole.
tree_make() {
    local tree=$1 needed=$2 mirror partial mode=root tools=("${TREE_TOOLS[@]}")
    shift 2
    check_namespaces
    [ "$(id -u)" -eq 0 ] || mode=unshare tools+=(uidmap)
    [ $mode = root ] || check_subordinate_ids
    check_space "$tree" $((needed + BUILD_MIB)) "the private Debian 13 tree with a first build"
    [ $mode = root ] || check_space "$SCRATCH" "$needed" "making the private Debian 13 tree"
    mirror=$(configured_mirror)
    check_mirror "${mirror:-http://deb.debian.org/debian}"
    check_crates
    tree_tools "${tools[@]}"

    mkdir -p "$(dirname "$tree")"
    exec {lock}>"$(dirname "$tree")/lock"
    if ! flock --nonblock "$lock"; then
        say "waiting for another set-up of the tree"
        flock "$lock"
    fi
    if [ ! -d "$tree" ]; then
        remove_leftovers
        partial=$(mktemp -d "$(dirname "$tree")/partial.XXXXXX")
        say "making a private Debian 13 tree in $tree (once, about two minutes)"
        tree_fill "$mode" "$partial" "$mirror" "$@" >&2 ||
            die "making the tree failed, what is above says why; nothing was kept, run this again"
        chmod 755 "$partial"
        mv -T "$partial" "$tree"
    fi
    exec {lock}>&-
}

# Installs what making and entering the tree needs, where it is missing.
tree_tools() {
    local tool missing=()
    for tool in "$@"; do
        case $tool in
            bubblewrap) command -v bwrap >/dev/null || missing+=("$tool") ;;
            uidmap) command -v newuidmap >/dev/null || missing+=("$tool") ;;
            # An older keyring package lacks Debian 13's keys; installing again upgrades it.
            debian-archive-keyring) [ -r /usr/share/keyrings/debian-archive-trixie-stable.gpg ] || missing+=("$tool") ;;
            *) command -v "$tool" >/dev/null || missing+=("$tool") ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] || install_packages apt "${missing[@]}"
    [ -r /usr/share/keyrings/debian-archive-trixie-stable.gpg ] ||
        die "the package debian-archive-keyring of this system is too old to verify Debian 13; install a newer one from https://packages.debian.org/trixie/debian-archive-keyring"
}

# Prints the mirror this machine's apt uses, when it is one of Debian's and reached by network; else nothing.
configured_mirror() {
    local ID='' VERSION_CODENAME=''
    # shellcheck source=/dev/null
    . "$OS_RELEASE"
    [ "$ID" = debian ] || return 0
    # shellcheck disable=SC2016 # apt's own placeholders
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        awk -v code="$VERSION_CODENAME" '($1 == code || $1 == "stable" || $1 == "oldstable") && $2 == "main" && $3 ~ /^https?:/ && !/security/ { sub("/$", "", $3); print $3; exit }'
}

# Unpacks the packages into a folder. Without root the tree belongs to the user, so it comes through a tar stream, without
# the device nodes nobody but root can make.
tree_fill() {
    local mode=$1 folder=$2 mirror=$3 list options
    shift 3
    list=$(IFS=,; echo "$*")
    options=(--mode="$mode" --variant=apt --include="$list" --dpkgopt=force-unsafe-io
        --aptopt='Apt::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*')
    if [ "$mode" = root ]; then
        # In mounts of its own: were it killed, the kernel would take /proc and /sys out of the unfinished tree.
        unshare --mount --propagation private \
            mmdebstrap "${options[@]}" --format=directory "$SUITE" "$folder" ${mirror:+"$mirror"} || return
    else
        mkdir -m 1777 "$SCRATCH"
        TMPDIR=$SCRATCH mmdebstrap "${options[@]}" --format=tar "$SUITE" - ${mirror:+"$mirror"} |
            tar --extract --directory "$folder" --exclude='./dev/*' --no-same-owner || return
        rm -rf "$SCRATCH"
    fi
    # Mount points for the files of the host; as links they would lead astray.
    rm -f "$folder/etc/resolv.conf" "$folder/etc/localtime" "$folder/etc/machine-id"
    touch "$folder/etc/resolv.conf" "$folder/etc/localtime" "$folder/etc/machine-id"
}

# What a killed set-up left. Without root the scratch files belong to the mapped users, whom only a namespace can act for; the
# folder itself belongs to the user.
remove_leftovers() {
    rm -rf --one-file-system "$(dirname "$TREE")"/partial.*
    [ -d "$SCRATCH" ] || return 0
    rm -rf "$SCRATCH" 2>/dev/null && return
    mmdebstrap --unshare-helper find "$SCRATCH" -mindepth 1 -delete >&2 || true
    rm -rf "$SCRATCH" || die "what an interrupted set-up left in $SCRATCH cannot be removed; ask an administrator to remove it"
}

# Runs a command in the tree, in the current folder, with the host's toolchain, crates, network and display.
# Processes, sockets and devices are the host's own: a system monitor is to see them.
tree_enter() {
    local options=() path name
    options=(--bind "$TREE" / --dev-bind /dev /dev --bind /sys /sys --bind /proc /proc --tmpfs /run --bind /tmp /tmp
        --bind "$HOME" "$HOME" --bind "$CACHE" "$CACHE" --bind "$TOP" "$TOP"
        --ro-bind "$SYSROOT" "$SYSROOT" --ro-bind /etc/passwd /etc/passwd --ro-bind /etc/group /etc/group
        --ro-bind-try "$(readlink -f /etc/resolv.conf)" /etc/resolv.conf
        --ro-bind-try "$(readlink -f /etc/localtime)" /etc/localtime
        --ro-bind-try /etc/hosts /etc/hosts --ro-bind-try /usr/lib/locale /usr/lib/locale)
    for path in /etc/ssl /usr/share/ca-certificates /usr/local/share/ca-certificates /run/dbus /run/udev; do
        options+=(--ro-bind-try "$path" "$path")
    done
    for name in TMPDIR CARGO_HOME CARGO_TARGET_DIR XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME; do
        path=${!name:-}
        if [ -d "$path" ]; then
            options+=(--bind "$path" "$path")
        fi
    done
    for name in SSL_CERT_FILE SSL_CERT_DIR CARGO_HTTP_CAINFO CURL_CA_BUNDLE XAUTHORITY WAYLAND_DISPLAY; do
        path=${!name:-}
        case $path in
            /*) options+=(--ro-bind-try "$path" "$path") ;;
        esac
    done
    # As root no user namespace is made and bubblewrap would drop what root may do.
    [ "$(id -u)" -eq 0 ] && options+=(--cap-add ALL)
    bwrap "${options[@]}" --die-with-parent --chdir "$PWD" \
        --setenv PATH "$SYSROOT/bin:${CARGO_HOME:-$HOME/.cargo}/bin:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin" \
        --setenv GSK_RENDERER "${GSK_RENDERER:-cairo}" "$@"
}
