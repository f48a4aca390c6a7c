//! Data and pictures as files: written whole or not at all, and what came of it is said.

use adw::prelude::*;
use gettextrs::gettext;
use gtk::{cairo, gdk, gio, glib, graphene, gsk};
use jiff::Zoned;
use relm4::{adw, gtk};

use super::language::list;
use crate::model::format::printable;

/// A kind of file that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// JSON.
    Json,
    /// A picture in pixels.
    Png,
    /// A picture in lines.
    Svg,
}

impl Kind {
    /// What data can be saved as.
    pub const DATA: [Self; 3] = [Self::Csv, Self::Tsv, Self::Json];
    /// What pictures can be saved as.
    pub const PICTURES: [Self; 2] = [Self::Png, Self::Svg];

    /// The end of the names of such files.
    fn suffix(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }

    /// The kind of a file of this name; the first of `kinds` where its name tells nothing.
    fn of(name: &str, kinds: &[Self]) -> Option<Self> {
        let told = kinds.iter().find(|kind| {
            let end = name.rsplit_once('.').map(|(_, end)| end.to_lowercase());
            end.as_deref() == Some(kind.suffix())
        });
        told.or(kinds.first()).copied()
    }
}

/// Asks where to save a file. It is offered `stem` with the present time and the first of `suffixes`
/// for a name, among the files that end so, which are called `files`.
pub fn dialog(title: &str, files: &str, stem: &str, suffixes: &[&str]) -> gtk::FileDialog {
    let filter = gtk::FileFilter::new();
    filter.set_name(Some(files));
    for suffix in suffixes {
        filter.add_suffix(suffix);
    }
    let filters = gio::ListStore::new::<gtk::FileFilter>();
    filters.append(&filter);
    let suffix = suffixes.first().copied().unwrap_or_default();
    let now = Zoned::now().strftime("%Y-%m-%d-%H%M%S").to_string();
    gtk::FileDialog::builder()
        .title(title)
        .initial_name(format!("{stem}-{now}.{suffix}"))
        .filters(&filters)
        .build()
}

/// Asks for a file, makes what is to be in it, and writes it. `say` is called with what came of it.
pub fn save(
    parent: &gtk::Window,
    subject: &str,
    kinds: &'static [Kind],
    content: impl FnOnce(Kind) -> Option<Vec<u8>> + 'static,
    say: impl Fn(&str) + 'static,
) {
    let suffixes: Vec<&str> = kinds.iter().map(|kind| kind.suffix()).collect();
    let files: Vec<String> = suffixes.iter().map(|it| it.to_uppercase()).collect();
    let files = list(&files);
    let dialog = dialog(&gettext("Save"), &files, subject, &suffixes);
    dialog.save(Some(parent), gio::Cancellable::NONE, move |file| {
        // Closing the dialog is an error to it.
        let Ok(file) = file else { return };
        let name = file.basename().unwrap_or_default();
        let kind = Kind::of(&name.to_string_lossy(), kinds);
        let Some(bytes) = kind.and_then(content) else {
            say(&gettext("There is nothing to save"));
            return;
        };
        glib::spawn_future_local(async move {
            let flags = gio::FileCreateFlags::NONE;
            let written = file
                .replace_contents_future(bytes, None, false, flags)
                .await;
            let name = printable(&name.to_string_lossy()).into_owned();
            match written {
                Ok(_) => say(&gettext("Saved {file}").replace("{file}", &name)),
                Err((_, error)) => say(&gettext("{file} cannot be written: {reason}")
                    .replace("{reason}", error.message())
                    .replace("{file}", &name)),
            }
        });
    });
}

/// A widget as it is on screen, in a file of this kind.
pub fn picture(widget: &impl IsA<gtk::Widget>, kind: Kind) -> Option<Vec<u8>> {
    if kind != Kind::Svg {
        return Some(texture(widget)?.save_to_png_bytes().to_vec());
    }
    let (node, bounds) = drawn(widget)?;
    svg(&node, bounds.width().into(), bounds.height().into())
}

/// A widget as it is on screen, as pixels.
pub fn texture(widget: &impl IsA<gtk::Widget>) -> Option<gdk::Texture> {
    let (node, bounds) = drawn(widget)?;
    let renderer = widget.native()?.renderer()?;
    Some(renderer.render_texture(&node, Some(&bounds)))
}

/// How a widget is drawn, and where.
fn drawn(widget: &impl IsA<gtk::Widget>) -> Option<(gsk::RenderNode, graphene::Rect)> {
    let (width, height) = (f64::from(widget.width()), f64::from(widget.height()));
    let snapshot = gtk::Snapshot::new();
    let bounds = graphene::Rect::new(0.0, 0.0, widget.width() as f32, widget.height() as f32);
    snapshot.append_color(&background(), &bounds);
    gtk::WidgetPaintable::new(Some(widget)).snapshot(&snapshot, width, height);
    Some((snapshot.to_node()?, bounds))
}

fn svg(node: &gsk::RenderNode, width: f64, height: f64) -> Option<Vec<u8>> {
    let surface = cairo::SvgSurface::for_stream(width, height, Vec::new()).ok()?;
    let context = cairo::Context::new(&surface).ok()?;
    node.draw(&context);
    drop(context);
    let written = surface.finish_output_stream().ok()?;
    written.downcast().ok().map(|bytes| *bytes)
}

/// What a window of this style has behind its cards.
fn background() -> gdk::RGBA {
    let level = if adw::StyleManager::default().is_dark() {
        0.133
    } else {
        0.98
    };
    gdk::RGBA::new(level, level, level, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_what_a_file_is_to_hold() {
        assert_eq!(Kind::of("a.b.TSV", &Kind::DATA), Some(Kind::Tsv));
        assert_eq!(Kind::of("a.json", &Kind::DATA), Some(Kind::Json));
        assert_eq!(Kind::of("a", &Kind::DATA), Some(Kind::Csv));
        assert_eq!(Kind::of("a.svg", &Kind::PICTURES), Some(Kind::Svg));
        assert_eq!(Kind::of("svg", &Kind::PICTURES), Some(Kind::Png));
    }
}
