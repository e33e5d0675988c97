//! All that is looked at.

use std::sync::Arc;

use popkit_coordinator::agent::interface::{InterfaceAgent, Question, StatusReport};
use popkit_protocol::{Namespace as Session, text};
use popkit_store::{MemoryStore, Opened, StateStore};
use popkit_transport::Transport;

use super::agents::{AgentStatus, agents};
use super::tasks::{Blocked, Phase, look};
use crate::command::decide::questions;
use crate::context::{Context, is_server, shown};
use crate::error::CliError;
use crate::messages::{Address, Heartbeats, Scoped, heartbeats};
use crate::session::SessionSite;
use crate::{input, output};

/// In whose name the store is looked at.
const NAME: &str = "status";
/// Bytes of a question by which it is known again: a coordinator keeps long ones cut.
const COMPARED: usize = 200;

/// How things stand.
pub(super) struct Gathered {
    /// The name of the plan.
    pub(super) plan: String,
    /// What people call it: a server, where nobody named a plan.
    pub(super) title: String,
    /// Whether there is a store of tasks.
    pub(super) has_tasks: bool,
    pub(super) report: StatusReport,
    pub(super) phases: Vec<Phase>,
    /// The first blocked tasks, and how many there are.
    pub(super) blocked: Vec<Blocked>,
    pub(super) blocked_total: usize,
    pub(super) agents: Vec<AgentStatus>,
}

/// Looks at the store, and at the messages where there are any.
pub(super) async fn gather(cx: &Context) -> Result<Gathered, CliError> {
    let room = cx.selected_for_messages()?;
    let address = match cx.transport_url() {
        Some(url) => Address::given(cx, url)?,
        None => Address::of_room(cx, &room),
    };
    let has_tasks = cx.has_store(&room)?;
    let store = match has_tasks || !address.exists() {
        true => cx.open(&room).await?,
        // Messages may come first; to look makes no store.
        false => Opened::of(&MemoryStore::new()),
    };
    let scope = address.scope(&cx.store_place(&room));
    let looked = look_at(cx, (room.name(), has_tasks), (&store, &scope), &address).await;
    let closed = store.tasks.close().await;
    let gathered = looked?;
    closed?;
    Ok(gathered)
}

async fn look_at(
    cx: &Context,
    (plan, has_tasks): (&str, bool),
    (store, scope): (&Opened, &str),
    address: &Address,
) -> Result<Gathered, CliError> {
    let desk = InterfaceAgent::new(NAME, Arc::clone(&store.tasks))?;
    let documents = Scoped::of(Arc::clone(&store.documents), scope);
    let mail = Mail::open(cx, address).await;
    let mut beats = Heartbeats::new();
    if let Some(mail) = &mail {
        beats = mail.hear(&desk).await.unwrap_or_default();
    }
    let mut report = desk.status().await?;
    if !report.questions.is_empty() {
        let (tasks, documents) = (Arc::clone(&store.tasks), Arc::clone(&documents));
        let site = SessionSite::new(tasks, documents, address.clone());
        drop_answered(&mut report.questions, &site).await?;
    }
    let (phases, blocked, blocked_total) = look(&*store.tasks).await?;
    let reading = mail.as_ref().map(|mail| (&mail.transport, &mail.session));
    let written = address.there().new_agents(&address.session).await;
    let agents = agents(&report, (beats, written), &documents, reading).await?;
    if let Some(mail) = &mail {
        // Nothing was published.
        let _ = mail.transport.close().await;
    }
    let title = match cx.store_url().filter(|url| is_server(url)) {
        Some(url) if cx.plan().is_none() => shown(&url),
        _ => plan.to_owned(),
    };
    let plan = plan.to_owned();
    Ok(Gathered { plan, title, has_tasks, report, phases, blocked, blocked_total, agents })
}

/// Where a session has a coordinator, only what that has written down waits for an answer: an
/// answer goes to whoever asked, and is heard by nobody else.
async fn drop_answered(asked: &mut Vec<Question>, site: &SessionSite) -> Result<(), CliError> {
    let Some(status) = site.value("coordinator:status").await? else { return Ok(()) };
    let said_at = status.get("updated_at").and_then(|at| input::time(at.as_str()?));
    let Some(said_at) = said_at else { return Ok(()) };
    let open = questions(site).await?;
    let start = |text: &str| text::clean(text, COMPARED).into_owned();
    asked.retain(|one| {
        // It may not have heard of later ones, or be gone.
        if one.at > said_at {
            return true;
        }
        let (from, text) = (one.from.to_string(), start(&one.decision_needed));
        open.iter().any(|open| open.from == from && start(&open.question) == text)
    });
    Ok(())
}

/// Messages that can be read.
struct Mail {
    transport: Arc<dyn Transport>,
    session: Session,
}

impl Mail {
    /// The messages, where there are any. That they cannot be read is told: the tasks are
    /// shown all the same.
    async fn open(cx: &Context, address: &Address) -> Option<Self> {
        if !address.exists() {
            return None;
        }
        let opened = told(address.open_to_look(cx).await)?;
        Some(Self { transport: opened, session: address.session.clone() })
    }

    /// What was said, and who was heard.
    async fn hear(&self, desk: &InterfaceAgent) -> Option<Heartbeats> {
        let heard = desk.catch_up(&*self.transport, &self.session).await;
        told(heard.map_err(CliError::from))?;
        told(heartbeats(&*self.transport, &self.session).await)
    }
}

fn told<T>(result: Result<T, CliError>) -> Option<T> {
    result
        .inspect_err(|error| output::note(format!("popkit: the messages cannot be read: {error}")))
        .ok()
}

/// Where places in channels are kept.
pub(super) type Documents = Arc<dyn StateStore>;
