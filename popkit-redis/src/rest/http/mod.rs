//! Requests and answers over HTTP: the token, the limits, the sync token, TLS. What the bodies
//! mean is in `call` and `listen`.

mod answer;
mod client;
mod outgoing;
mod sync;
mod tls;
mod trouble;

pub(super) use answer::Answer;
pub(super) use client::{Ask, Http};
pub(super) use trouble::{Sort, Trouble};
