//! The generated parts of a text.

use sha2::{Digest as _, Sha256};

/// How many lines may say that a file is generated.
const HEAD: usize = 5;
/// Words that say so.
const MARKS: [&str; 2] = ["@generated", "DO NOT EDIT"];
/// Files in which parts may be generated.
const REGIONS: [&str; 7] = [".md", ".mdx", ".markdown", ".html", ".htm", ".rst", ".txt"];
const DIGEST: &str = "sha256:";

/// A generated part of a text, or all of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The line of its mark, from 1.
    pub(super) line: usize,
    pub(super) text: String,
    /// What is recorded of the text.
    recorded: Option<String>,
}

/// A text, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) generated: Vec<Part>,
    /// All that is not generated.
    pub(super) rest: String,
    /// The line of a part that has no end.
    pub(super) open: Option<usize>,
}

impl Part {
    /// Whether the text is the recorded one; `None` where nothing is recorded.
    pub(super) fn is_recorded(&self) -> Option<bool> {
        let recorded = self.recorded.as_deref()?;
        Some(recorded.eq_ignore_ascii_case(&digest(&self.text)))
    }
}

/// Takes a text apart.
pub(super) fn parts(name: &str, text: &str) -> Parts {
    let name = name.to_ascii_lowercase();
    if name.ends_with(".lock") {
        return Parts { rest: text.to_owned(), ..Parts::default() };
    }
    let is_mark = |(_, line): &(usize, &str)| MARKS.iter().any(|mark| line.contains(mark));
    if let Some((at, mark)) = text.lines().take(HEAD).enumerate().find(is_mark) {
        let others = text.lines().enumerate().filter(|(line, _)| *line != at);
        let others = others.map(|(_, line)| line);
        let part = Part { line: at + 1, text: joined(others), recorded: recorded(mark) };
        return Parts { generated: vec![part], ..Parts::default() };
    }
    if REGIONS.iter().any(|end| name.ends_with(end)) {
        return regions(text);
    }
    Parts { rest: text.to_owned(), ..Parts::default() }
}

fn regions(text: &str) -> Parts {
    let mut parts = Parts::default();
    let mut open: Option<Part> = None;
    let mut fence: Option<&str> = None;
    for (line, text) in (1..).zip(text.lines()) {
        let mark = if fence.is_none() { mark(text) } else { None };
        match (mark, open.take()) {
            (Some(Mark::End), Some(part)) => parts.generated.push(part),
            (Some(Mark::Start(recorded)), before) => {
                // The one before it has no end.
                parts.open = parts.open.or_else(|| before.map(|part| part.line));
                open = Some(Part { line, text: String::new(), recorded });
                continue;
            }
            (_, Some(mut part)) => {
                part.text.push_str(text);
                part.text.push('\n');
                open = Some(part);
            }
            (_, None) => {
                parts.rest.push_str(text);
                parts.rest.push('\n');
            }
        }
        fence = fence_behind(fence, text);
    }
    parts.open = parts.open.or_else(|| open.map(|part| part.line));
    parts
}

/// The fence of the block of code that goes on behind a line.
fn fence_behind<'a>(fence: Option<&'a str>, line: &'a str) -> Option<&'a str> {
    let line = line.trim_start();
    match fence {
        Some(open) => Some(open).filter(|open| !line.starts_with(*open)),
        None => ["```", "~~~"].into_iter().find(|open| line.starts_with(*open)),
    }
}

enum Mark {
    Start(Option<String>),
    End,
}

/// `<!-- AUTO-GENERATED name START sha256:… -->`.
fn mark(line: &str) -> Option<Mark> {
    let comment = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    if !comment.to_ascii_uppercase().starts_with("AUTO-GEN") {
        return None;
    }
    let has = |word: &str| comment.split_whitespace().any(|it| it.eq_ignore_ascii_case(word));
    if has("END") {
        return Some(Mark::End);
    }
    has("START").then(|| Mark::Start(recorded(comment)))
}

fn recorded(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(DIGEST)?;
    let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
    rest.get(..end).map(str::to_owned)
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "part/tests.rs"]
mod tests;
