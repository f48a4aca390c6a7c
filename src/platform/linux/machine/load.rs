//! Load average: `/proc/loadavg`.

use std::io;

use super::fields::{fraction, malformed, words};

/// Over the last minute, five and fifteen minutes.
pub(super) fn parse(content: &[u8]) -> io::Result<[f64; 3]> {
    let mut words = words(content).map(fraction);
    let mut next = || {
        words
            .next()
            .flatten()
            .ok_or_else(|| malformed("no load average"))
    };
    Ok([next()?, next()?, next()?])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_averages_are_read() {
        let load = parse(b"0.52 1.58 12.72 5/134 30463\n").expect("well formed");
        assert_eq!(format!("{load:?}"), "[0.52, 1.58, 12.72]");
        for odd in [
            &b""[..],
            b"1.0 2.0",
            b"1.0 nan 2.0",
            b"1.0 -1 2.0",
            b"inf 1 1",
        ] {
            parse(odd).expect_err("not three averages");
        }
    }

    proptest! {
        #[test]
        fn any_content_is_borne(content: Vec<u8>) {
            let _ = parse(&content);
        }
    }
}
