//! The versions that a README says the project has.

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stated {
    /// The line, from 1.
    pub(super) line: usize,
    pub(super) version: String,
}

/// Beginnings of lines that say the version.
const WORDS: [&str; 3] = ["version", "current version", "latest version"];
const BADGE: &str = "badge/version-";

impl Stated {
    /// Whether it is this version, or its beginning.
    pub(super) fn is_of(&self, version: &str) -> bool {
        let whole = |text: &str| text.split('+').next().unwrap_or_default().to_owned();
        let (said, version) = (whole(&self.version), whole(version.trim_start_matches('v')));
        let mut parts = version.split(['.', '-']);
        said == version
            || (said.split('.').count() < 3
                && said.split('.').all(|part| parts.next() == Some(part)))
    }
}

/// All of them, in the order of the text.
pub(super) fn find(text: &str, names: &[&str]) -> Vec<Stated> {
    let mut all: Vec<Stated> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let mut versions: Vec<String> = Vec::new();
        versions.extend(in_badges(text));
        versions.extend(at_beginning(text));
        for name in names {
            versions.extend(behind_name(text, name));
        }
        for version in versions {
            let stated = Stated { line, version };
            if !all.contains(&stated) {
                all.push(stated);
            }
        }
    }
    all
}

/// `badge/version-1.2.3-blue`, where `--` is a dash.
fn in_badges(line: &str) -> Vec<String> {
    let lower = line.to_ascii_lowercase();
    let starts = lower.match_indices(BADGE).map(|(at, _)| at + BADGE.len());
    let badge = |start: usize| {
        let rest = line.get(start..)?.replace("--", "\0");
        let label = rest.split(['-', '?', ')', '"']).next()?.replace('\0', "-");
        let version = version_at(label.trim_start_matches('v'))?;
        (parts(&version) >= 2).then_some(version)
    };
    starts.filter_map(badge).collect()
}

/// `Version: 1.2.3`. Headings are left out: a list of changes has one for each version.
fn at_beginning(line: &str) -> Option<String> {
    if line.trim_start().starts_with('#') {
        return None;
    }
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || ">*_-|`+".contains(c));
    let lower = line.to_ascii_lowercase();
    let word = WORDS.iter().find(|word| lower.starts_with(**word))?;
    let rest = line.get(word.len()..)?;
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || ":*_`|=".contains(c));
    let rest = rest.strip_prefix("is ").unwrap_or(rest).trim_start_matches(['`', '*', '"']);
    let version = version_at(rest.strip_prefix('v').unwrap_or(rest))?;
    (parts(&version) >= 2).then_some(version)
}

/// The name of the project, and its version behind it.
fn behind_name(line: &str, name: &str) -> Vec<String> {
    if name.is_empty() {
        return Vec::new();
    }
    let (lower, name) = (line.to_ascii_lowercase(), name.to_ascii_lowercase());
    let is_word = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    let mut found = Vec::new();
    for (at, _) in lower.match_indices(&name) {
        let end = at + name.len();
        let is_whole = !line.get(..at).is_some_and(|before| before.ends_with(is_word));
        let Some(rest) = line.get(end..).filter(|_| is_whole) else { continue };
        found.extend(behind(rest));
    }
    found
}

/// The version at the beginning of what is behind a name, as strict as its form is loose.
fn behind(rest: &str) -> Option<String> {
    let (between, least) = if let Some(rest) =
        rest.strip_prefix('@').or_else(|| rest.strip_prefix("=="))
    {
        (rest, 1)
    } else if let Some(rest) = rest.strip_prefix(':') {
        (rest, 2)
    } else {
        let bare = rest.trim_start_matches(['"', '\'', '`', '*']).trim_start();
        match bare.strip_prefix(['=', ':']) {
            // A dependency.
            Some(value) => {
                let value = value.trim_start();
                let inner = value.strip_prefix('{').and_then(|table| table.split_once("version"));
                let inner =
                    inner.map_or(value, |(_, rest)| rest.trim_start_matches([' ', '=', ':', '"']));
                let inner = inner.trim_start().strip_prefix(['"', '\'']).unwrap_or(inner);
                let is_quoted = value.starts_with(['"', '\'', '{']);
                (inner.trim_start_matches(['^', '~', '=']), if is_quoted { 1 } else { 2 })
            }
            // A sentence, or a title.
            None if bare.len() < rest.len() => match bare.strip_prefix('v') {
                Some(number) => (number, 2),
                None => (bare, 3),
            },
            None => return None,
        }
    };
    let version = version_at(between.strip_prefix('v').unwrap_or(between))?;
    (parts(&version) >= least).then_some(version)
}

/// The version at the beginning of a text, without what ends a sentence; `1.2.x` is `1.2`.
fn version_at(text: &str) -> Option<String> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || ".-+".contains(c)));
    let word = text.get(..end.unwrap_or(text.len()))?;
    let word = word.trim_end_matches(|c: char| ".-+".contains(c));
    let word = word.strip_suffix(".x").unwrap_or(word);
    (parts(word) > 0).then(|| word.to_owned())
}

/// How many numbers it begins with.
fn parts(version: &str) -> usize {
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    version.split(['.', '-', '+']).take_while(is_number).count()
}

#[cfg(test)]
#[path = "stated/tests.rs"]
mod tests;
