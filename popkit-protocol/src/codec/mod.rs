//! Messages and documents as JSON.
//!
//! [`Codec`] is the native form: it reads everything that speaks the v1 envelope, the Python
//! originals included, and writes UTC times and compact JSON. What only the originals can
//! read is written by [`compat::python`](crate::compat::python).
//!
//! | Room | Holds |
//! |---|---|
//! | `json` | [`Codec`] |
//! | `control` | [`Incoming`]: what can come in on the coordinator's channel |
//! | `limits` | [`Limits`], and the checks before reading |
//! | `shape` | [`Shape`]: objects that also stand alone, as documents and list entries |
//! | `error` | [`CodecError`] |
//! | `payload` | which type of message has which payload |
//! | `reader`, `writer`, `field` | objects, key by key |
//! | `style`, `spacing` | times, strictness, spaces and escapes |

mod control;
mod error;
mod field;
mod json;
mod limits;
mod payload;
mod reader;
mod shape;
mod spacing;
mod style;
mod writer;

pub use control::{Incoming, STOP};
pub use error::{CodecError, CodecErrorKind};
pub use json::Codec;
pub use limits::Limits;
pub use shape::Shape;

pub(crate) use field::{Field, named, open_words, push, unexpected, words};
pub(crate) use json::{finish, read, to_json, write};
pub(crate) use payload::{Payload, read as read_payload};
pub(crate) use reader::{Members, Reader};
pub(crate) use shape::{Record, shape};
pub(crate) use spacing::Spacing;
pub(crate) use style::{Form, Style, Zone};
pub(crate) use writer::Writer;
