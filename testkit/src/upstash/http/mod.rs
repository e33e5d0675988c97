//! The HTTP side of a double: what a request means, and what its answer looks like.

mod answer;
mod format;
mod line;
mod request;
mod respond;
mod route;
mod token;

pub(super) use answer::Answer;
pub(super) use line::Line;
pub(super) use respond::respond;
pub(super) use route::Watch;
pub(super) use token::caller;
