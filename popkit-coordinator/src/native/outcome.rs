//! What came out of a command, as a report and insights.

use popkit_protocol::{InsightKind, Json, Object};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::agent::command::shorten;
use crate::agent::handle::Report;
use crate::process::Finished;

/// Bytes of output in a report.
const OUTPUT: usize = 8 * 1024;
/// Insights of one start.
const INSIGHTS: usize = 16;
/// With this a line begins that is an insight.
const LINE: &str = "INSIGHT";

/// An insight that a command found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: InsightKind,
    pub(super) content: String,
    pub(super) tags: Vec<String>,
}

/// What a command has written to its result file.
struct Written(Object);

#[derive(Debug, Deserialize)]
struct WrittenInsight {
    #[serde(default)]
    r#type: Option<String>,
    content: String,
    #[serde(default)]
    tags: Vec<String>,
}

/// What `claude -p --output-format json` prints, as far as it is of use.
#[derive(Debug, Deserialize)]
struct Printed {
    result: String,
    #[serde(default)]
    total_cost_usd: f64,
    #[serde(default)]
    usage: PrintedUsage,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PrintedUsage {
    input_tokens: u64,
    output_tokens: u64,
}

/// The report of a command that ended well, and what it found.
pub(super) fn of(finished: &Finished, value: Option<&Json>, phase: &str) -> (Report, Vec<Found>) {
    read(shorten(&finished.stdout, OUTPUT), &finished.stdout.to_text(), value, phase)
}

fn read(text: String, stdout: &str, value: Option<&Json>, phase: &str) -> (Report, Vec<Found>) {
    let mut found = lines(&text);
    let mut report = Report::done();
    let (mut tokens, mut micros) = (0_u64, 0_u64);
    let printed: Option<Printed> = serde_json::from_str(stdout).ok();
    let mut output = text;
    if let Some(printed) = printed {
        tokens = printed.usage.input_tokens.saturating_add(printed.usage.output_tokens);
        micros = micros_of(printed.total_cost_usd);
        found.extend(lines(&printed.result));
        popkit_protocol::limits::cut(&printed.result, OUTPUT).clone_into(&mut output);
    }
    if !output.trim().is_empty() {
        report = report.clone().with("output", &output).unwrap_or(report);
    }
    if let Some(value) = value {
        let written = Written::of(value);
        if let Some(approach) = written.get::<String>("approach") {
            let context = written.get("context").unwrap_or_else(|| phase.to_owned());
            report = report.with_approach(approach, context);
        }
        if let Some(confidence) = written.get("confidence") {
            report = report.with_confidence(confidence);
        }
        let usage = written.usage();
        tokens = tokens.saturating_add(usage.0);
        micros = micros.saturating_add(usage.1);
        found.extend(written.insights());
        report = report.clone().with("value", value).unwrap_or(report);
    }
    found.truncate(INSIGHTS);
    (report.with_usage(tokens, micros), found)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 1e15 after the clamp"
)]
fn micros_of(dollars: f64) -> u64 {
    (dollars * 1e6).clamp(0.0, 1e15) as u64
}

impl Written {
    /// What is no object says nothing.
    fn of(value: &Json) -> Self {
        Self(Object::new(value).unwrap_or_default())
    }

    /// The value of a key. One that is of another type costs no other.
    fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let json: Json = self.0.get(key).filter(|json: &Json| !json.is_null())?;
        let value = json.decode();
        if value.is_err() {
            tracing::warn!(key, "the result file has a key of the wrong type; it is passed over");
        }
        value.ok()
    }

    fn usage(&self) -> (u64, u64) {
        let usage = Self(self.get("usage").unwrap_or_default());
        (usage.get("tokens").unwrap_or(0), usage.get("cost_micros").unwrap_or(0))
    }

    fn insights(&self) -> impl Iterator<Item = Found> {
        let all: Vec<Json> = self.get("insights").unwrap_or_default();
        all.into_iter().filter_map(|one| one.decode().ok()).map(WrittenInsight::found)
    }
}

impl WrittenInsight {
    fn found(self) -> Found {
        let kind = self.r#type.and_then(|kind| kind.parse().ok());
        Found {
            kind: kind.unwrap_or(InsightKind::Discovery),
            content: self.content,
            tags: self.tags,
        }
    }
}

/// Insights in what was printed: `INSIGHT: text`, `INSIGHT[tag,tag]: text`.
fn lines(text: &str) -> Vec<Found> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Found> {
    let rest = line.trim().strip_prefix(LINE)?;
    let (tags, content) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once("]:")?,
        None => ("", rest.strip_prefix(':')?),
    };
    let content = content.trim();
    if content.is_empty() {
        return None;
    }
    let tags = tags.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    Some(Found {
        kind: InsightKind::Discovery,
        content: content.to_owned(),
        tags: tags.map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_of_the_result_file_costs_no_other() {
        let value = serde_json::json!({
            "approach": "reading", "context": 5, "confidence": "high",
            "insights": [{"content": "one"}, "two", {"content": "three", "tags": ["a"]}],
            "usage": {"tokens": u64::MAX, "cost_micros": "none"},
        });
        let printed = r#"{"result": "done", "usage": {"input_tokens": 5}}"#;
        let value = Json::encode(&value).unwrap();
        let (report, found) = read(String::new(), printed, Some(&value), "explore");
        assert_eq!(report.approach.as_deref(), Some("reading"));
        assert_eq!((report.context.as_deref(), report.confidence), (Some("explore"), None));
        assert_eq!((report.tokens, report.cost_micros), (u64::MAX, 0));
        let texts: Vec<_> = found.iter().map(|one| one.content.as_str()).collect();
        assert_eq!(texts, ["one", "three"]);
        let value = Json::encode(&[1]).unwrap();
        let (report, found) = read(String::new(), printed, Some(&value), "explore");
        assert!(report.success && report.approach.is_none() && found.is_empty());
    }

    #[test]
    fn insights_are_lines_of_the_output() {
        let found =
            lines("x\n INSIGHT[a, b]: one\nINSIGHT: two\nINSIGHTS: no\nINSIGHT:\nINSIGHT[a] no");
        let texts: Vec<_> =
            found.iter().map(|one| (one.content.as_str(), one.tags.len())).collect();
        assert_eq!(texts, [("one", 2), ("two", 0)]);
    }
}
