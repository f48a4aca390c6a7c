//! What GTK's menus lack for a keyboard and a screen reader (seen up to GTK 4.18).
//!
//! An item is said to be labelled by a child that is made a presentation, which has no name: so the item has
//! none either. Up leads from the first item to what the menu scrolls in, where nothing is seen or done,
//! instead of to the last.

use relm4::gtk;
use relm4::gtk::prelude::*;

/// Prepares the menu behind a button, whichever menu it gets.
pub fn prepare_button(button: &gtk::MenuButton) {
    let prepare_its = |button: &gtk::MenuButton| {
        if let Some(popover) = button.popover().and_downcast::<gtk::PopoverMenu>() {
            prepare(&popover);
        }
    };
    prepare_its(button);
    button.connect_popover_notify(prepare_its);
}

/// Gives the items of a menu names, and the arrow keys one round, each time that it opens.
pub fn prepare(popover: &gtk::PopoverMenu) {
    popover.connect_map(|popover| prepare_below(popover.upcast_ref()));
}

fn prepare_below(widget: &gtk::Widget) {
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
    if widget.is::<gtk::ScrolledWindow>() {
        widget.set_focusable(false);
    }
    let mut child = widget.first_child();
    while let Some(each) = child {
        prepare_below(&each);
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
