//! What is asked over HTTP, and what is answered.

use super::hosts::Hosts;

/// Longest head of a request.
pub(super) const LONGEST_HEAD: usize = 8192;

/// The type of a page: Prometheus decides by it how to read.
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT_TYPE: &str = "text/plain; charset=utf-8";

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The metrics.
    Metrics,
    /// What is here at all.
    Index,
    /// What is not here.
    Absent,
}

/// A request that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) asked: Asked,
    /// Whether only the head of the answer is wanted.
    pub(super) head_only: bool,
}

/// Where the head of a request ends, if it is whole.
pub(super) fn head(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(4).position(|end| end == b"\r\n\r\n")?;
    Some(&bytes[..end])
}

/// Understands the head of a request that is meant for one of these `hosts`, or says what to answer
/// instead.
pub(super) fn parse(head: &[u8], hosts: &Hosts) -> Result<Request, Answer> {
    let mut lines = head
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let line = lines.next().unwrap_or_default();
    let mut words = line.split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Answer::refusal("400 Bad Request", "this is no HTTP"));
    };
    if !matches!(version, b"HTTP/1.1" | b"HTTP/1.0") {
        return Err(Answer::refusal(
            "505 HTTP Version Not Supported",
            "only HTTP/1.1 is spoken here",
        ));
    }
    let head_only = match method {
        b"GET" => false,
        b"HEAD" => true,
        _ => {
            return Err(Answer {
                allow: true,
                ..Answer::refusal("405 Method Not Allowed", "only GET and HEAD are answered")
            });
        }
    };
    let named: Vec<&[u8]> = lines.filter_map(host).collect();
    match named[..] {
        [host] if hosts.answer_to(host) => {}
        [_] => {
            return Err(Answer::refusal(
                "421 Misdirected Request",
                "this name is not answered to; ask for an IP address or localhost, or start this with --host-name NAME",
            ));
        }
        // Older than the field. Every browser sends it.
        [] if version == b"HTTP/1.0" => {}
        _ => {
            return Err(Answer::refusal(
                "400 Bad Request",
                "a request says once in Host whom it is meant for",
            ));
        }
    }
    let path = target.split(|&byte| byte == b'?').next().unwrap_or(target);
    let asked = match path {
        b"/metrics" => Asked::Metrics,
        b"/" => Asked::Index,
        _ => Asked::Absent,
    };
    Ok(Request { asked, head_only })
}

/// What a line of a head says of the host that is meant.
fn host(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = line.split_at(colon);
    name.eq_ignore_ascii_case(b"host")
        .then(|| value[1..].trim_ascii())
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    status: &'static str,
    content_type: &'static str,
    allow: bool,
    body: String,
}

impl Answer {
    /// The page of metrics.
    pub(super) fn metrics(page: &str) -> Self {
        Self {
            content_type: METRICS_TYPE,
            ..Self::text("200 OK", page)
        }
    }

    /// What is here at all.
    pub(super) fn index() -> Self {
        Self::text(
            "200 OK",
            "SysMon's figures for Prometheus are at /metrics.\n",
        )
    }

    /// Why there is no answer, in a sentence.
    pub(super) fn refusal(status: &'static str, sentence: &str) -> Self {
        Self::text(status, &format!("{sentence}\n"))
    }

    fn text(status: &'static str, body: &str) -> Self {
        Self {
            status,
            content_type: TEXT_TYPE,
            allow: false,
            body: body.to_owned(),
        }
    }

    /// As it is sent. Each connection is for one answer.
    pub(super) fn bytes(&self, head_only: bool) -> Vec<u8> {
        let allow = if self.allow {
            "Allow: GET, HEAD\r\n"
        } else {
            ""
        };
        let mut text = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{allow}Connection: close\r\n\r\n",
            self.status,
            self.content_type,
            self.body.len()
        );
        if !head_only {
            text.push_str(&self.body);
        }
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn status(request: &str) -> String {
        match parse(request.as_bytes(), &Hosts::default()) {
            Ok(request) => format!("{request:?}"),
            Err(answer) => answer.status.to_owned(),
        }
    }

    #[test]
    fn only_what_is_here_is_answered() {
        let asked = |asked, head_only| Ok(Request { asked, head_only });
        let parse = |line: &str| {
            let head = format!("{line}\r\nAccept: */*\r\nhost:localhost");
            parse(head.as_bytes(), &Hosts::default())
        };
        for (line, expected) in [
            ("GET /metrics HTTP/1.1", asked(Asked::Metrics, false)),
            ("HEAD /metrics?a=b HTTP/1.0", asked(Asked::Metrics, true)),
            ("GET / HTTP/1.1", asked(Asked::Index, false)),
            ("GET /metrics/ HTTP/1.1", asked(Asked::Absent, false)),
            ("GET ../metrics HTTP/1.1", asked(Asked::Absent, false)),
        ] {
            assert_eq!(parse(line), expected, "{line}");
        }
        assert_eq!(status("POST /metrics HTTP/1.1"), "405 Method Not Allowed");
        assert_eq!(
            status("GET /metrics HTTP/2.0"),
            "505 HTTP Version Not Supported"
        );
        for odd in [
            "",
            "GET",
            "GET /metrics",
            "GET /a b HTTP/1.1",
            "\u{16}\u{3}\u{1}",
        ] {
            assert_eq!(status(odd), "400 Bad Request", "{odd:?}");
        }
    }

    #[test]
    fn only_who_means_this_host_is_answered() {
        let metrics = |version: &str, fields: &str| {
            let status = status(&format!("GET /metrics {version}{fields}"));
            status.split(' ').next().map(str::to_owned)
        };
        for (fields, expected) in [
            ("\r\nHOST: \tlocalhost:9837 ", "Request"),
            ("\r\nHost: example.org", "421"),
            ("\nHost: example.org", "421"),
            ("\r\nHost:", "421"),
            ("", "400"),
            ("\r\nX-Host: localhost", "400"),
            ("\r\nHost: localhost\r\nHost: example.org", "400"),
            ("\r\nHost: localhost\nHost: example.org", "400"),
        ] {
            let answered = metrics("HTTP/1.1", fields);
            assert_eq!(answered.as_deref(), Some(expected), "{fields:?}");
        }
        assert_eq!(metrics("HTTP/1.0", "").as_deref(), Some("Request"));
        let foreign = metrics("HTTP/1.0", "\r\nHost: example.org");
        assert_eq!(foreign.as_deref(), Some("421"));
    }

    #[test]
    fn an_answer_says_how_long_it_is_and_a_head_has_no_body() {
        let answer = Answer::metrics("# EOF\n");
        let whole = String::from_utf8(answer.bytes(false)).expect("text");
        let (head, body) = whole.split_once("\r\n\r\n").expect("both");
        assert_eq!(body, "# EOF\n");
        assert!(head.contains("\r\nContent-Length: 6\r\n"), "{head}");
        assert!(head.contains(METRICS_TYPE), "{head}");
        let only = String::from_utf8(answer.bytes(true)).expect("text");
        assert_eq!(only, format!("{head}\r\n\r\n"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes: Vec<u8>, text in "(GET|HEAD) .{0,40}\r\n\r\n") {
            let hosts = Hosts::default();
            for bytes in [&bytes[..], text.as_bytes()] {
                let _ = head(bytes).map(|head| parse(head, &hosts));
                let _ = parse(bytes, &hosts);
            }
        }
    }
}
