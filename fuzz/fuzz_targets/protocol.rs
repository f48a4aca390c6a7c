//! Any bytes on either end of a probe's pipe: answered, refused, or told what is wrong with them.
#![no_main]

use std::io::sink;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sysmon::platform::Host;
use sysmon::source::remote::frame::{self, ANSWER};
use sysmon::source::remote::greeting::{self, About};
use sysmon::source::remote::protocol::{Answered, Message, decode, encode};
use sysmon::source::remote::server::serve;
use sysmon::source::{Reply, Request, Source, SourceError};

/// Answers at once.
struct Ready;

impl Source for Ready {
    fn ask(&mut self, _: &Request) -> Result<Reply, SourceError> {
        Ok(Reply::Primed)
    }
}

fuzz_target!(|data: &[u8]| {
    let about = About::this(Host::default());
    let open = || -> Result<Box<dyn Source>, SourceError> { Ok(Box::new(Ready)) };
    let _ = serve(data, sink(), &about, Arc::new(open));

    let mut input = data;
    let _ = greeting::read(&mut input);
    let mut input = data;
    while let Ok(Some(frame)) = frame::read(&mut input, ANSWER) {
        understand(&frame.body);
    }
    // Lengths would keep most inputs out.
    understand(data);
    if let Some(body) = frame::frame(0, data, frame::QUESTION) {
        let _ = serve(body.as_slice(), sink(), &about, Arc::new(open));
    }
});

fn understand(body: &[u8]) {
    arrives_as_it_was::<Message>(body);
    arrives_as_it_was::<Answered>(body);
}

/// Compared as bytes: what is not a number does not equal itself.
fn arrives_as_it_was<T: Serialize + DeserializeOwned>(body: &[u8]) {
    if let Some(said) = decode::<T>(body) {
        let bytes = encode(&said).expect("it can be said");
        let again = decode::<T>(&bytes).expect("it was understood");
        assert_eq!(encode(&again), Some(bytes));
    }
}
