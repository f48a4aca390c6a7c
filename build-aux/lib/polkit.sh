# shellcheck shell=bash
# The test of administrator mode with the real pkexec and polkit, of Debian's packages.

# Ends with the status 77 of `step` and a reason as the last line where it cannot run.
test_polkit() {
    local tree
    if [ "$(id -u)" -ne 0 ]; then
        echo "only root can be another user, and let a program that becomes root run"
        return 77
    fi
    if [ "$PLACE" = native ]; then
        echo "it needs the private Debian 13 tree: polkit on this machine has rules of its own"
        return 77
    fi
    inside cargo build --locked --quiet --no-default-features --bin sysmon-probe || return
    tree=$CACHE/polkit/$TREE_KEY
    [ -d "$tree" ] || polkit_tree "$tree" || return
    # bubblewrap would let nothing become root: neither its mounts nor its processes heed the setuid bit.
    unshare --mount --propagation private --net --pid --fork --kill-child \
        build-aux/polkit/enter "$tree" "$CARGO_TARGET_DIR/debug/sysmon-probe" data/sysmon.policy.in "$(<data/app-id)"
}

# The tree with polkit in it. Its other files are hard links: the package tool replaces files and does not write into them.
polkit_tree() {
    local tree=$1 partial
    mkdir -p "$(dirname "$tree")"
    partial=$(mktemp -d "$(dirname "$tree")/partial.XXXXXX")
    cp -al "$TREE/." "$partial"
    if ! unshare --mount --propagation private build-aux/polkit/install "$partial" >&2; then
        rm -rf "$partial"
        echo "the packages of polkit cannot be installed; what is above says why"
        return 77
    fi
    chmod 755 "$partial"
    mv -T "$partial" "$tree" 2>/dev/null || rm -rf "$partial"
}
