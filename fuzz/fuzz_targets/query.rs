//! The filter language: any text is understood or has a fault within it; what was understood is
//! printed, and understood as the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sysmon::model::connection::ConnectionRow;
use sysmon::model::cpu::CpuRow;
use sysmon::model::network::NetworkRow;
use sysmon::model::query::{Query, completions};

fuzz_target!(|text: &str| {
    let length = text.chars().count();
    match Query::parse(text) {
        Ok(query) => {
            assert_eq!(Query::parse(&query.to_string()), Ok(query.clone()));
            for checked in [
                query.check::<CpuRow>(),
                query.check::<NetworkRow>(),
                query.check::<ConnectionRow>(),
            ] {
                assert!(checked.is_ok() || !query.is_empty());
            }
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(error.at.start < error.at.end && error.at.end <= length);
        }
    }
    for cursor in [0, length / 2, length] {
        for completion in completions::<ConnectionRow>(text, cursor) {
            assert!(completion.range.end <= length);
        }
    }
});
