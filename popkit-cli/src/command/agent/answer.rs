//! Waiting for what a person decides.

use std::time::Duration;

use popkit_protocol::session::{ActionDigest, ApprovalState};
use popkit_protocol::{AgentId, Approval, Clock as _, Codec, MessageId, SystemClock, Timestamp};
use popkit_store::{Document, ErrorKind, SaveOptions, StateKey, Version};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::error::CliError;
use crate::exit::Exit;
use crate::session::SessionSite;

/// With what the names of approvals begin.
const PREFIX: &str = "approval:";
/// Documents read at once.
const PAGE: usize = 100;
/// The rest between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// How long a coordinator has to take a question up: another one may have to take over first.
const PICKED_UP: Duration = Duration::from_secs(60);
/// How long it has, beyond the life of a question, to say that nobody decided.
const GRACE: Duration = Duration::from_secs(30);
/// How long an approval is kept that was used.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// What was decided.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Answer {
    /// Under which id it was decided.
    pub(super) decision: MessageId,
    pub(super) approved: bool,
    /// Who decided; nobody where the time was up.
    pub(super) by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) notes: Option<String>,
    pub(super) at: Option<Timestamp>,
}

/// A question that was asked. The agent's inbox belongs to the agent's own process, so the
/// answer is looked for in the documents.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    site: &'a SessionSite,
    agent: &'a AgentId,
    action: String,
    /// The message that asked: the answer to another one is no answer, even to the same
    /// question of the same agent.
    message: MessageId,
}

/// What is known of a question at one look.
#[derive(Debug, PartialEq)]
enum Found {
    /// Nothing, or nothing any more.
    Nothing,
    Waits,
    /// The session is over.
    Over,
    Yes(Answer),
    No(Answer),
}

/// Where an approval is kept, and under which id it is decided.
#[derive(Debug, Clone)]
struct Kept {
    key: StateKey,
    decision: MessageId,
}

impl<'a> Asked<'a> {
    /// The question of this message, whether this agent may do this.
    pub(super) fn new(
        site: &'a SessionSite,
        agent: &'a AgentId,
        action: &str,
        message: MessageId,
    ) -> Self {
        Self { site, agent, action: action.to_owned(), message }
    }

    /// The answer to it. Silence is a no.
    ///
    /// # Errors
    ///
    /// "Try again" where no coordinator takes it up; those of the store, but for such as pass
    /// while there is time.
    pub(super) async fn answer(&self, patience: Duration) -> Result<Answer, CliError> {
        let asked = Instant::now();
        let mut last: Option<Kept> = None;
        loop {
            let waited = asked.elapsed();
            match self.look(&mut last).await {
                Ok(Found::Yes(answer) | Found::No(answer)) => return Ok(answer),
                Ok(found) => {
                    if let Some(end) = Self::given_up(
                        &found,
                        last.as_ref().map(|kept| &kept.decision),
                        waited,
                        patience,
                    ) {
                        return end;
                    }
                }
                Err(error) if is_passing(&error) && waited < patience => {
                    tracing::warn!(%error, "cannot look for the answer, trying again");
                }
                Err(error) => return Err(error),
            }
            sleep(LOOK).await;
        }
    }

    /// What to answer where no decision is to be expected any more.
    fn given_up(
        found: &Found,
        last: Option<&MessageId>,
        waited: Duration,
        patience: Duration,
    ) -> Option<Result<Answer, CliError>> {
        match (found, last) {
            (Found::Over, None) => Some(Err(over())),
            (Found::Over | Found::Nothing, Some(id)) => {
                Some(Ok(no(id, "the session ended before anybody decided")))
            }
            (Found::Nothing, None) => (waited >= PICKED_UP.min(patience)).then(|| Err(ignored())),
            (_, Some(id)) => {
                let is_late = waited >= patience.saturating_add(GRACE);
                is_late.then(|| Ok(no(id, "nobody has decided in time")))
            }
            (_, None) => None,
        }
    }

    async fn look(&self, last: &mut Option<Kept>) -> Result<Found, CliError> {
        // Before the approval: a session may decide and end between two looks.
        let is_over = self.site.value("objective").await?.is_none();
        if last.is_none() {
            *last = self.find().await?;
        }
        let waits = if is_over { Found::Over } else { Found::Waits };
        let Some(kept) = last else {
            return Ok(if is_over { Found::Over } else { Found::Nothing });
        };
        let found = self.site.documents.load(&kept.key).await?;
        let read = found.and_then(|found| Some((self.own(&found.value)?, found.version)));
        let Some((approval, version)) = read else {
            return Ok(if is_over { Found::Over } else { Found::Nothing });
        };
        let no = |notes: &str| Found::No(no(&kept.decision, notes));
        Ok(match approval.state(SystemClock.now()) {
            ApprovalState::Approved => match self.redeem(kept, approval, version).await? {
                Some(answer) => Found::Yes(answer),
                None => waits,
            },
            ApprovalState::Denied => Found::No(answer(kept, &approval)),
            ApprovalState::Expired => no("nobody has decided in time"),
            // A yes counts once, and who used it has done what it allows.
            ApprovalState::Used => no("the yes is used up already; ask again"),
            _ => waits,
        })
    }

    /// Uses the approval up, so that no other process takes it for its own; `None` where it
    /// changed meanwhile.
    async fn redeem(
        &self,
        kept: &Kept,
        mut approval: Approval,
        version: Version,
    ) -> Result<Option<Answer>, CliError> {
        let digest = ActionDigest::of(&self.action);
        if approval.redeem(SystemClock.now(), self.agent, digest).is_err() {
            return Ok(None);
        }
        let json = Codec::default().to_json(&approval)?;
        let opts = SaveOptions::default().if_version(version).ttl(KEPT);
        let document = Document::text(json.as_str().to_owned());
        match self.site.documents.save(&kept.key, document, opts).await {
            Ok(_) => Ok(Some(answer(kept, &approval))),
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Where the approval is kept that this question asked for.
    async fn find(&self) -> Result<Option<Kept>, CliError> {
        let mut after: Option<StateKey> = None;
        loop {
            let page = self.site.documents.list(PREFIX, after.as_ref(), PAGE).await?;
            for (key, document) in &page.items {
                let id = key.as_str().strip_prefix(PREFIX).unwrap_or_default();
                if self.own(&document.value).is_some()
                    && let Ok(decision) = MessageId::new(id)
                {
                    return Ok(Some(Kept { key: key.clone(), decision }));
                }
            }
            match page.items.into_iter().next_back() {
                Some((last, _)) if page.next.is_some() => after = Some(last),
                _ => return Ok(None),
            }
        }
    }

    /// The approval, if it is the one that this question asked for.
    fn own(&self, document: &Document) -> Option<Approval> {
        let asked = |approval: &Approval| {
            let request = &approval.request;
            request.id == self.message
                && request.agent == *self.agent
                && request.action == self.action
        };
        read(document).filter(asked)
    }
}

fn read(document: &Document) -> Option<Approval> {
    let Document::Text(text) = document else { return None };
    serde_json::from_slice(text).ok()
}

fn answer(kept: &Kept, approval: &Approval) -> Answer {
    let id = &kept.decision;
    let Some(decision) = &approval.decision else { return no(id, "nobody has decided") };
    Answer {
        decision: id.clone(),
        approved: decision.approved,
        by: Some(decision.decided_by.clone()),
        notes: decision.notes.clone(),
        at: Some(decision.decided_at),
    }
}

fn no(id: &MessageId, notes: &str) -> Answer {
    let notes = Some(notes.to_owned());
    Answer { decision: id.clone(), approved: false, by: None, notes, at: None }
}

/// Whether another try may succeed.
fn is_passing(error: &CliError) -> bool {
    matches!(error.code, Exit::Unavailable | Exit::TryAgain)
}

fn over() -> CliError {
    let message = "the session ended before its coordinator took the question up; nothing is \
                   allowed";
    CliError::new(Exit::TryAgain, message)
}

fn ignored() -> CliError {
    let message = "no coordinator has taken the question up: none is there, or too many questions \
                   of this agent are open; see `popkit pending`, and ask again";
    CliError::new(Exit::TryAgain, message)
}
