//! Memory and swap: `/proc/meminfo`.

use std::io;

use super::fields::{counter, lines, malformed, words};
use crate::model::system::Memory;
use crate::model::units::Bytes;

/// Takes the four lines that matter. A kernel that says nothing of swap has none.
pub(super) fn parse(content: &[u8]) -> io::Result<Memory> {
    let [mut total, mut available, mut swap_total, mut swap_free] = [None; 4];
    for line in lines(content) {
        let mut words = words(line);
        let place = match words.next() {
            Some(b"MemTotal:") => &mut total,
            Some(b"MemAvailable:") => &mut available,
            Some(b"SwapTotal:") => &mut swap_total,
            Some(b"SwapFree:") => &mut swap_free,
            _ => continue,
        };
        *place = words.next().and_then(counter).map(kibibytes);
    }
    let (Some(total), Some(available)) = (total, available) else {
        return Err(malformed("no MemTotal or MemAvailable"));
    };
    let swap_total = swap_total.unwrap_or_default();
    Ok(Memory {
        total,
        available,
        swap_total,
        swap_used: swap_total.saturating_sub(swap_free.unwrap_or_default()),
    })
}

fn kibibytes(count: u64) -> Bytes {
    Bytes(count.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn available_memory_is_what_the_kernel_says_not_what_is_free() {
        let memory = parse(
            b"MemTotal:        1000 kB\nMemFree: 10 kB\nMemAvailable:     400 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\n",
        )
        .expect("well formed");
        assert_eq!(memory.used(), Bytes(600 * 1024));
        assert_eq!(memory.swap_used, Bytes(30 * 1024));
    }

    #[test]
    fn a_machine_without_swap_has_none() {
        let memory = parse(b"MemTotal: 10 kB\nMemAvailable: 4 kB\n").expect("well formed");
        assert_eq!(memory.swap_total, Bytes(0));
        assert_eq!(memory.swap_percent(), None);
        parse(b"MemTotal: 10 kB\nMemFree: 4 kB\n").expect_err("what is available is unknown");
    }

    proptest! {
        #[test]
        fn any_content_is_borne(
            content: Vec<u8>,
            fields in "((MemTotal|MemAvailable|SwapTotal|SwapFree|é):( [0-9]{0,25})?( kB)?\n){0,6}",
        ) {
            let _ = parse(&content);
            let _ = parse(fields.as_bytes());
        }
    }
}
