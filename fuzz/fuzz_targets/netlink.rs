//! Datagrams of the kernel's socket diagnosis: any bytes are understood or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sysmon::platform::linux::sock_diag::{Dump, Messages, attributes_of, destroyed, messages};

fuzz_target!(|data: &[u8]| {
    for dump in [Dump::Tcp, Dump::Udp4] {
        let mut understood = 0;
        for message in Messages::new(data, dump) {
            understood += 1;
            // Nothing follows what is not understood.
            if message.is_err() {
                break;
            }
        }
        assert!(understood <= data.len());
    }
    let mut closed = Vec::new();
    destroyed(data, &mut closed);
    assert!(closed.len() <= data.len() / 72);
    for (_, body) in messages(data) {
        assert!(attributes_of(body).count() <= body.len());
    }
});
