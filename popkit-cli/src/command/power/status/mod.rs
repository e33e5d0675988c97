//! `popkit power status`.
//!
//! | Room | Holds |
//! |---|---|
//! | `look` | reading the session's documents |
//! | `stand` | [`Stand`]: what the document `coordinator:status` says |
//! | `view` | the report, for people and as JSON |

mod look;
mod stand;
mod view;

pub(super) use look::{Looked, look, read};
pub(super) use stand::{Stand, end_text, state_line};

use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION};
use crate::session::Place;

/// The JSON form where there is no session, version 1.
#[derive(Debug, Serialize)]
pub(super) struct NoSession {
    v: u8,
    session: Option<()>,
}

/// There is none.
pub(super) const NO_SESSION: NoSession = NoSession { v: VERSION, session: None };

/// Shows how the session stands.
pub(super) async fn run(cx: &Context) -> Result<Exit, CliError> {
    let place = Place::find(cx)?;
    match look(&place).await? {
        Some(looked) if cx.json => view::json(&looked, &place)?,
        Some(looked) => view::text(&looked, &place)?,
        None if cx.json => output::json(&NO_SESSION)?,
        None => output::line(format!(
            "no session here ({}); `popkit power start OBJECTIVE` begins one",
            place.shown()
        ))?,
    }
    Ok(Exit::Done)
}
