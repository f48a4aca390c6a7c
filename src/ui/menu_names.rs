//! Gives the items of menus a name that a screen reader can read.
//!
//! GTK says that an item is labelled by a child, and makes that child a presentation, which has no
//! name (seen up to GTK 4.18): so the item has none either.

use relm4::gtk;
use relm4::gtk::prelude::*;

/// Names the items of the menu behind a button, whichever menu it gets.
pub fn name_button(button: &gtk::MenuButton) {
    let name = |button: &gtk::MenuButton| {
        if let Some(popover) = button.popover().and_downcast::<gtk::PopoverMenu>() {
            name_items(&popover);
        }
    };
    name(button);
    button.connect_popover_notify(name);
}

/// Names the items of a menu each time that it opens.
pub fn name_items(popover: &gtk::PopoverMenu) {
    popover.connect_map(|popover| name_below(popover.upcast_ref()));
}

fn name_below(widget: &gtk::Widget) {
    // GTK does not tell of this type elsewhere.
    if widget.type_().name() == "GtkModelButton"
        && widget
            .find_property("text")
            .is_some_and(|it| it.value_type() == String::static_type())
    {
        let text = widget
            .property::<Option<String>>("text")
            .unwrap_or_default();
        let name = without_mnemonic(&text);
        // The relation would go before the name.
        widget.reset_relation(gtk::AccessibleRelation::LabelledBy);
        widget.update_property(&[gtk::accessible::Property::Label(&name)]);
        return;
    }
    let mut child = widget.first_child();
    while let Some(each) = child {
        name_below(&each);
        child = each.next_sibling();
    }
}

/// The text as it is shown: an underscore marks the letter after it, two stand for one.
fn without_mnemonic(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '_' => shown.extend(characters.next()),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_is_shown() {
        assert_eq!(without_mnemonic("Save _Data…"), "Save Data…");
        assert_eq!(without_mnemonic("a__b"), "a_b");
        assert_eq!(without_mnemonic("end_"), "end");
    }
}
