//! Runs cases that need GTK, one after the other on one thread, and counts them as cargo does.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use relm4::adw;
use relm4::gtk::glib;

/// For how long a condition may fail to come true before the case fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Complaints of GTK since the present case began.
static COMPLAINTS: AtomicUsize = AtomicUsize::new(0);

/// A case and its name.
pub type Case = (&'static str, fn());

/// Runs the cases whose names hold one of the arguments; all without arguments. Ends the program.
pub fn run(cases: &[Case]) -> ! {
    if let Err(error) = adw::init() {
        eprintln!("{error}: there is no display; run this through build-aux/dev test");
        std::process::exit(1);
    }
    glib::log_set_writer_func(|level, fields| {
        if matches!(level, glib::LogLevel::Critical | glib::LogLevel::Error) {
            COMPLAINTS.fetch_add(1, Ordering::SeqCst);
        }
        glib::log_writer_default(level, fields)
    });
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let (mut passed, mut failed, mut left_out) = (0, 0, 0);
    for (name, case) in cases {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| name.contains(wanted)) {
            left_out += 1;
            continue;
        }
        COMPLAINTS.store(0, Ordering::SeqCst);
        let outcome = std::panic::catch_unwind(|| {
            case();
            let complaints = COMPLAINTS.load(Ordering::SeqCst);
            assert_eq!(complaints, 0, "GTK complained, see above");
        });
        println!(
            "test {name} ... {}",
            if outcome.is_ok() { "ok" } else { "FAILED" }
        );
        if outcome.is_ok() {
            passed += 1;
        } else {
            failed += 1;
        }
    }
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "test result: {result}. {passed} passed; {failed} failed; 0 ignored; 0 measured; {left_out} filtered out"
    );
    std::process::exit(i32::from(failed > 0));
}

/// Lets GTK work until `condition` holds.
///
/// # Panics
/// When it never does.
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let context = glib::MainContext::default();
    let started = Instant::now();
    // Wakes the loop, so that a condition that no event brings about is looked at too.
    let ticking = glib::timeout_add_local(Duration::from_millis(5), || glib::ControlFlow::Continue);
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        context.iteration(true);
    }
    ticking.remove();
}
