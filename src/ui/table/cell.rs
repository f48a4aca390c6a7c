//! The cell of the process: knows the row it shows, so that a click or the focus can be traced back.

use relm4::adw;
use relm4::adw::prelude::BinExt;
use relm4::adw::subclass::prelude::*;
use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use super::row_object::RowObject;

mod imp {
    use super::{BinImpl, ObjectImpl, ObjectSubclass, RowObject, WidgetImpl, adw, glib};

    #[derive(Default)]
    pub struct Cell {
        pub(super) row: glib::WeakRef<RowObject>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Cell {
        const NAME: &'static str = "SysMonCell";
        type Type = super::Cell;
        type ParentType = adw::Bin;
    }

    impl ObjectImpl for Cell {}
    impl WidgetImpl for Cell {}
    impl BinImpl for Cell {}
}

glib::wrapper! {
    /// The widget in the cell of the process, which every row has.
    pub struct Cell(ObjectSubclass<imp::Cell>)
        @extends adw::Bin, gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Cell {
    /// A cell around `child`.
    pub fn new(child: &impl IsA<gtk::Widget>) -> Self {
        let cell: Self = glib::Object::new();
        cell.set_child(Some(child));
        cell
    }

    /// The row it shows.
    pub fn row(&self) -> Option<RowObject> {
        self.imp().row.upgrade()
    }

    /// Has it show this row; `None` when it is put aside.
    pub fn set_row(&self, row: Option<&RowObject>) {
        self.imp().row.set(row);
    }
}

/// The row that `widget` belongs to: something in a cell, or a row's own widget.
pub fn row_of(widget: &gtk::Widget) -> Option<RowObject> {
    let inside = widget.ancestor(Cell::static_type()).and_downcast();
    let cell: Option<Cell> = inside.or_else(|| {
        let mut above = std::iter::successors(Some(widget.clone()), WidgetExt::parent);
        above.find_map(|widget| cell_of_row(&widget))
    });
    cell?.row()
}

/// The cell of the process where this is the widget of a row. What rows stand in has none: it would
/// give that of its first row for any of them.
fn cell_of_row(widget: &gtk::Widget) -> Option<Cell> {
    std::iter::successors(widget.first_child(), WidgetExt::next_sibling)
        .find_map(|child| child.first_child().and_downcast::<Cell>())
}
