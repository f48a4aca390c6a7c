# shellcheck shell=bash
# The test of the exporter with a real Prometheus, of Debian's package.

# Ends with the status 77 of `step` and a reason as the last line where it cannot run.
test_prometheus() {
    local folder
    folder=$(prometheus_folder) || return
    inside env PROMETHEUS="$folder" SYSMON_PROBE="$CARGO_TARGET_DIR/debug/sysmon-probe" \
        build-aux/ui-test tests/prometheus/test_prometheus.py
}

# Prints the folder of prometheus and promtool, this machine's own where it has them. Else the package is unpacked and not installed:
# that would start a server on this machine, and keep it.
prometheus_folder() {
    local folder=$CACHE/prometheus partial
    if command -v prometheus >/dev/null && command -v promtool >/dev/null; then
        dirname "$(command -v prometheus)"
        return
    fi
    if [ ! -d "$folder" ]; then
        if ! command -v apt-get >/dev/null; then
            echo "Prometheus is not installed, and comes from Debian's packages otherwise, which this distribution's tools cannot fetch"
            return 77
        fi
        mkdir -p "$CACHE"
        partial=$(mktemp -d "$CACHE/prometheus.XXXXXX")
        if ! prometheus_download "$partial" >&2; then
            rm -rf "$partial"
            echo "the package of Prometheus cannot be fetched; check the network, or run 'apt-get update' as root"
            return 77
        fi
        mv -T "$partial" "$folder" 2>/dev/null || rm -rf "$partial"
    fi
    echo "$folder/usr/bin"
}

prometheus_download() {
    local folder=$1
    # A fresh machine has no package lists.
    (cd "$folder" && apt-get download prometheus) ||
        { apt_update && (cd "$folder" && apt-get download prometheus); } || return
    dpkg-deb --extract "$folder"/prometheus_*.deb "$folder" && rm -f "$folder"/prometheus_*.deb
}

apt_update() {
    if [ "$(id -u)" -eq 0 ]; then
        apt-get update
    else
        can_sudo && sudo apt-get update
    fi
}
