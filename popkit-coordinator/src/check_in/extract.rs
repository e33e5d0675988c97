//! What a tool call shows that others should know.

use popkit_protocol::InsightKind;
use popkit_protocol::text::clean;
use serde_json::Value;

use super::secret::is_secret;
use super::{Observed, tag};

/// Texts of an answer that are looked at, their bytes together, and how deep they may lie.
const TEXTS: (usize, usize, u8) = (64, 64 * 1024, 8);
/// Bytes of what is told.
const CONTENT: usize = 400;

/// Words that show each kind, in the order in which they are looked for.
const BLOCKERS: [&str; 4] = ["error", "failed", "cannot", "permission denied"];
const DISCOVERIES: [&str; 4] = ["found", "exists", "located", "discovered"];
const PATTERNS: [&str; 2] = ["using", "convention"];
/// Words of paths that are worth telling.
const PATHS: [&str; 2] = ["test", "config"];
/// Words that turn a finding into its opposite.
const NOT: [&str; 5] = ["not", "no", "0", "n't", "never"];
/// Something that was found, on its way to be an [`Insight`](popkit_protocol::Insight).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// What sort of discovery it is.
    pub kind: InsightKind,
    /// What was found, on one line.
    pub content: String,
    /// The words by which it finds its readers, at most 5: parts of the path it is about.
    pub tags: Vec<String>,
    /// How sure that is: 0.8 for what was said so, 0.7 for what is inferred.
    pub confidence: f64,
}

/// At most one thing that a call shows. The answer may be an object or a text; its lines are
/// looked at one by one, and the first counts that has one of these words:
///
/// | Words | Kind | Confidence |
/// |---|---|---|
/// | error, failed, cannot, permission denied | blocker | 0.8 |
/// | found, exists, located, discovered, and no "not" | discovery | 0.8 |
/// | using, convention | pattern | 0.7 |
/// | else a path with `test` or `config` in it | discovery | 0.7 |
///
/// What a file holds is not told, only where it is; nor is a line that speaks of passwords,
/// tokens and the like, or that has a URL with a user in it, or what looks like a key.
#[must_use]
pub fn extract(call: &Observed) -> Option<Found> {
    let said = if call.shows_a_file() { None } else { said(call) };
    said.or_else(|| inferred(call))
}

fn said(call: &Observed) -> Option<Found> {
    let texts = texts(&call.response);
    let lines = texts.iter().flat_map(|text| text.lines());
    let (kind, confidence, line) = lines.filter(|line| !is_secret(line)).find_map(|line| {
        let (kind, confidence) = kind_of(line)?;
        Some((kind, confidence, line))
    })?;
    let command: Option<String> = call.input.get("command");
    let path = tag::path_in(line).map(str::to_owned).or_else(|| call.file());
    let path = path.or_else(|| tag::path_in(command.as_deref()?).map(str::to_owned));
    let below = path.map(|path| below(&path, call));
    let tags = below.map(|path| tag::of_path(&path)).unwrap_or_default();
    let content = clean(line.trim(), CONTENT).into_owned();
    Some(Found { kind, content, tags, confidence })
}

fn inferred(call: &Observed) -> Option<Found> {
    let path = call.file()?;
    let lower = path.to_lowercase();
    let word = PATHS.iter().find(|word| lower.contains(**word))?;
    if is_secret(&path) {
        return None;
    }
    let what = if *word == "test" { "tests" } else { "configuration" };
    let content = clean(&format!("{what}: {path}"), CONTENT).replace('\n', " ");
    let tags = tag::of_path(&path);
    Some(Found { kind: InsightKind::Discovery, content, tags, confidence: 0.7 })
}

fn below(path: &str, call: &Observed) -> String {
    let root = call.root.to_string_lossy();
    let below = path.strip_prefix(root.as_ref()).filter(|_| !root.is_empty());
    below.unwrap_or(path).to_owned()
}

fn kind_of(line: &str) -> Option<(InsightKind, f64)> {
    let words = words(line);
    let has = |wanted: &[&str]| wanted.iter().any(|word| contains(&words, word));
    if has(&BLOCKERS) {
        return Some((InsightKind::Blocker, 0.8));
    }
    if has(&DISCOVERIES) {
        let is_not = words.iter().any(|word| NOT.contains(&word.as_str()) || word.ends_with("n't"));
        return (!is_not).then_some((InsightKind::Discovery, 0.8));
    }
    has(&PATTERNS).then_some((InsightKind::Pattern, 0.7))
}

/// The words of a line in lower case.
fn words(line: &str) -> Vec<String> {
    let line = line.to_lowercase();
    let all = line.split(|c: char| !c.is_alphanumeric() && c != '\'');
    all.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether some words, one after the other, are among these.
fn contains(words: &[String], wanted: &str) -> bool {
    let wanted: Vec<&str> = wanted.split(' ').collect();
    words.windows(wanted.len()).any(|some| some.iter().zip(&wanted).all(|(a, b)| a == b))
}

/// The texts of an answer, in order.
fn texts(response: &popkit_protocol::Json) -> Vec<String> {
    let mut found = (Vec::new(), 0);
    if let Ok(value) = response.decode::<Value>() {
        collect(&value, TEXTS.2, &mut found);
    }
    found.0
}

fn collect(value: &Value, depth: u8, found: &mut (Vec<String>, usize)) {
    let (most, bytes, _) = TEXTS;
    if depth == 0 || found.0.len() >= most || found.1 >= bytes {
        return;
    }
    match value {
        Value::String(text) => {
            // Before words are looked for: colours stick to them.
            let text = clean(text, bytes - found.1).into_owned();
            found.1 += text.len();
            found.0.push(text);
        }
        Value::Array(all) => all.iter().for_each(|value| collect(value, depth - 1, found)),
        Value::Object(all) => all.values().for_each(|value| collect(value, depth - 1, found)),
        _ => {}
    }
}

#[cfg(test)]
#[path = "extract/tests.rs"]
mod tests;
