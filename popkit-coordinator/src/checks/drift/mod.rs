//! Are generated texts what their generator made?

mod compare;
mod part;
mod regenerate;
mod tree;

pub(super) use compare::compare;
pub(super) use regenerate::regenerate;
