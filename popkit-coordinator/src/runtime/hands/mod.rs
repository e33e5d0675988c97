//! Effects out: each is done at least once, in the order of their ids, and then confirmed.

mod documents;
mod lists;
mod speak;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Clock, Namespace};
use popkit_store::{Action as TaskAction, ChangeRequest, ErrorKind, StateStore, TaskStore};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::keys::Keys;
use super::leader::is_passing;
use crate::checks::Checker;
use crate::machine::{
    Action, Check, Checked, Content, Doc, Effect, EffectId, Event, Input, Verdict,
};
use documents::Documents;
use lists::Lists;
use speak::Mouth;

/// The rests between tries where something cannot be reached.
const REST: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// Effects that are taken together.
const BATCH: usize = 512;

/// An effect on its way, a document with what it says now.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) effect: Effect,
    pub(super) content: Option<Content>,
}

/// With what effects are done.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    pub(super) session: String,
    pub(super) namespace: Namespace,
    pub(super) keys: Keys,
    pub(super) documents: Arc<dyn StateStore>,
    pub(super) tasks: Option<Arc<dyn TaskStore>>,
    pub(super) transport: Arc<dyn popkit_transport::Transport>,
    pub(super) codec: popkit_protocol::Codec,
    pub(super) ids: Arc<dyn popkit_protocol::IdSource>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) checker: Option<Arc<dyn Checker>>,
    pub(super) reporter: Option<super::Reporter>,
    /// Options of every save of this term.
    pub(super) guarded: popkit_store::SaveOptions,
    /// How long a status is kept that is not renewed.
    pub(super) status: Duration,
    pub(super) message_ttl: Option<Duration>,
    pub(super) store_patterns: bool,
}

/// Does effects, one after the other; checks beside that.
pub(super) struct Hands {
    tools: Tools,
    mouth: Mouth,
    documents: Documents,
    lists: Lists,
    checks: JoinSet<Verdict>,
    /// Which check each of them is.
    checked: HashMap<tokio::task::Id, (EffectId, Check)>,
    done: mpsc::UnboundedSender<Input>,
}

/// Why hands stop.
enum Stop {
    /// The term is over: somebody else leads.
    Fenced,
}

impl Hands {
    pub(super) fn new(tools: Tools, done: mpsc::UnboundedSender<Input>) -> Self {
        let mouth = Mouth::new(&tools);
        let documents = Documents::new(&tools);
        let lists = Lists::new(&tools);
        let (checks, checked) = (JoinSet::new(), HashMap::new());
        Self { tools, mouth, documents, lists, checks, checked, done }
    }

    /// Goes on until no more orders can come, or the term is over.
    pub(super) async fn work(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            let mut batch = Vec::new();
            tokio::select! {
                count = orders.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return;
                    }
                    if let Err(Stop::Fenced) = self.carry_out(batch).await {
                        return;
                    }
                }
                Some(ended) = self.checks.join_next_with_id(), if !self.checks.is_empty() => {
                    self.checked(ended);
                }
            }
        }
    }

    /// A check has answered, or has panicked: then nobody can say but a person.
    fn checked(&mut self, ended: Result<(tokio::task::Id, Verdict), tokio::task::JoinError>) {
        let (task, verdict) = match ended {
            Ok((task, verdict)) => (task, verdict),
            Err(error) => {
                tracing::error!(%error, "a check ended in a panic");
                (error.id(), Verdict::Unknown)
            }
        };
        if let Some((id, check)) = self.checked.remove(&task) {
            self.say(Input::Checked(Checked { subject: check.subject, verdict }));
            self.confirm(vec![id]);
        }
    }

    fn say(&self, input: Input) {
        // The driver is gone: the next leader does it again.
        let _ = self.done.send(input);
    }

    fn confirm(&self, effects: Vec<EffectId>) {
        if !effects.is_empty() {
            self.say(Input::Done { effects });
        }
    }

    async fn carry_out(&mut self, batch: Vec<Order>) -> Result<(), Stop> {
        let mut rest = batch.as_slice();
        while let Some(first) = rest.first() {
            let is_same = |order: &&Order| kind(&order.effect.action) == kind(&first.effect.action);
            let run = rest.iter().take_while(is_same).count();
            let (now, later) = rest.split_at(run);
            rest = later;
            match kind(&first.effect.action) {
                Kind::Message => self.mouth.speak(now).await,
                Kind::Record => self.records(now).await?,
                Kind::Other => {
                    for order in now {
                        self.one(order).await?;
                    }
                }
            }
            let is_check = |order: &&Order| matches!(order.effect.action, Action::Check(_));
            let done = now.iter().filter(|order| !is_check(order)).map(|order| order.effect.id);
            self.confirm(done.collect());
        }
        Ok(())
    }

    async fn records(&mut self, orders: &[Order]) -> Result<(), Stop> {
        let events: Vec<(u64, &Event)> = orders
            .iter()
            .filter_map(|order| match &order.effect.action {
                Action::Record { number, event } => Some((*number, event)),
                _ => None,
            })
            .collect();
        if let Some(reporter) = &self.tools.reporter {
            events.iter().for_each(|(number, event)| reporter.tell(*number, event));
        }
        let mut rest = REST.0;
        let now = self.tools.clock.now();
        while let Err(error) = self.lists.record(&events, now).await {
            self.after(&error, &mut rest, "the journal").await?;
            if !is_passing(&error) {
                break;
            }
        }
        Ok(())
    }

    async fn one(&mut self, order: &Order) -> Result<(), Stop> {
        let mut rest = REST.0;
        loop {
            let done = match &order.effect.action {
                Action::Save(Doc::Pattern(_)) if !self.tools.store_patterns => Ok(()),
                Action::Save(doc) => self.documents.save(doc, order.content.as_ref()).await,
                Action::Clear => self.documents.clear().await,
                Action::DeadLetter(letter) => {
                    self.lists.dead(order.effect.id, letter, self.tools.clock.now()).await
                }
                Action::Output(output) => self.lists.output(output).await,
                Action::CancelTask { task, reason } => self.cancel(task.clone(), reason).await,
                Action::Check(check) => {
                    self.begin_check(order.effect.id, check.clone());
                    Ok(())
                }
                _ => Ok(()),
            };
            match done {
                Ok(()) => return Ok(()),
                Err(error) => {
                    self.after(&error, &mut rest, name(&order.effect.action)).await?;
                    if !is_passing(&error) {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// What to do about an effect that failed: try again, let it be, or stop.
    async fn after(
        &self,
        error: &popkit_store::Error,
        rest: &mut Duration,
        what: &str,
    ) -> Result<(), Stop> {
        if error.kind() == ErrorKind::Conflict {
            return Err(Stop::Fenced);
        }
        if !is_passing(error) {
            tracing::error!(%error, what, "the coordinator cannot do this, and goes on without");
            return Ok(());
        }
        tracing::warn!(%error, what, "the coordinator cannot do this yet, trying again");
        tokio::time::sleep((*rest).max(error.retry_after().unwrap_or_default())).await;
        *rest = (*rest * 2).min(REST.1);
        Ok(())
    }

    async fn cancel(
        &self,
        task: popkit_protocol::TaskId,
        reason: &str,
    ) -> popkit_store::Result<()> {
        let Some(tasks) = &self.tools.tasks else { return Ok(()) };
        let action = TaskAction::Cancel { reason: Some(reason.to_owned()) };
        match tasks.change(ChangeRequest::new(task, action, "coordinator")).await {
            Ok(_) => Ok(()),
            // It is gone, or has ended.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IllegalTransition) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn begin_check(&mut self, id: EffectId, check: Check) {
        let (checker, asked) = (self.tools.checker.clone(), check.clone());
        let task = self.checks.spawn(async move {
            match checker {
                Some(checker) => checker.check(&asked).await,
                None => Verdict::Unknown,
            }
        });
        self.checked.insert(task.id(), (id, check));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Message,
    Record,
    Other,
}

fn kind(action: &Action) -> Kind {
    match action {
        Action::Publish(_) | Action::Broadcast(_) => Kind::Message,
        Action::Record { .. } => Kind::Record,
        _ => Kind::Other,
    }
}

fn name(action: &Action) -> &'static str {
    match action {
        Action::Save(Doc::Status) => "the status",
        Action::Save(_) => "a document",
        Action::Clear => "the documents of a session that is over",
        Action::DeadLetter(_) => "a dead letter",
        Action::Output(_) => "a part of a stream",
        Action::CancelTask { .. } => "the cancel of a task",
        _ => "an effect",
    }
}
