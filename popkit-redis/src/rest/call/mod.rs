//! Commands as JSON, and their answers.

mod decode;
mod read;
mod request;

pub(super) use request::{Form, Request, check_carried};
