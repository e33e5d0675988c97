//! Reading the session's documents.

use popkit_protocol::{Clock as _, SystemClock};
use serde_json::Value;

use super::Stand;
use crate::command::power::replay::status_of;
use crate::error::CliError;
use crate::session::{Kept, Place, SessionSite};

/// What was found.
#[derive(Debug)]
pub(in crate::command::power) struct Looked {
    /// The session, as its coordinator keeps it; `None` where another program coordinates it.
    pub(in crate::command::power) kept: Option<Kept>,
    /// How it stands: as its coordinator says it, else as it was kept.
    pub(in crate::command::power) stand: Stand,
    /// Who leads, and since when: `{holder, name, since}`.
    pub(in crate::command::power) leader: Option<Value>,
    /// What waits for a person, newest first.
    pub(in crate::command::power) questions: Vec<Value>,
    /// What came out of one that is over.
    pub(in crate::command::power) completed: Option<Value>,
}

/// Looks at the session that runs here, or at the last one; `None` where there was none.
///
/// # Errors
///
/// Those of the store.
pub(in crate::command::power) async fn look(place: &Place) -> Result<Option<Looked>, CliError> {
    let Some(site) = place.look().await? else { return Ok(None) };
    let looked = read(&site).await;
    let closed = site.close().await;
    let looked = looked?;
    closed?;
    Ok(looked)
}

pub(in crate::command::power) async fn read(
    site: &SessionSite,
) -> Result<Option<Looked>, CliError> {
    let kept = site.kept().await?;
    let told = site.value("coordinator:status").await?;
    // Of a session that is over the machine knows more than what was told last.
    let status = match (&kept, told) {
        (Some(kept), told) if kept.is_over || told.is_none() => status_of(&kept.machine)?,
        (_, Some(told)) => told,
        (_, None) => return Ok(None),
    };
    let completed = match &kept {
        Some(kept) if kept.is_over => site.value(&format!("completed:{}", kept.id)).await?,
        _ => None,
    };
    let (leader, questions) = (site.value("leader").await?, site.list("human").await?);
    let mut stand = Stand::read(&status)?;
    if leader.is_some() {
        stand.catch_up(SystemClock.now());
    }
    Ok(Some(Looked { stand, kept, leader, questions, completed }))
}

impl Looked {
    /// Whether it is over.
    pub(in crate::command::power) fn is_over(&self) -> bool {
        self.stand.end.is_some()
    }

    /// How many phases were finished.
    pub(in crate::command::power) fn phases_completed(&self) -> usize {
        let listed = self.completed.as_ref().and_then(|all| all.get("phases_completed"));
        match listed.and_then(Value::as_array) {
            Some(all) => all.len(),
            None => usize::try_from(self.stand.phase_index).unwrap_or(usize::MAX),
        }
    }
}
