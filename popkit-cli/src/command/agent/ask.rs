//! `popkit agent ask`.

use std::time::Duration;

use clap::Args;
use popkit_protocol::message::HumanRequired;
use popkit_protocol::text::clean;
use popkit_protocol::{
    AgentId, Clock as _, Envelope, Json, Message, Party, RandomIds, SystemClock, duration,
};
use serde::Serialize;

use super::answer::{Answer, Asked};
use crate::context::{Context, agent};
use crate::error::CliError;
use crate::exit::Exit;
use crate::input;
use crate::output::{self, VERSION};
use crate::session::{Place, SessionSite};
use crate::signals::Signals;

/// Bytes of a question, and of its context: as many as a person is shown.
const MOST: usize = 4096;

/// The arguments of `popkit agent ask`.
#[derive(Debug, Args)]
pub(super) struct AskArgs {
    /// What is to be decided: the exact action that a yes allows, once
    question: String,
    /// What one has to know for it: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    context: Option<String>,
    /// How long to wait for the decision; nothing decided by then is a no
    #[arg(long, value_name = "TIME", value_parser = patience, default_value = "10m")]
    timeout: Duration,
    /// Who asks [env: POPKIT_AGENT]
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentId>,
}

/// A time that a question can wait for.
fn patience(text: &str) -> Result<Duration, String> {
    let time = duration::parse(text).map_err(|error| error.to_string())?;
    let day = Duration::from_secs(24 * 3600);
    if (Duration::from_secs(1)..=day).contains(&time) {
        Ok(time)
    } else {
        Err("a question waits 1s to 24h".to_owned())
    }
}

/// The decision, version 1.
#[derive(Debug, Serialize)]
struct AnswerView<'a> {
    v: u8,
    #[serde(flatten)]
    answer: &'a Answer,
}

/// Asks, and waits for the decision.
pub(super) async fn run(args: AskArgs, cx: &Context) -> Result<Exit, CliError> {
    let agent = agent(args.agent.clone())?;
    let question = question(&args)?;
    let mut signals = Signals::new()?;
    let site = Place::find(cx)?.look().await?.ok_or_else(no_session)?;
    let answered = tokio::select! {
        answered = ask(&site, &agent, question, args.timeout) => answered,
        () = signals.next() => {
            Err(CliError::new(Exit::Interrupted, "interrupted; the question may still be open"))
        }
    };
    let closed = site.close().await;
    let answer = answered?;
    closed?;
    if cx.json {
        output::json(&AnswerView { v: VERSION, answer: &answer })?;
    } else {
        output::line(text(&answer))?;
    }
    Ok(if answer.approved { Exit::Done } else { Exit::Refused })
}

fn question(args: &AskArgs) -> Result<HumanRequired, CliError> {
    let text = args.question.as_str();
    if text.trim().is_empty() {
        return Err(CliError::usage("what is the question? `popkit agent ask \"may I …?\"`"));
    }
    // A person must see all of what they allow.
    if clean(text, MOST) != text || output::clean(text) != text {
        return Err(CliError::data(format!(
            "the question has more than {MOST} bytes, or characters that nobody sees; ask for \
             less at once, and put what one has to know in --context"
        )));
    }
    let question = HumanRequired::new(text);
    let Some(context) = &args.context else { return Ok(question) };
    let context: Json = input::json("--context", context)?;
    if context.len() > MOST {
        return Err(CliError::data(format!("--context: more than {MOST} bytes; leave out some")));
    }
    Ok(question.with_context(context))
}

async fn ask(
    site: &SessionSite,
    agent: &AgentId,
    question: HumanRequired,
    patience: Duration,
) -> Result<Answer, CliError> {
    ensure_session(site).await?;
    let (from, now) = (Party::Agent(agent.clone()), SystemClock.now());
    let action = question.decision_needed.clone();
    let message = Message::HumanRequired(question);
    let envelope = Envelope::new(&RandomIds, now, from, Party::Human, message);
    let asked = Asked::new(site, agent, &action, envelope.id.clone());
    site.post().await?.send(&envelope.with_ttl(patience)).await?;
    asked.answer(patience).await
}

/// Nobody is asked where there is no session.
async fn ensure_session(site: &SessionSite) -> Result<(), CliError> {
    if site.value("objective").await?.is_some() {
        return Ok(());
    }
    Err(no_session())
}

fn no_session() -> CliError {
    let message = "no session runs here, so nobody can be asked; `popkit power start` begins one";
    CliError::new(Exit::TryAgain, message)
}

fn text(answer: &Answer) -> String {
    let word = if answer.approved { "yes" } else { "no" };
    match answer.notes.as_deref().map(output::clean) {
        Some(notes) if !notes.trim().is_empty() => format!("{word}: {notes}"),
        _ => word.to_owned(),
    }
}
