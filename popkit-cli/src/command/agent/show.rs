//! `popkit agent show`.

use clap::Args;
use popkit_protocol::{AgentId, Clock as _, SystemClock};
use serde::Serialize;
use serde_json::Value;

use super::list::heard;
use super::member::{Member, More, members};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION, short, time};
use crate::session::Place;

/// Characters of a line.
const LINE: usize = 200;

/// The arguments of `popkit agent show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Which agent
    name: AgentId,
}

/// An agent with all that is known of it, version 1.
#[derive(Debug, Serialize)]
struct WholeView<'a> {
    v: u8,
    #[serde(flatten)]
    member: &'a Member,
    #[serde(flatten)]
    more: &'a More,
}

/// Shows an agent.
pub(super) async fn run(args: ShowArgs, cx: &Context) -> Result<Exit, CliError> {
    let site = Place::find(cx)?.open().await?;
    let found = members(&site).await;
    site.close().await?;
    let (all, _) = found?;
    let Some(member) = all.iter().find(|member| member.id == args.name) else {
        let names: Vec<&str> = all.iter().map(|member| member.id.as_str()).collect();
        let known = match names.as_slice() {
            [] => "there are none".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        return Err(CliError::data(format!("no agent {} in the session: {known}", args.name)));
    };
    if cx.json {
        output::json(&WholeView { v: VERSION, member, more: &member.more })?;
    } else {
        output::line(page(member))?;
    }
    Ok(Exit::Done)
}

fn page(member: &Member) -> String {
    let text = |text: &Option<String>| text.as_deref().map(|text| short(text, LINE));
    let at = |at: &Option<popkit_protocol::Timestamp>| at.map(time);
    let More { files_touched, tools_used, blockers, decisions } = &member.more;
    let heard = match member.heard_at {
        Some(at) => format!("{} ({})", heard(member, SystemClock.now()), time(at)),
        None => "never".to_owned(),
    };
    let mut rows = vec![
        ("agent", Some(member.id.to_string())),
        ("name", text(&member.name)),
        ("standing", text(&member.standing)),
        ("at", text(&member.doing)),
        ("progress", Some(format!("{:.0}%", member.progress * 100.0))),
        ("tool calls", Some(member.tool_calls.to_string())),
        ("process", text(&member.process)),
        ("started", at(&member.started_at)),
        ("heard", Some(heard)),
    ];
    rows.extend(files_touched.iter().map(|file| ("file", Some(short(file, LINE)))));
    rows.extend(tools_used.iter().map(|tool| ("tool", Some(short(tool, LINE)))));
    rows.extend(blockers.iter().map(|text| ("blocker", Some(short(text, LINE)))));
    rows.extend(decisions.iter().map(|one| ("decision", Some(short(&decided(one), LINE)))));
    let line = |(name, value): (&str, Option<String>)| Some(format!("{name:<12}{}", value?));
    rows.into_iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

fn decided(decision: &Value) -> String {
    let part = |name: &str| decision.get(name).and_then(Value::as_str).unwrap_or_default();
    match part("reasoning") {
        "" => part("decision").to_owned(),
        why => format!("{}: {why}", part("decision")),
    }
}
