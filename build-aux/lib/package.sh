# shellcheck shell=bash
# The Debian package: what meson installs, with the libraries the programs link to as its dependencies.

# Builds the package and prints its path. With --debug the programs are cargo's debug builds, which are made faster.
dev_deb() {
    local profile=release
    case ${1:-} in
        --debug) profile=debug ;;
        '') ;;
        *) die "deb takes no argument but --debug" ;;
    esac
    check_deb_supply
    prepare build package
    deb_build "$profile"
}

# Does it where `inside` leads.
deb_build() {
    local profile=$1 build stage file compress=()
    # What cargo's debug builds tell of themselves takes minutes to make small.
    [ "$profile" != debug ] || compress=(-Zgzip -z1)
    build=$CARGO_TARGET_DIR/meson-deb stage=$CARGO_TARGET_DIR/deb
    rm -rf "$build" "$stage"
    {
        inside meson setup --prefix=/usr "-Dprofile=$profile" -Dstatic_probe=true "-Dcargo-target-dir=$CARGO_TARGET_DIR" "$build"
        inside env DESTDIR="$stage" meson install -C "$build"
        file=$CARGO_TARGET_DIR/$(deb_file)
        deb_describe "$stage"
        inside dpkg-deb ${compress[@]+"${compress[@]}"} --root-owner-group --build "$stage" "$file"
    } >&2
    printf '%s\n' "$file"
}

check_deb_supply() {
    case $(supply_of_distribution) in
        apt | tree) ;;
        *) die "a .deb is made on Debian and its relatives; here, 'meson setup build' and 'meson install -C build' install SysMon" ;;
    esac
}

deb_version() { sed -n 's/^version = "\(.*\)"$/\1/p' "$TOP/Cargo.toml"; }

deb_file() { echo "sysmon_$(deb_version)_$(inside dpkg --print-architecture).deb"; }

# Adds the terms of use and the control file to what was installed into a folder.
deb_describe() {
    local stage=$1 size depends
    install -D -m 644 "$TOP/LICENSE" "$stage/usr/share/doc/sysmon/copyright"
    size=$(du -sk "$stage" | cut -f 1)
    depends=$(deb_depends "$stage")
    mkdir -p "$stage/DEBIAN"
    cat >"$stage/DEBIAN/control" <<CONTROL
Package: sysmon
Version: $(deb_version)
Architecture: $(inside dpkg --print-architecture)
Maintainer: $(git -C "$TOP" log -1 --format='%an <%ae>')
Section: gnome
Priority: optional
Installed-Size: $size
Depends: $depends, dconf-gsettings-backend | gsettings-backend
Recommends: pkexec | policykit-1
Description: what is making this machine busy, slow or talkative
 Live graphs of processor, memory, disk and network in a GTK window, and
 behind each graph the processes that cause it, now or a moment ago.
 sysmon-probe prints the same tables in a terminal.
CONTROL
}

# The packages of the libraries that the programs link to, in the versions whose symbols they use. What icons, schemas and
# desktop entries need to be found after the installation is done by the triggers of other packages.
deb_depends() {
    local stage=$1 source=$CARGO_TARGET_DIR/deb-source
    # dpkg-shlibdeps works in a source package only.
    mkdir -p "$source/debian"
    # shellcheck disable=SC2016 # a variable of dpkg
    printf 'Source: sysmon\n\nPackage: sysmon\nArchitecture: any\nDepends: ${shlibs:Depends}\n' >"$source/debian/control"
    (cd "$source" && inside dpkg-shlibdeps -O "$stage/usr/bin/sysmon" "$stage/usr/bin/sysmon-probe") | sed -n 's/^shlibs:Depends=//p'
}
