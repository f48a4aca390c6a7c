# shellcheck shell=bash
# Every check and every test as a step: a failing one does not hide the next, all are counted, and none is left out silently.

readonly FEATURE_SETS=('--no-default-features' '--no-default-features --features portable' '' '--all-features')

passed=0 failed=0 ignored=0 failed_steps=() failed_words=() skipped_steps=()

# The checks that need no run of the program.
dev_lint() {
    prepare build headless check
    lint_steps
    summary
}

# Everything. Ordered so that what is quick to fail comes first, and nothing is built twice under the same features.
dev_test() {
    local began=$SECONDS
    prepare build headless check
    export LC_ALL=C.UTF-8
    lint_steps
    step "tests of the scripts" build-aux/test-dev
    step "licences, duplicates, sources" deny_check
    step "advisories" deny_advisories
    step "tests without GTK" test_without_gtk
    step "static probe" test_static_probe
    step "tests with all features" test_all_features
    ui_test_steps
    step "a real Prometheus" test_prometheus
    step "a real polkit" test_polkit
    step "what is installed, on a desktop" dev_test_desktop
    cross_steps
    say "took $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s"
    summary
}

lint_steps() {
    local features
    step "formatting" inside cargo fmt --check
    step "scripts" lint_scripts
    step "desktop data" check_data
    step "translations" check_translations
    for features in "${FEATURE_SETS[@]}"; do
        # shellcheck disable=SC2086 # features are words
        step "clippy ${features:-default features}" inside cargo clippy --locked --quiet --all-targets $features -- -D warnings
    done
    RUSTDOCFLAGS='-D warnings' step "documentation" inside cargo doc --locked --quiet --no-deps --all-features --document-private-items
}

# Runs one step, keeps its output for counting, remembers its failure. Status 77 says on its last line why it cannot run here.
step() {
    local name=$1 log before status=0
    shift
    printf '\n== %s\n' "$name"
    log=$(mktemp)
    # In a subshell, so that a `die` inside fails the step and not the run.
    { ("$@") 2>&1 && status=0 || status=$?; echo "$status" >"$log.status"; } | tee "$log"
    status=$(cat "$log.status")
    before=$failed
    count_results "$log"
    if [ "$status" -eq 77 ]; then
        skipped_steps+=("$name: $(tail -n 1 "$log")")
    elif [ "$status" -ne 0 ]; then
        failed_steps+=("$name")
        failed_words+=("$(told_failures "$log")")
        # A check that fails without any test in it counts as one.
        [ "$failed" -gt "$before" ] || failed=$((failed + 1))
    fi
    rm -f "$log" "$log.status"
}

# Adds up the lines "test result: ok. 5 passed; 0 failed; 1 ignored; …" of cargo, which build-aux/ui-test prints as well.
count_results() {
    local p f i
    read -r p f i < <(awk '/^test result: / { for (n = 2; n <= NF; n++) { if ($n == "passed;") p += $(n-1); if ($n == "failed;") f += $(n-1); if ($n == "ignored;") i += $(n-1) } }
        END { print p + 0, f + 0, i + 0 }' "$1")
    passed=$((passed + p)) failed=$((failed + f)) ignored=$((ignored + i))
}

# What an output tells about what failed in it: the tests that did, each with the lines after it, else how it ended.
told_failures() {
    awk '/^(FAIL|ERROR): |^thread .* panicked at |^---- .* stdout ----$|^error(\[|:)/ { left = 25 }
        left > 0 { left--; print; if (++printed == 120) exit }
        { last[NR % 40] = $0 }
        END { if (!printed) for (n = NR > 40 ? NR - 39 : 1; n <= NR; n++) print last[n % 40] }' "$1"
}

# Prints what failed and what could not run, then the line that counts; fails when anything did. What failed is told once more
# because it stands far above among all that went well.
summary() {
    local name number
    for number in ${failed_steps[@]+"${!failed_steps[@]}"}; do
        printf '\n== failed: %s\n%s\n' "${failed_steps[number]}" "${failed_words[number]}"
    done
    printf '\n'
    for name in ${skipped_steps[@]+"${skipped_steps[@]}"}; do echo "not run: $name"; done
    [ "$ignored" -eq 0 ] || echo "ignored: $ignored"
    for name in ${failed_steps[@]+"${failed_steps[@]}"}; do echo "FAILED: $name"; done
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# Every script of the project, found by its first line; the files they source are checked along with them.
lint_scripts() {
    local scripts
    mapfile -t scripts < <(git ls-files -z --cached --others --exclude-standard |
        xargs -0 awk 'FNR == 1 && /^#!.*sh$/ { print FILENAME } { nextfile }' 2>/dev/null)
    echo "${#scripts[@]} scripts"
    inside shellcheck --external-sources --check-sourced "${scripts[@]}"
}

# Desktop entry, metainfo, settings schema, resources and icons, as `meson test` checks them; builds no program. Afresh each time,
# because another clone may have used the folder.
check_data() {
    local folder=$CARGO_TARGET_DIR/meson-data report status=0
    rm -rf "$folder"
    if ! report=$(inside meson setup "$folder"); then
        printf '%s\n' "$report"
        return 1
    fi
    report=$(inside meson test -C "$folder" --print-errorlogs) || status=$?
    printf '%s\n' "$report"
    awk '/^Ok:/ { passed += $2 } /^(Fail|Timeout|Unexpected Pass):/ { failed += $NF }
        END { printf "test result: %s. %d passed; %d failed; 0 ignored;\n", failed ? "FAILED" : "ok", passed, failed }' <<<"$report"
    return "$status"
}

# Every string is extracted and translated.
check_translations() {
    inside build-aux/translations check && inside build-aux/translations test
}

# The library and the probe on a machine whose pkg-config finds nothing: the compiler keeps widgets out of them.
test_without_gtk() {
    inside env -u PKG_CONFIG_PATH PKG_CONFIG_LIBDIR=/var/empty cargo test --locked --no-fail-fast --no-default-features
}

# Built before the session starts: building in it would only hold it open.
test_all_features() {
    inside cargo test --locked --all-features --no-run &&
        inside build-aux/headless cargo test --locked --no-fail-fast --all-features
}

# Each file drives the program in a session of its own, so that a window one leaves cannot disturb the next.
ui_test_steps() {
    local file began keyboard=0
    step "both programs" inside cargo build --locked --quiet --all-features --bins
    export SYSMON=$CARGO_TARGET_DIR/debug/sysmon SYSMON_PROBE=$CARGO_TARGET_DIR/debug/sysmon-probe
    step "pictures" check_pictures
    for file in tests/ui/test_*.py; do
        [ -e "$file" ] || return 0
        began=$SECONDS
        step "$file" inside build-aux/headless build-aux/ui-test "$file"
        ! grep -q '^from person import' "$file" || keyboard=$((keyboard + SECONDS - began))
    done
    say "the suite of the person with keyboard and screen reader alone took $keyboard s"
}

# Other systems whose standard library this toolchain has: what is Linux-only must sit behind cfg. Nothing is linked, so zstd need
# not be compiled, which would take their C compiler.
cross_steps() {
    local host folder target found=
    host=$(rustc -vV | sed -n 's/^host: //p')
    for folder in "$SYSROOT"/lib/rustlib/*/lib; do
        target=$(basename "$(dirname "$folder")")
        if [ "$target" = "$host" ] || ! compgen -G "$folder/libstd-*" >/dev/null; then
            continue
        fi
        found=yes
        step "check for $target" inside env CC=true AR=true cargo check --locked --no-default-features --lib --bin sysmon-probe --target "$target"
    done
    [ -n "$found" ] ||
        skipped_steps+=("check for another target: no other standard library is installed; 'rustup target add x86_64-unknown-freebsd' adds one")
}

has_deny() {
    command -v cargo-deny >/dev/null && return
    echo "cargo-deny is not installed; 'cargo install --locked cargo-deny' adds it"
    return 77
}

# On the host, where cargo-deny is installed; it builds nothing.
deny_check() {
    has_deny || return
    cargo deny --all-features --locked check licenses bans sources
}

# Only where the network has their database.
deny_advisories() {
    has_deny || return
    if ! cargo deny --all-features --locked fetch db 2>/dev/null; then
        echo "their database cannot be fetched from here"
        return 77
    fi
    cargo deny --all-features --locked check advisories
}
