//! Frames: a length, a number, and so many bytes.

use std::io::{self, ErrorKind, Read, Write};

/// Bytes before the body.
pub const HEAD: usize = 8;
/// The largest body of a question.
pub const QUESTION: u32 = 1 << 20;
/// The largest body of an answer: a table of 30,000 processes with half a kilobyte of arguments each.
pub const ANSWER: u32 = 32 << 20;

/// What travels at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Of the question: the answer to it bears the same.
    pub number: u32,
    /// What is said.
    pub body: Vec<u8>,
}

/// Why there is no frame. Nothing that follows can be read either.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The pipe cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It announces more than is read. Nothing of it was.
    #[error("a frame of {announced} bytes is announced and {bound} are allowed")]
    TooLarge {
        /// Length of its body.
        announced: u32,
        /// The most that is allowed.
        bound: u32,
    },
    /// The pipe ended within it.
    #[error("the pipe ended in the middle of a frame")]
    CutShort,
}

/// Reads the next frame; `None` at the end. What is set aside for it grows with what arrives, not with
/// what is announced.
///
/// # Errors
/// When it is larger than `bound`, not whole, or cannot be read.
pub fn read(input: &mut impl Read, bound: u32) -> Result<Option<Frame>, FrameError> {
    let mut head = [0; HEAD];
    match fill(input, &mut head)? {
        0 => return Ok(None),
        HEAD => {}
        _ => return Err(FrameError::CutShort),
    }
    let [a, b, c, d, number @ ..] = head;
    let announced = u32::from_le_bytes([a, b, c, d]);
    if announced > bound {
        return Err(FrameError::TooLarge { announced, bound });
    }
    let mut body = Vec::new();
    let read = input.take(announced.into()).read_to_end(&mut body)?;
    if u32::try_from(read) != Ok(announced) {
        return Err(FrameError::CutShort);
    }
    Ok(Some(Frame {
        number: u32::from_le_bytes(number),
        body,
    }))
}

/// A frame as it travels; `None` where the body is larger than `bound`.
pub fn frame(number: u32, body: &[u8], bound: u32) -> Option<Vec<u8>> {
    let length = u32::try_from(body.len()).ok().filter(|&it| it <= bound)?;
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.extend(length.to_le_bytes());
    bytes.extend(number.to_le_bytes());
    bytes.extend(body);
    Some(bytes)
}

/// Writes one frame whole.
///
/// # Errors
/// When nobody reads any more.
pub fn write(output: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    output.write_all(frame)?;
    output.flush()
}

/// Reads until the buffer is full or the pipe ends: says how much there was.
pub(super) fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_announced_larger_than_allowed_is_not_read() {
        let mut input: &[u8] = &[0xff; 100];
        let error = read(&mut input, ANSWER).expect_err("4 GiB");
        assert!(matches!(
            error,
            FrameError::TooLarge {
                announced: u32::MAX,
                bound: ANSWER
            }
        ));
        assert_eq!(input.len(), 100 - HEAD);
        assert_eq!(frame(1, &[0; 11], 10), None);
    }

    proptest! {
        #[test]
        fn frames_arrive_as_they_were_and_cut_ones_not_at_all(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..5),
            number: u32,
        ) {
            let mut bytes = Vec::new();
            for body in &bodies {
                bytes.extend(frame(number, body, QUESTION).expect("small"));
            }
            let mut input = bytes.as_slice();
            for body in &bodies {
                let arrived = read(&mut input, QUESTION).expect("whole").expect("not the end");
                prop_assert_eq!(&arrived.body, body);
                prop_assert_eq!(arrived.number, number);
            }
            prop_assert!(read(&mut input, QUESTION).expect("the end").is_none());
            for length in 0..bytes.len() {
                let mut input = &bytes[..length];
                while let Ok(Some(_)) = read(&mut input, QUESTION) {}
            }
        }

        #[test]
        fn any_bytes_are_borne(bytes: Vec<u8>) {
            let mut input = bytes.as_slice();
            while let Ok(Some(_)) = read(&mut input, 1000) {}
        }
    }
}
