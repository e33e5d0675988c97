//! `popkit task claim`.

use std::time::Duration;

use clap::Args;
use popkit_protocol::{
    AgentId, Capability, Kinds, Lease, Outcome, Profile, RandomIds, TaskKind, duration, limits,
};
use popkit_store::{Claimant, Waiter};
use tokio::time::Instant;

use super::super::Desk;
use super::super::view::{json::ClaimView, text};
use super::tokens::Tokens;
use crate::context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;
use crate::signals::Signals;

/// The arguments of `popkit task claim`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct ClaimArgs {
    /// Who claims [env: POPKIT_AGENT]
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentId>,
    /// Only tasks of these kinds
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<TaskKind>,
    /// What the agent can do: tasks that require more are not for it
    #[arg(long, value_delimiter = ',')]
    capabilities: Vec<Capability>,
    /// How long the lease lasts unless renewed by `progress`
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration::parse)]
    lease: Duration,
    /// Wait so long for work
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    wait: Option<Duration>,
    /// Claim up to so many tasks
    #[arg(long, value_name = "N", default_value_t = 1)]
    max: usize,
}

/// Claims tasks.
pub(in crate::command::task) async fn run(args: ClaimArgs, desk: &Desk) -> Result<Exit, CliError> {
    if !(1..=limits::STEP).contains(&args.max) {
        return Err(CliError::usage(format!("--max: expected 1 to {}", limits::STEP)));
    }
    let agent = context::agent(args.agent.clone())?;
    let tokens = Tokens::of(desk, &agent);
    // A claim whose token cannot be kept is lost: find that out before.
    desk.namespace.create()?;
    tokens.read()?;
    let kinds = match args.kinds.is_empty() {
        true => Kinds::Any,
        false => Kinds::Only(args.kinds.iter().cloned().collect()),
    };
    let profile = Profile::new(agent.clone(), kinds, args.capabilities.iter().cloned());
    let claimant = Claimant::new(&RandomIds, profile).with_lease(args.lease);
    let leases = match claim(desk, &claimant, &args).await? {
        Claimed::Leases(leases) => leases,
        Claimed::Nothing => return Err(nothing(&agent, &args)),
        Claimed::Interrupted => return Ok(Exit::Interrupted),
    };
    if let Err(error) = tokens.keep(&leases, claimant.holder, args.lease) {
        give_back(desk, &claimant, &leases).await;
        return Err(error);
    }
    for (i, lease) in leases.iter().enumerate() {
        if desk.cx.json {
            output::json(&ClaimView::new(lease, &agent, args.lease))?;
        } else {
            let gap = if i == 0 { "" } else { "\n" };
            output::line(format!("{gap}{}", text::task(&lease.task)))?;
        }
    }
    Ok(Exit::Done)
}

enum Claimed {
    Leases(Vec<Lease>),
    Nothing,
    Interrupted,
}

/// Steps, and waits between the steps. A signal ends a wait, never a step: what is claimed is
/// known.
async fn claim(desk: &Desk, claimant: &Claimant, args: &ClaimArgs) -> Result<Claimed, CliError> {
    let mut signals = Signals::new()?;
    let deadline = args.wait.map(|wait| Instant::now() + wait);
    loop {
        let wanted = claimant.wants(args.max, &RandomIds);
        let request = claimant.step(&RandomIds).with_claim(wanted);
        let reply = desk.tasks.step(request).await?;
        if !reply.leases.is_empty() {
            return Ok(Claimed::Leases(reply.leases));
        }
        let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let Some(left) = left.filter(|left| !left.is_zero()) else { return Ok(Claimed::Nothing) };
        let pause = reply.next_due.map_or(left, |due| left.min(due));
        let wanted = claimant.wants(args.max, &RandomIds);
        let waiter = Waiter::new(claimant.holder, 0, wanted, pause);
        let wake = tokio::select! {
            wake = desk.tasks.wait(waiter) => wake?,
            () = signals.next() => {
                withdraw(desk, claimant).await;
                return Ok(Claimed::Interrupted);
            }
        };
        if !wake.leases.is_empty() {
            return Ok(Claimed::Leases(wake.leases));
        }
    }
}

/// After a wait that was broken off: a store that hands work to its waiters may have done so
/// just then. A step of the slot ends its wait and brings what came; nobody would finish it.
async fn withdraw(desk: &Desk, claimant: &Claimant) {
    match desk.tasks.step(claimant.step(&RandomIds)).await {
        Ok(reply) if !reply.leases.is_empty() => give_back(desk, claimant, &reply.leases).await,
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(%error, "the wait could not be taken back; a lease would run out");
        }
    }
}

fn nothing(agent: &AgentId, args: &ClaimArgs) -> CliError {
    let hint = if args.wait.is_some() { "" } else { "; --wait TIME waits for work" };
    CliError::new(Exit::TryAgain, format!("there is nothing to claim for agent {agent}{hint}"))
}

/// Gives back what nobody could finish: its tokens are not kept.
async fn give_back(desk: &Desk, claimant: &Claimant, leases: &[Lease]) {
    let mut request = claimant.step(&RandomIds);
    for lease in leases {
        request = request.with_finish(lease.token.clone(), Outcome::Release);
    }
    if let Err(error) = desk.tasks.step(request).await {
        tracing::warn!(%error, "claimed tasks could not be given back; their leases run out");
    }
}
