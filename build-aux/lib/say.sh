# shellcheck shell=bash
# What the scripts say to a person, always on standard error: standard output belongs to the program that is run.

say() { printf '%s\n' "dev: $*" >&2; }

# Ends with one sentence that says what to do.
die() {
    printf '%s\n' "dev: $*" >&2
    exit 1
}
