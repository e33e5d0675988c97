//! `popkit approve`, `popkit deny`.

use std::time::Duration;

use clap::Args;
use popkit_coordinator::runtime::Decision;
use popkit_protocol::text::clean;
use popkit_protocol::{Clock as _, RandomIds, SystemClock};
use popkit_store::ErrorKind;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::given;
use super::question::{Question, brief, choose, questions};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION, short};
use crate::session::{Place, SessionSite, ensure_person};

/// How long the coordinator has to act.
const PATIENCE: Duration = Duration::from_secs(10);
/// The rest between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// Bytes of notes.
const NOTES: usize = 4096;

/// The arguments of `popkit approve` and `popkit deny`.
#[derive(Debug, Args)]
pub(crate) struct RuleArgs {
    /// Which question: its id, or the beginning of it; `popkit pending` shows them
    id: String,
    /// What the agent is told besides
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
}

/// A decision that was made, version 1.
#[derive(Debug, Serialize)]
struct RuledView<'a> {
    v: u8,
    #[serde(flatten)]
    decision: &'a Decision,
    question: &'a str,
    /// Whether the coordinator has acted upon it.
    taken_up: bool,
}

/// Says yes to a question.
pub(crate) async fn approve(args: RuleArgs, cx: Context) -> Result<Exit, CliError> {
    rule(&args, &cx, true).await
}

/// Says no to a question.
pub(crate) async fn deny(args: RuleArgs, cx: Context) -> Result<Exit, CliError> {
    rule(&args, &cx, false).await
}

async fn rule(args: &RuleArgs, cx: &Context, yes: bool) -> Result<Exit, CliError> {
    let by = ensure_person(if yes { "to approve" } else { "to deny" })?;
    if args.id.is_empty() {
        return Err(CliError::usage("which question? `popkit pending` shows them"));
    }
    let site = Place::find(cx)?.open().await?;
    let ruled = decide(&site, args, by, yes).await;
    let closed = site.close().await;
    let (question, decision, taken_up) = ruled?;
    closed?;
    if cx.json {
        let question = question.question.as_str();
        output::json(&RuledView { v: VERSION, decision: &decision, question, taken_up })?;
    } else {
        let word = if yes { "approved" } else { "denied" };
        output::line(format!("{} {word}: {}", question.id, short(&question.question, 200)))?;
    }
    if !taken_up {
        output::note(
            "it is written down; no coordinator has acted upon it yet, and the next one will",
        );
    }
    Ok(Exit::Done)
}

async fn decide(
    site: &SessionSite,
    args: &RuleArgs,
    by: String,
    yes: bool,
) -> Result<(Question, Decision, bool), CliError> {
    let all = questions(site).await?;
    let Some(question) = choose(&all, &args.id)?.cloned() else {
        return Err(match given::find(site, &args.id).await? {
            Some(given) => given.error(),
            None => unknown(&args.id, &all),
        });
    };
    let mut decision = Decision::new(question.id.clone(), yes, by, SystemClock.now());
    if let Some(notes) = args.notes.as_deref().map(str::trim).filter(|notes| !notes.is_empty()) {
        decision = decision.with_notes(clean(notes, NOTES));
    }
    match decision.write(&*site.documents).await {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::Conflict => {
            match given::written(site, &question.id).await? {
                // Who tries again after a notice that was lost says the same once more.
                Some(written) if written.approved == yes => decision = written,
                _ => {
                    let given = given::find(site, question.id.as_str()).await?;
                    return Err(given.map_or_else(|| error.into(), |given| given.error()));
                }
            }
        }
        Err(error) => return Err(error.into()),
    }
    // It is decided, whatever becomes of the notice.
    let taken_up = match tell(site, &decision).await {
        Ok(()) => is_taken_up(site, &question).await?,
        Err(error) => {
            tracing::warn!(%error, "the coordinator could not be told of a decision");
            false
        }
    };
    Ok((question, decision, taken_up))
}

/// Wakes the coordinator up.
async fn tell(site: &SessionSite, decision: &Decision) -> Result<(), CliError> {
    let notice = decision.notice(&RandomIds, &SystemClock)?;
    site.post().await?.send(&notice).await?;
    Ok(())
}

/// Waits until the question is open no more.
async fn is_taken_up(site: &SessionSite, question: &Question) -> Result<bool, CliError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let all = questions(site).await?;
        if !all.iter().any(|open| open.id == question.id) {
            return Ok(true);
        }
        if Instant::now() >= deadline {
            return Ok(false);
        }
        sleep(LOOK).await;
    }
}

fn unknown(given: &str, all: &[Question]) -> CliError {
    let given = short(given, 40);
    CliError::data(match all {
        [] => format!("no question {given} waits for an answer: none does"),
        all => format!("no question {given} waits for an answer; there are {}", brief(all.iter())),
    })
}
