//! Values out of the text, with their places. Everything that is wrong is reported; nothing
//! stops the reader but an error of syntax.

mod define;
mod field;
mod nearest;
mod report;
pub(super) mod rule;
mod scalar;

pub(super) use define::{block, key, no_word, words};
pub(super) use field::{Field, Read, within};
pub(super) use nearest::nearest;
pub(super) use report::Report;
