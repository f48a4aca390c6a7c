# shellcheck shell=bash
# The ways to install SysMon, each as a person would go it: on the desktop of desktop.sh, and away again. One at a time, as there is
# one icon in the app grid to click.

readonly WAYS=(flatpak deb meson)
# What Meson's installation brings up to date for all programs of the prefix and no uninstalling takes away, with where it is.
readonly SHARED_CACHES='^\./usr/local/share/(applications(/mimeinfo\.cache)?|glib-2\.0(/schemas(/gschemas\.compiled)?)?|icons(/hicolor(/icon-theme\.cache)?)?)( [0-9]+)?$'

# Installs SysMon in one way, uses it, and removes it.
installed_test() {
    local way=$1 status=0 pictures=$DESKTOP/work/pictures/$1 left
    say "installing: $way"
    mkdir -p "$pictures"
    desktop_own "$DESKTOP/work/pictures"
    "install_$way" || die "installing ($way) failed, what is above says why"
    desktop_run env "INSTALLED=$way" build-aux/ui-test tests/desktop/test_installed.py || status=$?
    "test_$way" || status=$?
    "remove_$way" || die "removing ($way) failed, what is above says why"
    left=$(desktop_left)
    if [ -n "$left" ]; then
        printf 'left behind when it was removed (%s):\n%s\ntest result: FAILED. 0 passed; 1 failed; 0 ignored;\n' "$way" "$left"
        return 1
    fi
    printf 'nothing is left of it (%s)\ntest result: ok. 1 passed; 0 failed; 0 ignored;\n' "$way"
    return "$status"
}

install_flatpak() { desktop_build; }

# What a Flatpak does outside of its sandbox: installed for a user, and for all users where that is possible here.
test_flatpak() {
    local status=0 test=(build-aux/ui-test tests/desktop/test_flatpak.py)
    desktop_run env INSTALLED=flatpak INSTALLATION=user "${test[@]}" || status=$?
    if [ "$(id -u)" -ne 0 ]; then
        say "not tried: only root can install a Flatpak for all users"
        return "$status"
    fi
    mkdir "$DESKTOP/for-all"
    { desktop_enter build-aux/desktop/install-for-all &&
        desktop_run_with_root env INSTALLED=flatpak INSTALLATION=system "${test[@]}"; } || status=$?
    rm -rf "$DESKTOP/for-all" "$DESKTOP/work/root"
    return "$status"
}

remove_flatpak() { desktop_run flatpak --user uninstall --noninteractive --delete-data "$(cat data/app-id)"; }

install_deb() {
    local deb
    machine_make && deb=$(deb_build debug) && machine_run apt-get install --yes --option APT::Sandbox::User=root "$deb"
}

test_deb() { test_policy /usr; }

remove_deb() { machine_run dpkg --purge sysmon; }

install_meson() {
    local build
    machine_make
    build=$(meson_build)
    rm -rf "$build"
    inside meson setup --prefix=/usr/local -Dprofile=debug "-Dcargo-target-dir=$CARGO_TARGET_DIR" "$build" &&
        inside meson compile -C "$build" && machine_run meson install --no-rebuild --quiet -C "$build"
}

test_meson() { test_policy /usr/local; }

remove_meson() { machine_run ninja -C "$(meson_build)" uninstall; }

meson_build() { echo "$CARGO_TARGET_DIR/meson-installed"; }

# That what was installed below a prefix tells polkit about the probe there, in all languages. A Flatpak cannot.
test_policy() {
    local prefix=$1 id
    id=$(cat data/app-id)
    if ! machine_run "$TOP/data/check-policy" "$prefix/share/polkit-1/actions/$id.policy" "$id" "$prefix/bin/sysmon-probe" "$TOP/po/LINGUAS"; then
        printf 'the policy of polkit is not right\ntest result: FAILED. 0 passed; 1 failed; 0 ignored;\n'
        return 1
    fi
    printf 'the policy of polkit is right\ntest result: ok. 1 passed; 0 failed; 0 ignored;\n'
}

# Makes DESKTOP_ROOT a copy of the tree that can be changed, unless it is, and leads `inside` into the tree: what is to run with its
# libraries is built with them.
machine_make() {
    local machine=$DESKTOP/machine
    [ "$DESKTOP_ROOT" != "$machine" ] || return 0
    PLACE=$(basename "$DESKTOP_TREE") TREE=$DESKTOP_TREE
    # Where `dev test` builds in a tree, or else nothing that was built with other libraries.
    if has_build || [ "$(supply_of_distribution)" != tree ]; then
        unset CARGO_TARGET_DIR
    fi
    CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/build/$(tree_key "${TREE_PACKAGES[@]}")}
    export CARGO_TARGET_DIR
    mkdir -p "$CARGO_TARGET_DIR"
    rm -rf "$machine"
    # Hard links of what is only ever replaced, copies of what is also written to.
    cp -al "$DESKTOP_TREE" "$machine" || return
    rm -rf "${machine:?}"/etc "${machine:?}"/var
    cp -a "$DESKTOP_TREE"/{etc,var} "$machine" || return
    DESKTOP_ROOT=$machine
    # With the folders that something is mounted on.
    machine_run true || return
    machine_files >"$DESKTOP/work/files-before"
}

# Runs a command as root of the copy, without a network.
machine_run() {
    local options=(--bind "$DESKTOP_ROOT" / --dev /dev --bind /proc /proc --tmpfs /run --tmpfs /tmp --ro-bind "$TOP" "$TOP"
        --bind "$CARGO_TARGET_DIR" "$CARGO_TARGET_DIR" --unshare-net --unshare-ipc)
    if [ "$(id -u)" -eq 0 ]; then
        options+=(--cap-add ALL)
    else
        options+=(--unshare-user --uid 0 --gid 0)
    fi
    bwrap "${options[@]}" --die-with-parent --chdir / --clearenv --setenv PATH /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        --setenv LANG C.UTF-8 --setenv HOME /root --setenv DEBIAN_FRONTEND noninteractive "$@"
}

# Every file of the copy with its size, but what dpkg and apt write down for themselves.
machine_files() {
    (cd "$DESKTOP_ROOT" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/log -o -path ./var/cache \) -prune -o \
        \( -type f -printf '%p %s\n' -o -printf '%p\n' \)) | sort
}

# Prints the files that came and stayed, or have changed, in the system and at the user's.
desktop_left() {
    # Flatpak keeps empty folders of what it once had.
    find "$DESKTOP/home" -iname '*sysmon*' \( ! -type d -o ! -empty \) ! -path '*/flatpak/repo/refs/*'
    [ "$DESKTOP_ROOT" = "$DESKTOP_TREE" ] || machine_files | diff "$DESKTOP/work/files-before" - | sed -n 's/^[<>] //p' | grep -vE "$SHARED_CACHES"
}
