//! A recording of any bytes, and whole chunks of any content: shown, or told what is wrong with it.
#![no_main]

use std::io::Cursor;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use sysmon::model::connection::HostNames;
use sysmon::source::recording::format::{ChunkHead, chunk, file_head};
use sysmon::source::recording::{Player, Recording};
use sysmon::source::{Request, Source, Table};
use zstd::bulk::Compressor;

fuzz_target!(|data: &[u8]| {
    show([file_head().as_slice(), data].concat());
    // Checksums would keep most inputs out.
    let mut compressor = Compressor::new(1).expect("a compressor");
    let mut file = file_head().to_vec();
    for (n, body) in (0_u64..).zip(data.split(|&byte| byte == 0xff)) {
        let [kind, part, count, end, body @ ..] = body else {
            break;
        };
        let head = ChunkHead {
            kind: *kind % 8,
            part: (*part).into(),
            packed: 0,
            body: 0,
            count: (*count).into(),
            start: n,
            end: n + u64::from(*end),
            checksum: 0,
        };
        let (_, bytes) = chunk(&mut compressor, head, body).expect("packed");
        file.extend(bytes);
    }
    show(file);
});

fn show(file: Vec<u8>) {
    let Ok(mut recording) = Recording::read(Cursor::new(file)) else {
        return;
    };
    recording.check();
    let end = recording.span().map_or(Duration::ZERO, |span| span.end);
    for table in Table::ALL {
        for request in [
            Request::Moment { table, at: end / 2 },
            Request::Range { table, from: end / 3, to: end },
        ] {
            recording.ask(&request).expect("answered");
        }
    }
    let since = Duration::ZERO;
    recording.ask(&Request::Samples { since, most: 10 }).expect("answered");
    let mut player = Player::new(recording.clone());
    for request in [
        Request::System,
        Request::Cpu { watch: Vec::new() },
        Request::Disk,
        Request::Network { names: HostNames::Off },
    ] {
        recording.ask(&request).expect("answered");
        while player.ask(&request).is_ok() {}
    }
    let _ = recording.damage_sentence();
}
