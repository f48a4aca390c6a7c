//! `SysMon`: what is making this machine busy, slow or talkative, now or a moment ago.
//!
//! The modules stand in the order data flows: [`platform`] reads raw counters, [`sampling`] turns
//! them into rates over measured time, [`source`] is where a window or the terminal asks for them,
//! `ui` shows them. All of them speak in values of [`model`], which knows no I/O, clock or widget.

pub mod model;
pub mod platform;
pub mod probe;
pub mod sampling;
pub mod source;
#[cfg(feature = "ui")]
pub mod ui;
