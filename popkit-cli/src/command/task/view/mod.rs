//! The forms in which tasks and events are shown.
//!
//! The JSON forms are a promise: fields are added, never renamed or removed, while `v` is 1.
//! They are written down in `docs/cli.md`.

pub(super) mod event;
pub(super) mod json;
pub(super) mod text;

pub(super) use crate::output::VERSION;
