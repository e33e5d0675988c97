//! What came out of a command, as a report and insights.

use popkit_protocol::{InsightKind, Json};
use serde::Deserialize;

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

/// What a command may write to its result file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Written {
    approach: Option<String>,
    context: Option<String>,
    confidence: Option<f64>,
    insights: Vec<WrittenInsight>,
    usage: Usage,
}

#[derive(Debug, Deserialize)]
struct WrittenInsight {
    #[serde(default)]
    r#type: Option<String>,
    content: String,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Usage {
    tokens: u64,
    cost_micros: u64,
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
    let text = shorten(&finished.stdout, OUTPUT);
    let mut found = lines(&text);
    let mut report = Report::done();
    let (mut tokens, mut micros) = (0, 0);
    let printed: Option<Printed> = serde_json::from_str(&finished.stdout.to_text()).ok();
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
        let written: Written = value.decode().unwrap_or_default();
        if let Some(approach) = written.approach {
            let context = written.context.unwrap_or_else(|| phase.to_owned());
            report = report.with_approach(approach, context);
        }
        if let Some(confidence) = written.confidence {
            report = report.with_confidence(confidence);
        }
        tokens += written.usage.tokens;
        micros += written.usage.cost_micros;
        found.extend(written.insights.into_iter().map(WrittenInsight::found));
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
    fn insights_are_lines_of_the_output() {
        let found = lines("x\n INSIGHT[a, b]: one\nINSIGHT: two\nINSIGHTS: no\nINSIGHT:\nINSIGHT[a] no");
        let texts: Vec<_> = found.iter().map(|one| (one.content.as_str(), one.tags.len())).collect();
        assert_eq!(texts, [("one", 2), ("two", 0)]);
    }
}
