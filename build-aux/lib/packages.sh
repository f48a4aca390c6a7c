# shellcheck shell=bash
# Which packages supply GTK, the headless session and the checks, by distribution, and how they are installed.

# The floor of the application: relm4's feature gnome_46.
readonly GTK_FLOOR=4.14 ADWAITA_FLOOR=1.5

readonly DEBIAN_BUILD=(gcc libc6-dev pkgconf libgtk-4-dev libadwaita-1-dev gettext adwaita-icon-theme hicolor-icon-theme
    librsvg2-common shared-mime-info gsettings-desktop-schemas)
readonly DEBIAN_HEADLESS=(sway swaybg grim wtype dbus-daemon at-spi2-core python3-gi gir1.2-gtk-4.0 gir1.2-atspi-2.0
    fonts-dejavu-core fonts-cantarell)
readonly DEBIAN_CHECK=(shellcheck procps iproute2 desktop-file-utils appstream meson librsvg2-bin
    openssh-client openssh-server)
readonly DEBIAN_PACKAGE=(meson dpkg-dev)
# A GNOME desktop that installs a Flatpak, and what its local runtime is made of: always in a tree of its own.
readonly DEBIAN_DESKTOP=(gnome-shell xwayland dbus flatpak flatpak-builder ostree flatpak-xdg-utils elfutils
    libgl1-mesa-dri libegl-mesa0)
# What a distribution brings along and an empty tree does not.
readonly TREE_ONLY=(ca-certificates g++ git locales make patchelf dconf-gsettings-backend)

# Prints the key of the distribution's package tool (apt, dnf, pacman, zypper), `tree` where its GTK is too old and a
# private Debian tree takes its place, or nothing where the distribution is not known. Answered from os-release(5):
# asking the package tool would need its lists, which a fresh machine has not fetched.
supply_of_distribution() {
    local ID='' ID_LIKE='' VERSION_ID=''
    # shellcheck source=/dev/null
    [ -r "$OS_RELEASE" ] && . "$OS_RELEASE"
    case $ID in
        debian) if [ -z "$VERSION_ID" ] || at_least 13 "$VERSION_ID"; then echo apt; else echo tree; fi ;;
        ubuntu) if at_least 24.04 "$VERSION_ID"; then echo apt; else echo tree; fi ;;
        fedora) at_least 40 "$VERSION_ID" && echo dnf ;;
        arch) echo pacman ;;
        opensuse-tumbleweed) echo zypper ;;
        opensuse-leap) at_least 16 "$VERSION_ID" && echo zypper ;;
        *) case " $ID_LIKE " in
            *' debian '* | *' ubuntu '*) if apt_has_gtk; then echo apt; else echo tree; fi ;;
            *' fedora '*) echo dnf ;;
            *' arch '*) echo pacman ;;
        esac ;;
    esac
}

# A derivative's version numbers say nothing about GTK, its package lists do.
apt_has_gtk() {
    local candidate
    candidate=$(apt-cache policy libadwaita-1-dev 2>/dev/null | sed -n 's/^ *Candidate: *//p')
    [ -n "$candidate" ] && dpkg --compare-versions "$candidate" ge "$ADWAITA_FLOOR"
}

# Prints the packages of a set (build, headless, check, and for apt package) for a package tool.
packages_of() {
    case $1:$2 in
        apt:build) echo "${DEBIAN_BUILD[*]}" ;;
        apt:headless) echo "${DEBIAN_HEADLESS[*]}" ;;
        apt:check) echo "${DEBIAN_CHECK[*]}" ;;
        apt:package) echo "${DEBIAN_PACKAGE[*]}" ;;
        dnf:build) echo gcc pkgconf-pkg-config gtk4-devel libadwaita-devel gettext adwaita-icon-theme ;;
        dnf:headless) echo sway swaybg grim wtype dbus-daemon at-spi2-core python3-gobject gtk4 dejavu-sans-fonts ;;
        dnf:check) echo ShellCheck procps-ng iproute desktop-file-utils appstream meson librsvg2-tools openssh-clients openssh-server ;;
        pacman:build) echo gcc pkgconf gtk4 libadwaita gettext adwaita-icon-theme ;;
        pacman:headless) echo sway swaybg grim wtype dbus at-spi2-core python-gobject ttf-dejavu ;;
        pacman:check) echo shellcheck procps-ng iproute2 desktop-file-utils appstream meson librsvg openssh ;;
        zypper:build) echo gcc pkgconf gtk4-devel libadwaita-devel gettext-tools adwaita-icon-theme ;;
        zypper:headless) echo sway swaybg grim wtype dbus-1-daemon at-spi2-core python3-gobject typelib-1_0-Gtk-4_0 \
            typelib-1_0-Atspi-2_0 dejavu-fonts ;;
        zypper:check) echo ShellCheck procps iproute2 desktop-file-utils AppStream meson rsvg-convert openssh-clients openssh-server ;;
    esac
}

# Prints the command that installs packages with a package tool, for a person to read and for install_packages to run.
install_command() {
    local tool=$1
    shift
    case $tool in
        apt) echo "apt-get install --yes --no-install-recommends $*" ;;
        dnf) echo "dnf install --assumeyes --setopt=install_weak_deps=False $*" ;;
        pacman) echo "pacman -S --needed --noconfirm $*" ;;
        zypper) echo "zypper --non-interactive install --no-recommends $*" ;;
    esac
}

# Installs packages with the distribution's tool, after saying which; through sudo when not root.
install_packages() {
    local tool=$1 as_root=() command
    shift
    command=$(install_command "$tool" "$@")
    if [ "$(id -u)" -ne 0 ]; then
        can_sudo || die "these packages are missing, and this account may not install them; ask an administrator to run: $command"
        as_root=(sudo)
    fi
    say "installing with $tool: $*"
    # Standard output of `dev` is the program's own.
    {
        if [ "$tool" = apt ]; then
            ${as_root[@]+"${as_root[@]}"} apt-get update ||
                die "the package lists could not be fetched; check the network and the sources in /etc/apt, then run this again"
            as_root+=(env DEBIAN_FRONTEND=noninteractive)
        fi
        # shellcheck disable=SC2086 # the command is a list of words without quoting
        ${as_root[@]+"${as_root[@]}"} $command || die "the installation failed; what is above says why. It was: $command"
    } >&2
}

# sudo without a terminal works only where it asks for no password.
can_sudo() {
    command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }
}
