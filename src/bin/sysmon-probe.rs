//! The terminal program.

fn main() -> std::process::ExitCode {
    sysmon::probe::run(std::env::args_os())
}
