//! The colours and dashes of the lines. They never follow the accent colour: a line means the same
//! on every desktop, and each can be told from its neighbour by everybody.

use std::fmt;
use std::str::FromStr;

use relm4::gtk::gdk;

use crate::model::history::Series;

/// A colour without transparency: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl From<Rgb> for gdk::RGBA {
    fn from(Rgb(red, green, blue): Rgb) -> Self {
        let part = |channel: u8| f32::from(channel) / 255.0;
        Self::new(part(red), part(green), part(blue), 1.0)
    }
}

impl From<gdk::RGBA> for Rgb {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a colour's light is between 0 and 1"
    )]
    fn from(colour: gdk::RGBA) -> Self {
        let channel = |share: f32| (share * 255.0).round() as u8;
        Self(
            channel(colour.red()),
            channel(colour.green()),
            channel(colour.blue()),
        )
    }
}

/// How a line is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paint {
    /// On a light background.
    pub light: Rgb,
    /// On a dark background.
    pub dark: Rgb,
    /// Lengths of dashes and gaps in turn, in pixels; empty for a solid line.
    pub dash: &'static [f64],
}

impl Paint {
    /// The colour for a background.
    pub fn colour(&self, dark: bool) -> Rgb {
        if dark { self.dark } else { self.light }
    }
}

/// The opacity of the fill below the first line of a graph.
pub const FILL_OPACITY: f64 = 0.15;

/// How a line is painted.
pub const fn paint(series: Series) -> Paint {
    match series {
        Series::Cpu => Paint {
            light: Rgb(0x1c, 0x71, 0xd8),
            dark: Rgb(0x62, 0xa0, 0xea),
            dash: &[],
        },
        Series::Ram => Paint {
            light: Rgb(0x61, 0x35, 0x83),
            dark: Rgb(0xdc, 0x8a, 0xdd),
            dash: &[],
        },
        Series::Swap => Paint {
            light: Rgb(0xc6, 0x46, 0x00),
            dark: Rgb(0xf8, 0xe4, 0x5c),
            dash: &[6.0, 4.0],
        },
        Series::Read => Paint {
            light: Rgb(0x15, 0x77, 0x2e),
            dark: Rgb(0x33, 0xd1, 0x7a),
            dash: &[],
        },
        Series::Write => Paint {
            light: Rgb(0x5e, 0x5c, 0x64),
            dark: Rgb(0xde, 0xdd, 0xda),
            dash: &[2.0, 3.0],
        },
        Series::Received => Paint {
            light: Rgb(0x00, 0x71, 0x84),
            dark: Rgb(0x7b, 0xdf, 0xf4),
            dash: &[],
        },
        Series::Sent => Paint {
            light: Rgb(0xc0, 0x1c, 0x28),
            dark: Rgb(0xff, 0x88, 0x8c),
            dash: &[8.0, 3.0, 2.0, 3.0],
        },
    }
}

/// The colours that a person chose for lines. One counts on light and on dark backgrounds alike, until it
/// is taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colours([Option<Rgb>; Series::ALL.len()]);

impl Colours {
    /// The colour that was chosen for a line; `None` leaves it its own.
    pub fn chosen(&self, series: Series) -> Option<Rgb> {
        self.0[series as usize]
    }

    /// Chooses a colour for a line, or leaves it its own.
    pub fn choose(&mut self, series: Series, colour: Option<Rgb>) {
        self.0[series as usize] = colour;
    }

    /// The colour of a line on a background.
    pub fn of(&self, series: Series, dark: bool) -> Rgb {
        let own = || paint(series).colour(dark);
        self.chosen(series).unwrap_or_else(own)
    }
}

impl fmt::Display for Rgb {
    /// As in `#1c71d8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(red, green, blue) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Rgb {
    type Err = NoColour;

    /// Of `#rrggbb`.
    fn from_str(text: &str) -> Result<Self, NoColour> {
        let digits = text.strip_prefix('#').filter(|digits| {
            digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        });
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = number.ok_or(NoColour)?.to_be_bytes();
        Ok(Self(red, green, blue))
    }
}

/// The text is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a colour is written as #rrggbb")]
pub struct NoColour;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::graph;
    use crate::ui::graph::GRAPHS;
    use crate::ui::graph::legibility::{contrast, difference, over, plot};

    #[test]
    fn every_line_stands_out_from_the_plot_and_from_the_fill_it_crosses() {
        for dark in [false, true] {
            for graph in GRAPHS {
                let lines = graph::series(graph);
                let first = paint(lines[0]).colour(dark);
                let fill = over(plot(dark), first, FILL_OPACITY);
                for &line in lines {
                    let colour = paint(line).colour(dark);
                    for below in [plot(dark), fill] {
                        let contrast = contrast(colour, below);
                        assert!(contrast >= 3.2, "{line:?}, dark {dark}: {contrast:.2}");
                    }
                }
            }
        }
    }

    /// In high contrast nothing is filled.
    #[test]
    fn every_line_stands_out_further_in_high_contrast() {
        for dark in [false, true] {
            for graph in GRAPHS {
                for &line in graph::series(graph) {
                    let contrast = contrast(paint(line).colour(dark), plot(dark));
                    assert!(contrast >= 4.0, "{line:?}, dark {dark}: {contrast:.2}");
                }
            }
        }
    }

    #[test]
    fn lines_of_one_graph_can_be_told_apart_by_everybody() {
        for dark in [false, true] {
            for graph in GRAPHS {
                let &[first, second] = graph::series(graph) else {
                    continue;
                };
                let colour = |line| paint(line).colour(dark);
                let difference = difference(colour(first), colour(second));
                assert!(
                    difference >= 19.0,
                    "{first:?} and {second:?}, dark {dark}: {difference:.1}"
                );
                assert_ne!(paint(first).dash, paint(second).dash);
            }
        }
    }

    #[test]
    fn a_chosen_colour_counts_on_either_background_until_it_is_taken_back() {
        let mut colours = Colours::default();
        let own = [false, true].map(|dark| colours.of(Series::Swap, dark));
        colours.choose(Series::Swap, "#01a2fF".parse().ok());
        let chosen = Rgb(1, 0xa2, 0xff);
        assert_eq!(
            [false, true].map(|dark| colours.of(Series::Swap, dark)),
            [chosen; 2]
        );
        assert_eq!(chosen.to_string(), "#01a2ff");
        colours.choose(Series::Swap, None);
        assert_eq!(
            [false, true].map(|dark| colours.of(Series::Swap, dark)),
            own
        );
        for bad in ["", "#", "01a2ff", "#01a2f", "#01a2ff0", "#+1a2ff", "#é1a2f"] {
            assert_eq!(bad.parse::<Rgb>(), Err(NoColour), "{bad}");
        }
    }
}
