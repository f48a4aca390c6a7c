//! The text of a cell. It takes the room that its column needs whatever it says, so that a refresh measures and
//! places nothing anew, and is shaped only where it is drawn: GTK keeps two hundred rows, most of them out of sight.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::graphene;
use relm4::gtk::pango;
use relm4::gtk::prelude::*;

use super::spoken_text;

/// A letter is at most so many times as wide as a digit.
const WIDEST_LETTER: i32 = 2;

mod imp {
    use super::{Cell, OnceCell, Rc, RefCell, TextColumn, glib, gtk, pango, spoken_text};
    use gtk::subclass::prelude::*;

    #[derive(Default)]
    pub struct TextCell {
        pub(super) column: OnceCell<Rc<TextColumn>>,
        pub(super) text: RefCell<String>,
        pub(super) layout: RefCell<Option<pango::Layout>>,
        pub(super) is_shaped: Cell<bool>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for TextCell {
        const NAME: &'static str = "SysMonTextCell";
        type Type = super::TextCell;
        type ParentType = gtk::Widget;
        type Interfaces = (gtk::AccessibleText,);

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("label");
            class.set_accessible_role(gtk::AccessibleRole::Label);
        }
    }

    impl ObjectImpl for TextCell {}

    /// It is read letter by letter, as a label is; there is nothing to select and no cursor in it.
    impl AccessibleTextImpl for TextCell {
        fn contents(&self, start: u32, end: u32) -> Option<glib::Bytes> {
            Some(spoken_text::part(&self.text.borrow(), start, end))
        }

        fn contents_at(
            &self,
            offset: u32,
            granularity: gtk::AccessibleTextGranularity,
        ) -> Option<(u32, u32, glib::Bytes)> {
            let text = self.text.borrow();
            let range = spoken_text::around(&text, offset, granularity);
            let part = spoken_text::part(&text, range.start, range.end);
            Some((range.start, range.end, part))
        }

        fn caret_position(&self) -> u32 {
            0
        }

        fn selection(&self) -> Vec<gtk::AccessibleTextRange> {
            Vec::new()
        }

        fn attributes(
            &self,
            _: u32,
        ) -> Vec<(gtk::AccessibleTextRange, glib::GString, glib::GString)> {
            Vec::new()
        }

        fn default_attributes(&self) -> Vec<(glib::GString, glib::GString)> {
            Vec::new()
        }
    }

    impl WidgetImpl for TextCell {
        fn measure(&self, orientation: gtk::Orientation, _: i32) -> (i32, i32, i32, i32) {
            let (least, natural) = self.obj().room(orientation);
            (least, natural, -1, -1)
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            self.obj().draw(snapshot);
        }
    }
}

glib::wrapper! {
    /// A label of one line in a column of such.
    pub struct TextCell(ObjectSubclass<imp::TextCell>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::AccessibleText, gtk::Buildable, gtk::ConstraintTarget;
}

/// What the texts of a column have in common.
pub struct TextColumn {
    /// Room for so many characters at least.
    pub chars: Cell<i32>,
    /// Whether they end on one line below another.
    pub is_numeric: bool,
    /// Whether digits are of one width.
    pub has_even_digits: bool,
    /// Where a text is cut that has not enough room; nowhere: it gets the room.
    pub ellipsize: pango::EllipsizeMode,
    /// The widest text since they were fitted last, in pixels.
    pub widest: Cell<i32>,
    /// Room for a character of the font that this was measured in, in pixels.
    pub char_width: Cell<i32>,
    /// Height of a line in it, in pixels.
    pub line_height: Cell<i32>,
}

impl TextCell {
    /// An empty cell of this column.
    pub fn new(column: &Rc<TextColumn>) -> Self {
        let cell: Self = glib::Object::new();
        if column.has_even_digits {
            cell.add_css_class("numeric");
        }
        // It is set here alone.
        let _ = cell.inner().column.set(Rc::clone(column));
        cell
    }

    /// What it says.
    pub fn text(&self) -> String {
        self.inner().text.borrow().clone()
    }

    /// Has it say something else.
    pub fn set_text(&self, text: &str) {
        if *self.inner().text.borrow() == text {
            return;
        }
        text.clone_into(&mut self.inner().text.borrow_mut());
        self.inner().is_shaped.set(false);
        self.update_property(&[gtk::accessible::Property::Label(text)]);
        if let Some(column) = self.inner().column.get() {
            self.make_room(column);
        }
        self.queue_draw();
    }

    /// Has the columns of these cells, which are all that they have, be as wide as the widest text in them now.
    pub fn fit(cells: &[Self]) {
        let columns = || {
            cells
                .iter()
                .filter_map(|cell| Some((cell, cell.inner().column.get()?)))
        };
        let mut before: HashMap<*const TextColumn, i32> = HashMap::new();
        for (_, column) in columns() {
            before.entry(Rc::as_ptr(column)).or_insert_with(|| {
                let least = column.chars.get() * column.char_width.get();
                column.widest.replace(least)
            });
        }
        for (cell, column) in columns() {
            cell.make_room(column);
        }
        for (cell, column) in columns() {
            if before.get(&Rc::as_ptr(column)) != Some(&column.widest.get()) {
                cell.queue_resize();
            }
        }
    }

    fn inner(&self) -> &imp::TextCell {
        glib::subclass::prelude::ObjectSubclassIsExt::imp(self)
    }

    /// Takes notice of the font.
    fn measure_font(&self, column: &TextColumn) {
        let char_width = char_width(&self.pango_context().metrics(None, None));
        if column.char_width.replace(char_width) != char_width {
            column.widest.set(column.chars.get() * char_width);
            let line = self.create_pango_layout(Some("0"));
            column.line_height.set(line.pixel_size().1);
        }
    }

    /// Widens the column where the text is wider than all before.
    fn make_room(&self, column: &TextColumn) {
        self.measure_font(column);
        let chars = self.inner().text.borrow().chars().count();
        let chars = i32::try_from(chars).unwrap_or(i32::MAX);
        let at_most = chars.saturating_mul(WIDEST_LETTER * column.char_width.get());
        if at_most <= column.widest.get() {
            return;
        }
        let layout = self.layout();
        layout.set_width(-1);
        let (width, _) = layout.pixel_size();
        if width > column.widest.get() {
            column.widest.set(width);
            self.queue_resize();
        }
    }

    /// Least and natural size in pixels.
    fn room(&self, orientation: gtk::Orientation) -> (i32, i32) {
        let Some(column) = self.inner().column.get() else {
            return (0, 0);
        };
        self.make_room(column);
        if orientation == gtk::Orientation::Vertical {
            // Other scripts are of other fonts.
            let height = if self.inner().text.borrow().is_ascii() {
                column.line_height.get()
            } else {
                self.layout().pixel_size().1
            };
            return (height, height);
        }
        let natural = column.widest.get();
        if column.ellipsize == pango::EllipsizeMode::None {
            (natural, natural)
        } else {
            let least = column.chars.get() * column.char_width.get();
            (least, natural.max(least))
        }
    }

    /// The text as it is drawn.
    fn layout(&self) -> pango::Layout {
        let mut kept = self.inner().layout.borrow_mut();
        let layout = kept.get_or_insert_with(|| {
            let layout = self.create_pango_layout(None);
            layout.set_single_paragraph_mode(true);
            if self
                .inner()
                .column
                .get()
                .is_some_and(|it| it.has_even_digits)
            {
                let attributes = pango::AttrList::new();
                attributes.insert(pango::AttrFontFeatures::new("tnum"));
                layout.set_attributes(Some(&attributes));
            }
            layout
        });
        if !self.inner().is_shaped.replace(true) {
            layout.set_text(&self.inner().text.borrow());
        }
        layout.clone()
    }

    #[expect(clippy::cast_precision_loss, reason = "pixels on a screen")]
    fn draw(&self, snapshot: &gtk::Snapshot) {
        let Some(column) = self.inner().column.get() else {
            return;
        };
        let (width, height) = (self.width(), self.height());
        let layout = self.layout();
        if layout.ellipsize() != pango::EllipsizeMode::None {
            layout.set_ellipsize(pango::EllipsizeMode::None);
            layout.set_width(-1);
        }
        let (mut needed, high) = layout.pixel_size();
        if needed > width && column.ellipsize != pango::EllipsizeMode::None {
            layout.set_ellipsize(column.ellipsize);
            layout.set_width(width * pango::SCALE);
            layout.set_width(width * pango::SCALE - hole(&layout));
            needed = layout.pixel_size().0;
        }
        let is_mirrored = self.direction() == gtk::TextDirection::Rtl;
        // Digits stand below each other only where numbers end on one line, whichever way texts are read.
        let x = if column.is_numeric || is_mirrored {
            width - needed
        } else {
            0
        };
        // Pango sets a text that reads from the right at the right of the room it has.
        let inset = pixels(layout.extents().1.x());
        // A line of another script can be higher than the room for one.
        let y = (height - high).div_euclid(2);
        snapshot.save();
        snapshot.translate(&graphene::Point::new((x - inset) as f32, y as f32));
        snapshot.append_layout(&layout, &self.color());
        snapshot.restore();
    }
}

/// How wide a hole there is where a text was cut, in Pango's units: for all of its room to be used Pango widens the
/// ellipsis by what is too little for another letter. Rounded down, as in less room one letter less has place.
fn hole(layout: &pango::Layout) -> i32 {
    let runs = layout.line_readonly(0).map(|line| line.runs());
    let ellipsis = runs.into_iter().flatten().find(|run| {
        let flags = i32::from(run.item().analysis().flags());
        flags & pango::ANALYSIS_FLAG_IS_ELLIPSIS != 0
    });
    let Some(ellipsis) = ellipsis else { return 0 };
    let font = ellipsis.item().analysis().font();
    let glyphs = ellipsis.glyph_string();
    let usual = glyphs.glyph_info().iter().map(|glyph| {
        let width = font.glyph_extents(glyph.glyph()).1.width();
        // Where glyphs stand on whole pixels.
        pango::units_to_double(width).ceil()
    });
    (glyphs.width() - pango::units_from_double(usual.sum())).max(0)
}

/// Room for any usual character, in pixels.
fn char_width(metrics: &pango::FontMetrics) -> i32 {
    let wide = metrics.approximate_char_width();
    pixels(wide.max(metrics.approximate_digit_width()))
}

fn pixels(units: i32) -> i32 {
    (units + pango::SCALE / 2).div_euclid(pango::SCALE)
}
