//! Whether a line of a colour can be seen, and told from its neighbour, by everybody.

use super::palette::{Colours, FILL_OPACITY, Rgb};
use super::{GRAPHS, series as lines_of};
use crate::model::history::Series;

/// The least contrast of a line to what lies behind it: WCAG 2.2, 1.4.11, for parts of graphics.
pub const LEAST_CONTRAST: f64 = 3.0;
/// The least difference (CIEDE2000) of two lines of one graph, which have other dashes too.
pub const LEAST_DIFFERENCE: f64 = 15.0;

/// What is amiss with the colour of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It can hardly be seen on a light or a dark background.
    Faint {
        /// On which.
        dark: bool,
    },
    /// Some people can hardly tell it from this line of its graph.
    Alike(Series),
}

/// What is amiss with the colour that a line has among these.
pub fn troubles(series: Series, colours: &Colours) -> Vec<Trouble> {
    let mut graphs = GRAPHS.into_iter().map(lines_of);
    let lines = graphs.find(|lines| lines.contains(&series)).unwrap_or(&[]);
    let mut found = Vec::new();
    for dark in [false, true] {
        let colour = colours.of(series, dark);
        let first = lines
            .first()
            .map_or(colour, |&first| colours.of(first, dark));
        let fill = over(plot(dark), first, FILL_OPACITY);
        if [plot(dark), fill]
            .into_iter()
            .any(|below| contrast(colour, below) < LEAST_CONTRAST)
        {
            found.push(Trouble::Faint { dark });
        }
    }
    for &other in lines.iter().filter(|&&other| other != series) {
        let alike =
            |dark| difference(colours.of(series, dark), colours.of(other, dark)) < LEAST_DIFFERENCE;
        if alike(false) || alike(true) {
            found.push(Trouble::Alike(other));
        }
    }
    found
}

/// How different two colours are to those who tell them apart least (CIEDE2000).
pub fn difference(a: Rgb, b: Rgb) -> f64 {
    let seen = |colour, matrix| {
        let light = multiply(matrix, linear(colour));
        lab(light.map(|channel: f64| channel.clamp(0.0, 1.0)))
    };
    let differences = SIGHTS.map(|(_, matrix)| delta_e(seen(a, matrix), seen(b, matrix)));
    differences.into_iter().fold(f64::INFINITY, f64::min)
}

/// Red, green and blue as amounts of light, 0 to 1.
type Linear = [f64; 3];

fn linear(colour: Rgb) -> Linear {
    [colour.0, colour.1, colour.2].map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.04045 {
            channel / 12.92
        } else {
            ((channel + 0.055) / 1.055).powf(2.4)
        }
    })
}

fn luminance([red, green, blue]: Linear) -> f64 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// WCAG 2.2, contrast ratio.
pub fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(linear(a)) + 0.05, luminance(linear(b)) + 0.05);
    a.max(b) / a.min(b)
}

/// A colour over another.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mix of two colours is a colour"
)]
pub fn over(below: Rgb, above: Rgb, opacity: f64) -> Rgb {
    let mix = |below: u8, above: u8| {
        let mixed = f64::from(below).mul_add(1.0 - opacity, f64::from(above) * opacity);
        mixed.round() as u8
    };
    Rgb(
        mix(below.0, above.0),
        mix(below.1, above.1),
        mix(below.2, above.2),
    )
}

/// A card of libadwaita with the plot's tint of the foreground.
pub fn plot(dark: bool) -> Rgb {
    if dark {
        let card = over(Rgb(0x24, 0x24, 0x24), Rgb(255, 255, 255), 0.08);
        over(card, Rgb(255, 255, 255), 0.03)
    } else {
        over(Rgb(255, 255, 255), Rgb(0, 0, 6), 0.8 * 0.03)
    }
}

fn lab(light: Linear) -> [f64; 3] {
    const TO_XYZ: [[f64; 3]; 3] = [
        [0.412_456_4, 0.357_576_1, 0.180_437_5],
        [0.212_672_9, 0.715_152_2, 0.072_175],
        [0.019_333_9, 0.119_192, 0.950_304_1],
    ];
    const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];
    let xyz = multiply(TO_XYZ, light);
    let f = |n: usize| {
        let t = xyz[n] / WHITE[n];
        if t > 216.0 / 24389.0 {
            t.cbrt()
        } else {
            (24389.0 / 27.0 * t + 16.0) / 116.0
        }
    };
    let (x, y, z) = (f(0), f(1), f(2));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn multiply(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
}

#[expect(
    clippy::many_single_char_names,
    reason = "the names of the published formula"
)]
/// CIEDE2000, after Sharma, Wu and Dalal (2005).
fn delta_e(a: [f64; 3], b: [f64; 3]) -> f64 {
    let chroma = |[_, a, b]: [f64; 3]| a.hypot(b);
    let mean = f64::midpoint(chroma(a), chroma(b)).powi(7);
    let g = 0.5 * (1.0 - (mean / (mean + 25_f64.powi(7))).sqrt());
    let prime = |[l, a, b]: [f64; 3]| {
        let a = a * (1.0 + g);
        let hue = b.atan2(a).to_degrees().rem_euclid(360.0);
        (l, a.hypot(b), hue)
    };
    let ((l1, c1, h1), (l2, c2, h2)) = (prime(a), prime(b));
    let grey = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if grey => 0.0,
        turn if turn > 180.0 => turn - 360.0,
        turn if turn < -180.0 => turn + 360.0,
        turn => turn,
    };
    let (dl, dc) = (l2 - l1, c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = (f64::midpoint(l1, l2), f64::midpoint(c1, c2));
    let h = match h1 + h2 {
        sum if grey => sum,
        sum if (h1 - h2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => f64::midpoint(sum, 360.0),
        sum => (sum - 360.0) / 2.0,
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0)
        - 0.20 * cos(4.0 * h - 63.0);
    let rotation = 30.0 * (-((h - 275.0) / 25.0).powi(2)).exp();
    let c7 = c.powi(7);
    let rc = 2.0 * (c7 / (c7 + 25_f64.powi(7))).sqrt();
    let l50 = (l - 50.0).powi(2);
    let sl = 1.0 + 0.015 * l50 / (20.0 + l50).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rt = -(2.0 * rotation).to_radians().sin() * rc;
    let (l, c, h) = (dl / sl, dc / sc, dh / sh);
    (l * l + c * c + h * h + rt * c * h).sqrt()
}

/// How red, green and blue reach the eye, after Machado, Oliveira and Fernandes (2009).
const SIGHTS: [(&str, [[f64; 3]; 3]); 4] = [
    (
        "normal",
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    ),
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colour_difference_is_that_of_the_published_pairs() {
        for (a, b, expected) in [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0011], 7.2195),
            (
                [22.7233, 20.0904, -46.694],
                [23.0331, 14.973, -42.5619],
                2.0373,
            ),
            (
                [90.8027, -2.0831, 1.441],
                [91.1528, -1.6435, 0.0447],
                1.4441,
            ),
        ] {
            assert!((delta_e(a, b) - expected).abs() < 1e-4);
        }
    }

    #[test]
    fn a_colour_that_cannot_be_seen_or_told_apart_is_noticed() {
        let mut colours = Colours::default();
        for series in Series::ALL {
            assert_eq!(troubles(series, &colours), [], "{series:?}");
        }
        colours.choose(Series::Cpu, Some(Rgb(255, 255, 240)));
        assert_eq!(
            troubles(Series::Cpu, &colours),
            [Trouble::Faint { dark: false }]
        );
        colours.choose(Series::Cpu, Some(Rgb(0, 0, 40)));
        assert_eq!(
            troubles(Series::Cpu, &colours),
            [Trouble::Faint { dark: true }]
        );
        // Red and green of one lightness.
        colours.choose(Series::Read, Some(Rgb(0xb0, 0x50, 0x20)));
        colours.choose(Series::Write, Some(Rgb(0x80, 0x6a, 0x20)));
        for (series, other) in [(Series::Read, Series::Write), (Series::Write, Series::Read)] {
            assert!(troubles(series, &colours).contains(&Trouble::Alike(other)));
        }
    }
}
