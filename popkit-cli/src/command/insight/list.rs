//! `popkit insight list`.

use clap::Args;
use popkit_protocol::{Clock as _, SystemClock, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::input;
use crate::output::{self, VERSION, age, short};
use crate::session::Place;
use crate::table::{table, trimmed};

/// Characters of an insight in the table.
const TEXT: usize = 160;
/// Characters of any other cell.
const CELL: usize = 40;

/// The arguments of `popkit insight list`.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only those with one of these tags
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    tags: Vec<String>,
}

/// An insight as the session keeps it, version 1. What its entry does not say is missing: an
/// agent may have written it.
#[derive(Debug, PartialEq, Serialize)]
struct InsightView {
    v: u8,
    id: Option<String>,
    r#type: Option<String>,
    content: String,
    from: Option<String>,
    tags: Vec<String>,
    confidence: Option<f64>,
    at: Option<Timestamp>,
}

/// Lists the insights that count.
pub(super) async fn run(args: ListArgs, cx: &Context) -> Result<Exit, CliError> {
    let Some(site) = Place::find(cx)?.look().await? else {
        output::note("no insights: there is no session here");
        return Ok(Exit::Done);
    };
    let found = site.list("insights").await;
    site.close().await?;
    let all = found?.into_iter().filter_map(|entry| read(&entry));
    let all: Vec<InsightView> = all.filter(|insight| is_about(insight, &args.tags)).collect();
    if cx.json {
        all.iter().try_for_each(output::json)?;
    } else if !all.is_empty() {
        let mut rows = table(&["AGE", "TYPE", "FROM", "TAGS", "INSIGHT"]);
        let now = SystemClock.now();
        for insight in &all {
            rows.add_row(row(insight, now));
        }
        output::line(trimmed(&rows))?;
    }
    if all.is_empty() {
        output::note("no insights");
    }
    Ok(Exit::Done)
}

fn read(entry: &Value) -> Option<InsightView> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    let tags = entry.get("relevance_tags").or_else(|| entry.get("tags"));
    let tags = tags.and_then(Value::as_array).into_iter().flatten();
    Some(InsightView {
        v: VERSION,
        id: text("id"),
        r#type: text("type"),
        content: text("content")?,
        from: text("from_agent"),
        tags: tags.filter_map(Value::as_str).map(str::to_owned).collect(),
        confidence: entry.get("confidence").and_then(Value::as_f64),
        at: text("timestamp").and_then(|at| input::time(&at)),
    })
}

fn is_about(insight: &InsightView, tags: &[String]) -> bool {
    let has = |tag: &String| insight.tags.iter().any(|own| own.eq_ignore_ascii_case(tag.trim()));
    tags.is_empty() || tags.iter().any(has)
}

fn row(insight: &InsightView, now: Timestamp) -> [String; 5] {
    let cell = |text: Option<&String>| text.map_or_else(|| "-".to_owned(), |t| short(t, CELL));
    let tags = if insight.tags.is_empty() { "-".to_owned() } else { insight.tags.join(",") };
    [
        insight.at.map_or_else(|| "-".to_owned(), |at| age(now.since(at))),
        cell(insight.r#type.as_ref()),
        cell(insight.from.as_ref()),
        short(&tags, CELL),
        short(&insight.content, TEXT),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_of_agents_are_read_as_far_as_they_go() {
        let whole = json!({"id": "a1", "type": "discovery", "content": "x", "from_agent": "ann",
            "relevance_tags": ["API", 7], "confidence": 0.7, "timestamp": "2026-11-26T08:00:00"});
        let insight = read(&whole).unwrap();
        assert_eq!(
            (insight.tags.as_slice(), insight.confidence),
            (&["API".to_owned()][..], Some(0.7))
        );
        assert!(insight.at.is_some());
        assert!(is_about(&insight, &[]) && is_about(&insight, &["b".to_owned(), "api".to_owned()]));
        assert!(!is_about(&insight, &["b".to_owned()]));
        let bare = read(&json!({"content": "y", "timestamp": 7})).unwrap();
        assert_eq!((bare.id, bare.at, bare.content.as_str()), (None, None, "y"));
        assert!(read(&json!({"content": 7})).is_none() && read(&json!("x")).is_none());
    }
}
