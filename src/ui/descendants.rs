//! Finds widgets of a kind in others.

use relm4::gtk;
use relm4::gtk::prelude::*;

/// All widgets of this kind in a widget, in the order they stand; not what is in them.
pub fn descendants<T: IsA<gtk::Widget>>(widget: &impl IsA<gtk::Widget>) -> Vec<T> {
    std::iter::successors(widget.as_ref().first_child(), WidgetExt::next_sibling)
        .flat_map(|child| match child.downcast::<T>() {
            Ok(found) => vec![found],
            Err(other) => descendants(&other),
        })
        .collect()
}
