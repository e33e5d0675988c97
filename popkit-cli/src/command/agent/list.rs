//! `popkit agent list`.

use popkit_protocol::{Clock as _, SystemClock, Timestamp};
use serde::Serialize;

use super::member::{Member, members};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION, age, short};
use crate::session::Place;
use crate::table::{table, trimmed};

/// An agent, version 1.
#[derive(Debug, Serialize)]
struct MemberView<'a> {
    v: u8,
    #[serde(flatten)]
    member: &'a Member,
}

/// Lists the agents of the session.
pub(super) async fn run(cx: &Context) -> Result<Exit, CliError> {
    let Some(site) = Place::find(cx)?.look().await? else {
        output::note("no agents: there is no session here");
        return Ok(Exit::Done);
    };
    let found = members(&site).await;
    site.close().await?;
    let (all, is_led) = found?;
    if cx.json {
        all.iter().try_for_each(|member| output::json(&MemberView { v: VERSION, member }))?;
    } else if !all.is_empty() {
        let mut rows = table(&["AGENT", "STANDING", "AT", "PROGRESS", "CALLS", "PROCESS", "HEARD"]);
        let now = SystemClock.now();
        for member in &all {
            rows.add_row(row(member, now));
        }
        output::line(trimmed(&rows))?;
    }
    if all.is_empty() {
        output::note("no agents");
    } else if !is_led {
        output::note("how they stand is not known: no coordinator says so");
    }
    Ok(Exit::Done)
}

fn row(member: &Member, now: Timestamp) -> [String; 7] {
    let or_dash = |text: Option<&String>| text.map_or_else(|| "-".to_owned(), |t| short(t, 40));
    [
        member.id.to_string(),
        or_dash(member.standing.as_ref()),
        or_dash(member.doing.as_ref()),
        format!("{:.0}%", member.progress * 100.0),
        member.tool_calls.to_string(),
        or_dash(member.process.as_ref()),
        heard(member, now),
    ]
}

/// When it was last heard of.
pub(super) fn heard(member: &Member, now: Timestamp) -> String {
    member.heard_at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", age(now.since(at))))
}
