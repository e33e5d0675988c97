//! Which lease a command is about.

use std::time::Duration;

use clap::Args;
use popkit_protocol::{AgentId, HolderId, LeaseToken, TaskId};
use popkit_store::TaskStoreExt as _;

use super::super::{Desk, named_or_own, unknown};
use super::tokens::{Kept, Tokens};
use crate::context;
use crate::error::CliError;
use crate::exit::Exit;

/// The task and the agent that holds it.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The agent that claimed it [env: POPKIT_AGENT]
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentId>,
}

/// A lease in use.
pub(super) struct Held {
    pub(super) token: LeaseToken,
    pub(super) holder: HolderId,
    pub(super) lease: Duration,
    /// It belongs to a `popkit run`, which finishes the task itself.
    pub(super) of_run: bool,
    tokens: Tokens,
}

impl Held {
    fn own(kept: Kept, tokens: Tokens) -> Self {
        let Kept { token, holder, lease, .. } = kept;
        Self { token, holder, lease, of_run: false, tokens }
    }

    /// Forgets the token: the lease has ended.
    pub(super) fn forget(&self) -> Result<(), CliError> {
        if self.of_run { Ok(()) } else { self.tokens.forget(&self.token) }
    }
}

/// Finds the lease: by the kept tokens, else by the surrounding `popkit run`.
pub(super) async fn find(desk: &Desk, which: Which, id: Option<TaskId>) -> Result<Held, CliError> {
    let agent = context::agent(which.agent)?;
    let tokens = Tokens::of(desk, &agent);
    let kept = tokens.read()?;
    let Some(id) = named_or_own(id)? else {
        let only = only(desk, &agent, kept).await?;
        return Ok(Held::own(only, tokens));
    };
    if let Some(kept) = kept.into_iter().find(|kept| kept.token.task == id) {
        return Ok(Held::own(kept, tokens));
    }
    of_run(desk, &agent, &id, tokens).await
}

/// The only task that the agent holds.
async fn only(desk: &Desk, agent: &AgentId, mut kept: Vec<Kept>) -> Result<Kept, CliError> {
    if kept.len() > 1 {
        // Some may be lost since: they are no reason to ask.
        let ids: Vec<TaskId> = kept.iter().map(|kept| kept.token.task.clone()).collect();
        let tasks = desk.tasks.get_many(&ids).await?;
        let current = |kept: &Kept| {
            let hold = tasks.iter().flatten().find(|task| *task.id() == kept.token.task);
            hold.and_then(|task| task.hold.as_ref()).is_some_and(|hold| hold.is(&kept.token))
        };
        kept.retain(current);
    }
    match <[Kept; 1]>::try_from(kept) {
        Ok([only]) => Ok(only),
        Err(none) if none.is_empty() => Err(CliError::new(
            Exit::Refused,
            format!("agent {agent} holds no task here; `popkit task claim --agent {agent}`"),
        )),
        Err(several) => {
            let ids: Vec<&str> = several.iter().map(|kept| kept.token.task.as_str()).collect();
            let ids = ids.join(", ");
            Err(CliError::usage(format!("agent {agent} holds several tasks: {ids}; name one")))
        }
    }
}

/// The lease under which `popkit run` started this command.
///
/// No token is handed to a child, only the fence of its attempt. The fence says which claim
/// is meant, so the other half of the pair can be read from the store: after a rescue the
/// fences differ, and the child is refused like any stale holder.
async fn of_run(
    desk: &Desk,
    agent: &AgentId,
    id: &TaskId,
    tokens: Tokens,
) -> Result<Held, CliError> {
    let task = desk.tasks.get(id).await?.ok_or_else(|| unknown(id))?;
    let own = context::var("POPKIT_TASK_ID").is_some_and(|own| own == id.as_str());
    let fence = context::var("POPKIT_FENCE").filter(|_| own);
    let hold = task.hold.filter(|hold| {
        hold.agent == *agent && fence.as_ref().is_some_and(|f| *f == hold.fence.to_string())
    });
    let Some(hold) = hold else {
        let lost = if fence.is_some() { "the lease of this attempt is lost" } else { "claim it" };
        let message = format!("agent {agent} has no lease of task {id}; {lost}");
        return Err(CliError::new(Exit::Refused, message));
    };
    let token = LeaseToken { task: id.clone(), fence: hold.fence, claim: hold.claim };
    Ok(Held { token, holder: hold.holder, lease: hold.length, of_run: true, tokens })
}
