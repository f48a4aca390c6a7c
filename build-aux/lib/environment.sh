# shellcheck shell=bash
# Where things are built and run: natively, or in the private tree. Everything else asks `inside`.

# Finds or makes what the named sets (build, headless, check, package) need, and sets PLACE (native or the tree's key).
prepare() {
    local supply tool missing
    check_rust
    supply=$(supply_of_distribution)
    if has_build || [ "$supply" != tree ]; then
        check_build_space
        check_crates
        missing=$(missing_sets "$@")
        if [ -n "$missing" ]; then
            tool=$supply
            # A machine of the tree's kind that brought GTK from elsewhere still has its own package tool.
            [ "$tool" = tree ] && tool=apt
            install_sets "$tool" "$missing"
        fi
        PLACE=native
    else
        tree_prepare
        PLACE=$TREE_KEY
        check_build_space
        check_crates
    fi
    CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/build/$PLACE}
    mkdir -p "$CARGO_TARGET_DIR"
    export CARGO_TARGET_DIR
}

has_build() {
    command -v cc >/dev/null && pkg-config --atleast-version="$GTK_FLOOR" gtk4 2>/dev/null &&
        pkg-config --atleast-version="$ADWAITA_FLOOR" libadwaita-1 2>/dev/null
}

has_headless() {
    command -v sway >/dev/null && command -v swaymsg >/dev/null && command -v grim >/dev/null &&
        command -v wtype >/dev/null && command -v dbus-daemon >/dev/null &&
        python3 -c 'import gi; gi.require_version("Atspi", "2.0"); from gi.repository import Atspi' 2>/dev/null
}

has_check() {
    local tool
    for tool in shellcheck ps ss desktop-file-validate appstreamcli meson rsvg-convert; do
        command -v "$tool" >/dev/null || return
    done
}

has_package() {
    command -v meson >/dev/null && command -v dpkg-shlibdeps >/dev/null
}

# Prints those of the named sets that are not there, asking for the tools themselves and not for packages of a name.
missing_sets() {
    local set missing=()
    for set in "$@"; do
        "has_$set" || missing+=("$set")
    done
    echo "${missing[*]}"
}

# Installs the missing sets with the distribution's tool, or says what a distribution that is not known has to bring.
install_sets() {
    local tool=$1 set packages=()
    [ -n "$tool" ] ||
        die "this distribution is not known here; install GTK >= $GTK_FLOOR and libadwaita >= $ADWAITA_FLOOR with their development files, a C compiler and pkg-config (for the tests also: $(packages_of apt headless) $(packages_of apt check)), then run this again"
    for set in $2; do
        read -ra words <<<"$(packages_of "$tool" "$set")"
        packages+=("${words[@]}")
    done
    install_packages "$tool" "${packages[@]}"
    for set in $2; do
        "has_$set" || die "the distribution's packages are older than GTK $GTK_FLOOR and libadwaita $ADWAITA_FLOOR, or miss a tool of the set '$set'; upgrade the distribution"
    done
}

# Runs a command in the current folder where GTK is.
inside() {
    if [ "$PLACE" = native ]; then
        "$@"
    else
        tree_enter "$@"
    fi
}
