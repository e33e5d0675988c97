//! The tasks of a run as the store's history tells of them: the only source, so that what
//! is shown is what is stored.

mod board;
mod standing;
mod tail;

pub(super) use board::{Board, News, Seen};
pub(super) use standing::{Standing, is_live, standings};
pub(super) use tail::Tail;
