//! What this program may do that an ordinary user may not, `capabilities(7)`.

use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

/// What reading every process takes.
const ALL_PROCESSES: CapabilitySet =
    CapabilitySet::SYS_PTRACE.union(CapabilitySet::DAC_READ_SEARCH);

/// Whether every process can be expected to be readable.
pub fn reads_everything() -> bool {
    let effective = capabilities(None).map(|sets| sets.effective);
    rustix::process::geteuid().is_root() || effective.is_ok_and(|it| it.contains(ALL_PROCESSES))
}

/// Has the calling thread use a right that it was left and does not use. Whoever has none is refused
/// later by the kernel, as anybody is.
pub fn raise(right: CapabilitySet) {
    if let Ok(mut sets) = capabilities(None)
        && sets.permitted.contains(right)
        && !sets.effective.contains(right)
    {
        sets.effective |= right;
        let _ = set_capabilities(None, sets);
    }
}
