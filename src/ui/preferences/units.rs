//! What values are counted in.

use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;

use super::{choice, group, switch};
use crate::model::format::{CpuScale, DataUnit, UnitStyle};
use crate::ui::settings::Settings;

const UNITS: [UnitStyle; 2] = [UnitStyle::Si, UnitStyle::Iec];
const SCALES: [CpuScale; 2] = [CpuScale::Core, CpuScale::Machine];

/// The rows of all units.
pub(super) fn rows(settings: &Settings) -> adw::PreferencesGroup {
    let now = settings.now();
    let units = group(&gettext("Units"));
    let styles = [gettext("1 kB = 1000 bytes"), gettext("1 KiB = 1024 bytes")];
    units.add(&choice(
        &gettext("Amounts of Data"),
        "",
        (&styles, UNITS.iter().position(|&it| it == now.units)),
        settings,
        |values, at| values.units = UNITS.get(at).copied().unwrap_or_default(),
    ));
    units.add(&switch(
        &gettext("Network in Bits"),
        &gettext("Rates in bits per second instead of bytes"),
        now.network == DataUnit::Bits,
        settings,
        |values, on| {
            values.network = if on { DataUnit::Bits } else { DataUnit::Bytes };
        },
    ));
    let scales = [gettext("One Core"), gettext("The Whole Machine")];
    units.add(&choice(
        &gettext("CPU of Processes"),
        &gettext("What 100 % stands for in tables"),
        (&scales, SCALES.iter().position(|&it| it == now.cpu_scale)),
        settings,
        |values, at| values.cpu_scale = SCALES.get(at).copied().unwrap_or_default(),
    ));
    units
}
