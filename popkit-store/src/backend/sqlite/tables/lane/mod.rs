//! Lanes: which there are, and what may be claimed from them.

mod register;
mod rule;

pub(in crate::backend::sqlite) use self::rule::read as read_rule;
