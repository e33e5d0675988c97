//! A session as its coordinator keeps it.

use popkit_coordinator::machine::Machine;
use popkit_protocol::Json;
use popkit_store::{Document, StateKey};
use serde::Deserialize;

use super::SessionSite;
use crate::error::CliError;

/// The document.
const NAME: &str = "session:snapshot";
/// The form that this program knows.
const FORMAT: u32 = 1;
/// How often it is read anew where its coordinator wrote meanwhile.
const TRIES: usize = 3;

/// A session as its coordinator keeps it: the one that runs, or the last one.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Its id.
    pub(crate) id: String,
    /// What it is for.
    pub(crate) objective: String,
    /// Whether it is over, and everybody knows.
    pub(crate) is_over: bool,
    /// All of it, as it was when it was last saved.
    pub(crate) machine: Machine,
    /// The machine as it stands in the document.
    pub(crate) snapshot: Json,
}

#[derive(Deserialize)]
struct Head {
    format: u32,
    #[serde(default)]
    parts: Option<Parts>,
    #[serde(default)]
    kept: Option<Body>,
}

#[derive(Deserialize)]
struct Parts {
    set: u8,
    count: u32,
}

#[derive(Deserialize)]
struct Body {
    session: String,
    objective: String,
    is_over: bool,
    machine: Json,
}

impl SessionSite {
    /// The session that runs here, or the last one; `None` where there was none, or it is
    /// forgotten.
    ///
    /// # Errors
    ///
    /// Those of the store; what is kept is damaged, or of a newer popkit.
    pub(crate) async fn kept(&self) -> Result<Option<Kept>, CliError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.read_kept().await {
                Err(Trouble::Torn(_)) if tries < TRIES => {}
                Err(Trouble::Torn(error) | Trouble::Other(error)) => return Err(error),
                Ok(kept) => return Ok(kept),
            }
        }
    }

    async fn read_kept(&self) -> Result<Option<Kept>, Trouble> {
        let Some(text) = self.text(NAME).await? else { return Ok(None) };
        let head: Head = serde_json::from_slice(&text).map_err(|e| Trouble::Other(damaged(&e)))?;
        if head.format > FORMAT {
            let message = format!("the session has the form {}; update this popkit", head.format);
            return Err(Trouble::Other(CliError::data(message)));
        }
        let body = match (head.kept, head.parts) {
            (Some(body), _) => body,
            (None, Some(parts)) => self.gather(&parts).await?,
            (None, None) => return Err(Trouble::Other(damaged(&"it holds nothing"))),
        };
        let machine = Machine::restore(&body.machine).map_err(|e| Trouble::Other(damaged(&e)))?;
        let Body { session: id, objective, is_over, machine: snapshot } = body;
        Ok(Some(Kept { id, objective, is_over, machine, snapshot }))
    }

    /// The parts are written anew in turns: one that does not fit was overwritten meanwhile.
    async fn gather(&self, parts: &Parts) -> Result<Body, Trouble> {
        let mut whole = Vec::new();
        for part in 0..parts.count {
            let name = format!("{NAME}:{}:{part}", parts.set);
            let Some(text) = self.text(&name).await? else {
                return Err(Trouble::Torn(damaged(&"a part is missing")));
            };
            whole.extend_from_slice(&text);
        }
        serde_json::from_slice(&whole).map_err(|e| Trouble::Torn(damaged(&e)))
    }

    async fn text(&self, name: &str) -> Result<Option<Vec<u8>>, CliError> {
        match self.documents.load(&StateKey::new(name)?).await?.map(|found| found.value) {
            None => Ok(None),
            Some(Document::Text(text)) => Ok(Some(text.to_vec())),
            Some(_) => Err(damaged(&"it is no text")),
        }
    }
}

enum Trouble {
    /// Reading it again may help.
    Torn(CliError),
    Other(CliError),
}

impl From<CliError> for Trouble {
    fn from(error: CliError) -> Self {
        Self::Other(error)
    }
}

fn damaged(why: &dyn std::fmt::Display) -> CliError {
    CliError::data(format!("the document {NAME} of the session is unreadable: {why}"))
}
