# shellcheck shell=bash
# The test of what is installed, on a GNOME desktop. All of it happens in a Debian 13 tree of its own, which has the desktop and
# Flatpak's tools, and of which a stand-in for GNOME's runtime is made: nothing but Debian's packages and the crates is fetched.

readonly DESKTOP_PACKAGES=("${TREE_PACKAGES[@]}" "${DEBIAN_DESKTOP[@]}")
readonly DESKTOP_MIB=9000
# The freedesktop release below the GNOME runtime of the manifest, whose number its SDK's extensions carry.
readonly FREEDESKTOP_BRANCH=25.08
readonly DESKTOP_USER=tester

# Ends with the status 77 of `step` and a reason as the last line where it cannot run.
dev_test_desktop() {
    local began=$SECONDS status=0 way
    check_rust
    desktop_possible || return
    desktop_prepare
    # A run that was ended may have left an installation for all users.
    rm -rf "$DESKTOP/work/pictures" "$DESKTOP/for-all"
    for way in "${WAYS[@]}"; do
        installed_test "$way" || status=$?
    done
    say "the pictures are in $DESKTOP/work/pictures; it took $((SECONDS - began)) s"
    return "$status"
}

# Asks what can be asked before anything is made; each question ends with the sentence that is the reason.
desktop_possible() {
    local reason
    if ! reason=$( (
        [ -x /usr/lib/apt/apt-helper ] || die "its desktop is made of Debian's packages, which this distribution's tools cannot fetch"
        check_toolchain_can_move
        check_namespaces
        [ -d "$(desktop_tree)" ] || check_mirror "$(desktop_mirror)"
        [ -d "$(desktop_tree)" ] || check_space "$CACHE" "$DESKTOP_MIB" "the desktop"
    ) 2>&1); then
        echo "the desktop test cannot run here: ${reason#dev: }"
        return 77
    fi
}

desktop_tree() { echo "$CACHE/tree/$(tree_key "${DESKTOP_PACKAGES[@]}")"; }

desktop_mirror() {
    local mirror
    mirror=$(configured_mirror)
    echo "${mirror:-http://deb.debian.org/debian}"
}

# Sets DESKTOP_TREE and DESKTOP, the folder of the stand-in and of all that is kept, and makes both unless they stand. DESKTOP_ROOT
# is the system that the desktop runs on. The lock is held until the end: two tests would share the user's home.
desktop_prepare() {
    local sum
    DESKTOP_TREE=$(desktop_tree)
    DESKTOP_ROOT=$DESKTOP_TREE
    if [ ! -d "$DESKTOP_TREE" ] || ! command -v bwrap >/dev/null; then
        tree_make "$DESKTOP_TREE" 3500 "${DESKTOP_PACKAGES[@]}"
    fi
    check_crates
    GNOME_BRANCH=$(sed -n 's/^ *"runtime-version": "\(.*\)",$/\1/p' build-aux/"$(cat data/app-id)".json)
    sum=$({ echo "$DESKTOP_TREE $GNOME_BRANCH $FREEDESKTOP_BRANCH"; rustc -vV; cat build-aux/desktop/make-runtime; } | sha256sum)
    DESKTOP=$CACHE/desktop/${sum:0:12}
    mkdir -p "$DESKTOP"
    exec {desktop_lock}>"$DESKTOP/lock"
    if ! flock --nonblock "$desktop_lock"; then
        say "waiting for another desktop test"
        flock "$desktop_lock"
    fi
    # What runs in the desktop is another user where root starts it.
    DESKTOP_UID=$(id -u) DESKTOP_GID=$(id -g)
    [ "$DESKTOP_UID" -ne 0 ] || DESKTOP_UID=1000 DESKTOP_GID=1000
    desktop_accounts
    [ -e "$DESKTOP/runtime-is-installed" ] || desktop_runtime
}

# Only root gives files away; anybody else's are their own already.
desktop_own() {
    [ "$(id -u)" -ne 0 ] || chown -R "$DESKTOP_UID:$DESKTOP_GID" "$@"
}

desktop_accounts() {
    local name=$DESKTOP_USER
    { grep -v "^$name:" "$DESKTOP_TREE/etc/passwd"; echo "$name:x:$DESKTOP_UID:$DESKTOP_GID::/home/$name:/bin/bash"; } >"$DESKTOP/passwd"
    { grep -v "^$name:" "$DESKTOP_TREE/etc/group"; echo "$name:x:$DESKTOP_GID:"; } >"$DESKTOP/group"
    [ -e "$DESKTOP/machine-id" ] || tr -d - </proc/sys/kernel/random/uuid >"$DESKTOP/machine-id"
}

# The tree as GNOME's platform and SDK, and the toolchain as rust-stable, under the names and branches of the manifest.
desktop_runtime() {
    local files=$DESKTOP/files triple
    say "making a stand-in for the GNOME $GNOME_BRANCH runtime in $DESKTOP (once, about three minutes)"
    triple=$(rustc -vV | sed -n 's/^host: //p')
    rm -rf "$files" "$DESKTOP/repo" "${DESKTOP:?}/home"
    mkdir -p "$files/sdk/files" "$files/platform/files" "$files/rust/files/lib/rustlib"
    # Hard links: neither is written to.
    cp -al "$DESKTOP_TREE/usr" "$files/sdk/usr"
    rm -rf "$files/sdk/usr/etc"
    cp -a "$DESKTOP_TREE/etc" "$files/sdk/usr/etc"
    rm -f "$files"/sdk/usr/etc/{resolv.conf,hostname,mtab,machine-id}
    mkdir -p "$files/sdk/usr/lib/sdk"
    ln -sf ../libexec/flatpak-xdg-utils/{xdg-open,xdg-email,flatpak-spawn} "$files/sdk/usr/bin"
    cp -al "$files/sdk/usr" "$files/platform/usr"
    # Extensions are exported from files, runtimes from usr, and files has to be there in both.
    cp -a "$SYSROOT/bin" "$files/rust/files"
    find "$SYSROOT/lib" -mindepth 1 -maxdepth 1 ! -name rustlib -exec cp -a {} "$files/rust/files/lib" \;
    cp -a "$SYSROOT/lib/rustlib/$triple" "$files/rust/files/lib/rustlib"

    mkdir -p "$DESKTOP/home"
    desktop_enter build-aux/desktop/make-runtime "$GNOME_BRANCH" "$FREEDESKTOP_BRANCH" ||
        die "making the stand-in failed, what is above says why; run this again"
    rm -rf "$files"
    desktop_own "$DESKTOP/repo" "$DESKTOP/home"
    desktop_run build-aux/desktop/install-runtime "$GNOME_BRANCH" "$FREEDESKTOP_BRANCH" ||
        die "installing the stand-in failed, what is above says why; run this again"
    rm -rf "$DESKTOP/repo"
    touch "$DESKTOP/runtime-is-installed"
}

# Builds what the working copy holds with the manifest, and installs it for the user. flatpak-builder finds the crates that cargo
# has fetched as if it had fetched them itself.
desktop_build() {
    local work=$DESKTOP/work
    rm -rf "$work/source"
    mkdir -p "$work"/{source,target}
    git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from=- --ignore-failed-read 2>/dev/null |
        tar --extract --directory "$work/source"
    desktop_crates "$work/state/downloads"
    desktop_own "$work"
    desktop_run build-aux/desktop/build
}

# Puts cargo's files where flatpak-builder keeps a download: under its checksum.
desktop_crates() {
    local folder=$1 url sum file
    while IFS=$'\t' read -r url sum; do
        [ ! -e "$folder/$sum/${url##*/}" ] || continue
        file=$(compgen -G "${CARGO_HOME:-$HOME/.cargo}/registry/cache/*/${url##*/}" | head -n 1)
        [ -n "$file" ] || die "cargo has no file of the crate ${url##*/}; a Flatpak is built of such files: let cargo fetch from a registry, not from a folder"
        mkdir -p "$folder/$sum"
        cp "$file" "$folder/$sum/"
    done < <(sed -n 's/.*"url": "\([^"]*\)".*"sha256": "\([^"]*\)".*/\1\t\2/p' build-aux/cargo-sources.json)
}

# Runs a command as the user of the desktop, with a system bus and a session bus of its own.
desktop_run() {
    local drop=()
    [ "$(id -u)" -ne 0 ] || drop=(setpriv --reuid="$DESKTOP_UID" --regid="$DESKTOP_GID" --clear-groups --inh-caps=-all)
    desktop_enter ${drop[@]+"${drop[@]}"} build-aux/desktop/session "$@"
}

# The same while a stand-in for pkexec may start what it likes as root, which takes root.
desktop_run_with_root() {
    rm -rf "$DESKTOP/work/root"
    desktop_enter build-aux/desktop/with-root /mnt/desktop/work/root "$DESKTOP_UID" \
        setpriv --reuid="$DESKTOP_UID" --regid="$DESKTOP_GID" --clear-groups --inh-caps=-all build-aux/desktop/session "$@"
}

# Runs a command in DESKTOP_ROOT. Processes, network and devices are its own, and all that it started ends with it.
# Flatpak's sandbox mounts /proc, which the kernel allows only where nothing covers parts of the one around it, as bubblewrap
# does for root.
desktop_enter() {
    local isolate=() options=(--unshare-net --unshare-ipc --ro-bind "$DESKTOP_ROOT" / --dev /dev --bind /sys /sys)
    if [ "$(id -u)" -eq 0 ]; then
        # bubblewrap itself stays in the network around its own, and is a process that the probe sees.
        # It ends with this script, however that ends.
        isolate=(setpriv --pdeathsig KILL unshare --net --mount --propagation private --pid --fork --kill-child --mount-proc)
        options+=(--bind /proc /proc --cap-add ALL)
    else
        options+=(--unshare-user --unshare-pid --proc /proc)
    fi
    options+=(--perms 1777 --tmpfs /tmp --perms 1777 --tmpfs /var/tmp --tmpfs /run --perms 1777 --dir /run/dbus
        --perms 1777 --dir /tmp/.X11-unix --tmpfs /mnt --bind "$DESKTOP" /mnt/desktop --ro-bind "$TOP" /mnt/sysmon
        --tmpfs /home --bind "$DESKTOP/home" "/home/$DESKTOP_USER"
        --ro-bind "$DESKTOP/passwd" /etc/passwd --ro-bind "$DESKTOP/group" /etc/group
        --ro-bind "$DESKTOP/machine-id" /etc/machine-id)
    [ ! -d "$DESKTOP/for-all" ] || options+=(--bind "$DESKTOP/for-all" /var/lib/flatpak)
    ${isolate[@]+"${isolate[@]}"} bwrap "${options[@]}" --die-with-parent --chdir /mnt/sysmon --clearenv \
        --setenv PATH /usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin --setenv LANG C.UTF-8 \
        --setenv HOME "/home/$DESKTOP_USER" --setenv USER "$DESKTOP_USER" "$@"
}
