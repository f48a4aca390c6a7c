//! A cell of the table: knows the row it shows, so that a click or the focus can be traced back.

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
    /// The widget in one cell.
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

/// Calls `show` whenever `item` gets another row and whenever that row changes. Bound once, for as
/// long as the item lives: nothing is left over from a row that the item showed before.
pub fn watch_row(item: &impl IsA<glib::Object>, show: impl Fn(Option<RowObject>) + 'static) {
    let weak = item.downgrade();
    gtk::PropertyExpression::new(item.type_(), gtk::Expression::NONE, "item")
        .chain_property::<RowObject>("revision")
        .watch(Some(item), move || {
            if let Some(item) = weak.upgrade() {
                show(item.property("item"));
            }
        });
}

/// The row that `widget` belongs to: a cell or something in it, or a row's own widget.
pub fn row_of(widget: &gtk::Widget) -> Option<RowObject> {
    let inside = widget
        .ancestor(Cell::static_type())
        .or_else(|| first_cell(widget));
    inside.and_downcast::<Cell>()?.row()
}

fn first_cell(widget: &gtk::Widget) -> Option<gtk::Widget> {
    if widget.is::<Cell>() {
        return Some(widget.clone());
    }
    // Only rows are looked into: a list of rows would give its first row for any of them.
    let row = widget.first_child()?;
    row.first_child().filter(gtk::Widget::is::<Cell>)
}
