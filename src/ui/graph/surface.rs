//! plotters-cairo, with the pieces of a dashed line stroked together.
//!
//! Each stroke on its own costs as much as a whole line: clip, composition and a place in the
//! recording that GTK makes of a frame. A dotted line has a hundred of them.

use plotters::prelude::DrawingBackend;
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingErrorKind};
use plotters_cairo::CairoBackend;
use relm4::gtk::cairo;

/// A cairo context that plotters draws on.
pub struct Surface<'a> {
    context: &'a cairo::Context,
    backend: CairoBackend<'a>,
    // The style of the path begun on the context and not stroked yet.
    begun: Option<Stroke>,
}

#[derive(Clone, Copy, PartialEq)]
struct Stroke {
    rgb: (u8, u8, u8),
    opacity: f64,
    width: u32,
}

impl<'a> Surface<'a> {
    /// The clipped area of `context` as so many drawing units.
    /// `None` where plotters-cairo refuses it.
    pub fn new(context: &'a cairo::Context, size: (u32, u32)) -> Option<Self> {
        Some(Self {
            context,
            backend: CairoBackend::new(context, size).ok()?,
            begun: None,
        })
    }

    fn finish_path(&mut self) -> Result<(), DrawingErrorKind<cairo::Error>> {
        let Some(Stroke {
            rgb: (red, green, blue),
            opacity,
            width,
        }) = self.begun.take()
        else {
            return Ok(());
        };
        let part = |channel: u8| f64::from(channel) / 255.0;
        self.context
            .set_source_rgba(part(red), part(green), part(blue), opacity);
        self.context.set_line_width(f64::from(width));
        self.context
            .stroke()
            .map_err(DrawingErrorKind::DrawingError)
    }
}

impl DrawingBackend for Surface<'_> {
    type ErrorType = cairo::Error;

    fn get_size(&self) -> (u32, u32) {
        self.backend.get_size()
    }

    fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<cairo::Error>> {
        self.backend.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), DrawingErrorKind<cairo::Error>> {
        self.finish_path()?;
        self.backend.present()
    }

    fn draw_pixel(
        &mut self,
        point: BackendCoord,
        colour: BackendColor,
    ) -> Result<(), DrawingErrorKind<cairo::Error>> {
        self.finish_path()?;
        self.backend.draw_pixel(point, colour)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), DrawingErrorKind<cairo::Error>> {
        let stroke = Stroke {
            rgb: style.color().rgb,
            opacity: style.color().alpha,
            width: style.stroke_width(),
        };
        if self.begun != Some(stroke) {
            self.finish_path()?;
            self.begun = Some(stroke);
        }
        let mut path = path.into_iter();
        if let Some((x, y)) = path.next() {
            self.context.move_to(f64::from(x), f64::from(y));
        }
        for (x, y) in path {
            self.context.line_to(f64::from(x), f64::from(y));
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), DrawingErrorKind<cairo::Error>> {
        self.finish_path()?;
        self.backend.fill_polygon(path, style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Result<(), DrawingErrorKind<cairo::Error>> {
        self.finish_path()?;
        self.backend.draw_circle(center, radius, style, fill)
    }
}
