//! `popkit insight add`.

use clap::Args;
use popkit_protocol::{
    AgentId, Clock as _, Envelope, Insight, InsightKind, Message, MessageId, Party, RandomIds,
    SystemClock,
};
use serde::Serialize;

use crate::context::{Context, agent};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION};
use crate::session::{Place, SessionSite};

/// Bytes of an insight, its tags, and bytes of a tag: the coordinator puts aside what is more.
const MOST: (usize, usize, usize) = (8 * 1024, 32, 128);

/// The arguments of `popkit insight add`.
#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// What was found
    text: String,
    /// What sort it is: discovery, blocker, pattern, question, warning, docs_needed,
    /// docs_updated
    #[arg(long, value_name = "TYPE", default_value = "discovery", value_parser = kind)]
    r#type: InsightKind,
    /// What it is about: by these words it finds its readers
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    tags: Vec<String>,
    /// Who found it [env: POPKIT_AGENT]
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentId>,
}

/// A sort that is known: another one is a slip.
fn kind(text: &str) -> Result<InsightKind, String> {
    let kind: Result<InsightKind, _> = text.to_ascii_lowercase().replace('-', "_").parse();
    kind.ok().filter(InsightKind::is_known).ok_or_else(|| {
        "there are discovery, blocker, pattern, question, warning, docs_needed, docs_updated"
            .to_owned()
    })
}

/// What was sent, version 1.
#[derive(Debug, Serialize)]
struct AddedView<'a> {
    v: u8,
    id: &'a MessageId,
    r#type: &'a str,
    from: &'a Party,
    tags: &'a [String],
}

/// Tells the session of an insight.
pub(super) async fn run(args: AddArgs, cx: &Context) -> Result<Exit, CliError> {
    let from = Party::Agent(agent(args.agent.clone())?);
    let tags = args.tags.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty());
    let text = args.text.trim();
    let insight = Insight::new(&RandomIds, SystemClock.now(), from, args.r#type.clone(), text);
    let insight = insight.with_tags(tags);
    check(&insight)?;
    let site = Place::find(cx)?.look().await?.ok_or_else(no_session)?;
    let sent = send(&site, &insight).await;
    let closed = site.close().await;
    sent?;
    closed?;
    let Insight { id, kind, from, tags, .. } = &insight;
    if cx.json {
        output::json(&AddedView { v: VERSION, id, r#type: kind.name(), from, tags })?;
    } else {
        output::line(id)?;
    }
    Ok(Exit::Done)
}

fn check(insight: &Insight) -> Result<(), CliError> {
    let (bytes, tags, tag_bytes) = MOST;
    if insight.content.is_empty() {
        return Err(CliError::usage("what was found? `popkit insight add TEXT`"));
    }
    let is_large = insight.content.len() > bytes
        || insight.tags.len() > tags
        || insight.tags.iter().any(|tag| tag.len() > tag_bytes);
    if is_large {
        return Err(CliError::data(format!(
            "an insight has at most {bytes} bytes and {tags} tags of {tag_bytes} bytes; shorten it"
        )));
    }
    Ok(())
}

async fn send(site: &SessionSite, insight: &Insight) -> Result<(), CliError> {
    if site.value("objective").await?.is_none() {
        return Err(no_session());
    }
    let (from, message) = (insight.from.clone(), Message::Insight(insight.clone()));
    let envelope = Envelope::new(&RandomIds, SystemClock.now(), from, Party::Coordinator, message);
    site.post().await?.send(&envelope).await?;
    Ok(())
}

fn no_session() -> CliError {
    let message = "no session runs here, so nobody would learn of it; `popkit power start` begins \
                   one";
    CliError::new(Exit::TryAgain, message)
}
