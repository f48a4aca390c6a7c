//! The page over HTTP. So many connections are answered at once, each in bounded time; others wait.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::hosts::Hosts;
use super::reader::Reader;
use super::request::{self, Answer, Asked, LONGEST_HEAD};

/// So many connections are answered at once, and no more are held.
const AT_ONCE: usize = 4;
/// So long a request may take to arrive.
const TO_ASK: Duration = Duration::from_secs(2);
/// So long an answer may take to leave.
const TO_ANSWER: Duration = Duration::from_secs(5);
/// So long what arrives behind an answer is thrown away: to close before would take the answer back.
const TO_END: Duration = Duration::from_millis(500);
/// Rest after the system refused a connection, for want of descriptors.
const REST: Duration = Duration::from_millis(100);

/// Starts to answer whoever asks for one of these hosts.
///
/// # Errors
/// When no thread can be had.
pub(super) fn start(
    listener: &TcpListener,
    hosts: &Hosts,
    reader: &Arc<Mutex<Reader>>,
) -> io::Result<()> {
    for _ in 0..AT_ONCE {
        let (listener, reader) = (listener.try_clone()?, Arc::clone(reader));
        let hosts = hosts.clone();
        let answer_all = move || {
            loop {
                match listener.accept() {
                    // Who went away, or is too slow, has lost nothing but an answer. Nor has whoever
                    // asked for a reading that panicked: else so many of these would be the last.
                    Ok((stream, _)) => {
                        let conversation = AssertUnwindSafe(|| converse(stream, &hosts, &reader));
                        drop(catch_unwind(conversation));
                    }
                    Err(_) => thread::sleep(REST),
                }
            }
        };
        thread::Builder::new()
            .name("openmetrics".to_owned())
            .spawn(answer_all)?;
    }
    Ok(())
}

fn converse(mut stream: TcpStream, hosts: &Hosts, reader: &Mutex<Reader>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (answer, head_only) = match read_head(&mut stream)? {
        None => return Ok(()),
        Some(head) => match head.and_then(|head| request::parse(&head, hosts)) {
            Ok(request) => (answer(request.asked, reader), request.head_only),
            Err(refusal) => (refusal, false),
        },
    };
    write_by(
        &mut stream,
        &answer.bytes(head_only),
        Instant::now() + TO_ANSWER,
    )?;
    stream.shutdown(Shutdown::Write)?;
    let mut ignored = [0; 4096];
    let end = Instant::now() + TO_END;
    while read_by(&mut stream, &mut ignored, end)? > 0 {}
    Ok(())
}

fn answer(asked: Asked, reader: &Mutex<Reader>) -> Answer {
    match asked {
        Asked::Index => Answer::index(),
        Asked::Absent => Answer::refusal("404 Not Found", "the metrics are at /metrics"),
        Asked::Metrics => {
            // A reading that panicked is not the last: the next one begins anew.
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            match reader.page() {
                Ok(page) => Answer::metrics(&page),
                Err(error) => Answer::refusal("503 Service Unavailable", &error.to_string()),
            }
        }
    }
}

/// The head of a request, or the answer to one that takes too long or is too long; `None` where
/// nothing was asked.
fn read_head(stream: &mut TcpStream) -> io::Result<Option<Result<Vec<u8>, Answer>>> {
    let end = Instant::now() + TO_ASK;
    let mut bytes = Vec::new();
    let mut part = [0; 1024];
    loop {
        let read = match read_by(stream, &mut part, end) {
            Ok(0) => return Ok(None),
            Ok(read) => read,
            Err(error) if is_late(&error) => {
                let late = Answer::refusal("408 Request Timeout", "the request took too long");
                return Ok(Some(Err(late)));
            }
            Err(error) => return Err(error),
        };
        bytes.extend_from_slice(&part[..read]);
        if let Some(head) = request::head(&bytes) {
            return Ok(Some(Ok(head.to_vec())));
        }
        if bytes.len() > LONGEST_HEAD {
            let long = "431 Request Header Fields Too Large";
            return Ok(Some(Err(Answer::refusal(long, "the request is too long"))));
        }
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}

/// The time left until `end`, an error when there is none.
fn left(end: Instant) -> io::Result<Duration> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(left)
}

fn read_by(stream: &mut TcpStream, part: &mut [u8], end: Instant) -> io::Result<usize> {
    stream.set_read_timeout(Some(left(end)?))?;
    stream.read(part)
}

fn write_by(stream: &mut TcpStream, mut bytes: &[u8], end: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(left(end)?))?;
        let written = stream.write(bytes)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
    }
    Ok(())
}
