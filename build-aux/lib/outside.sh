# shellcheck shell=bash
# Running a program built in the tree outside of it. An ordinary user enters the tree through a user namespace, and from there
# the kernel shows neither I/O nor open files of the processes outside (ptrace_may_access), which SysMon is to show.

# Runs a program of a folder where it sees all processes of this machine: natively, in the tree as root, else beside it.
on_this_machine() {
    local folder=$1 name=$2
    shift 2
    if [ "$PLACE" = native ] || [ "$(id -u)" -eq 0 ]; then
        inside "$folder/$name" "$@"
    else
        run_outside "$folder" "$name" "$@"
    fi
}

# Uses the tree's libraries and data from where they lie. The copies look there first; a loader given on the command line
# would make the program believe that it is the loader, and miss the probe beside it.
run_outside() {
    local folder=$1 name=$2 copies=$1/beside-tree arch program library data
    shift 2
    mkdir -p "$copies"
    arch=$(inside gcc -print-multiarch)
    library=$TREE/usr/lib/$arch data=$TREE/usr/share
    for program in sysmon sysmon-probe; do
        if [ "$folder/$program" -nt "$copies/$program" ]; then
            # shellcheck disable=SC2016 # the inner shell's variables
            inside sh -ec 'cp "$1" "$2.part"
                patchelf --set-interpreter "$3$(patchelf --print-interpreter "$1")" --force-rpath --set-rpath "$4" "$2.part"
                mv "$2.part" "$2"' sh "$folder/$program" "$copies/$program" "$TREE" "$library"
        fi
    done
    sed "s|\"/usr/lib/|\"$TREE/usr/lib/|" "$library/gdk-pixbuf-2.0/2.10.0/loaders.cache" >"$copies/pixbuf-loaders.cache"
    XDG_DATA_DIRS=$data:${XDG_DATA_DIRS:-/usr/local/share:/usr/share} GDK_PIXBUF_MODULE_FILE=$copies/pixbuf-loaders.cache \
        GIO_MODULE_DIR=$library/gio/modules GTK_EXE_PREFIX=$TREE/usr XKB_CONFIG_ROOT=$data/X11/xkb \
        GSK_RENDERER=${GSK_RENDERER:-cairo} "$copies/$name" "$@"
}
