//! Files that nobody may write.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

use super::call::ToolCall;
use super::name::{fold, forms};
use super::place::Place;
use super::verdict::{Objection, Verdict};

/// Those of the shipped configuration.
const DEFAULTS: [&str; 8] = [
    ".env*",
    "**/secrets/**",
    "**/credentials/**",
    "**/.git/**",
    "**/node_modules/**",
    "**/prod.config.*",
    "**/*.pem",
    "**/*.key",
];
/// Those that no configuration takes away: by them an agent could free itself.
const ALWAYS: [&str; 7] = [
    ".popkit/**",
    ".claude/settings*.json",
    ".claude/hooks/**",
    ".claude/popkit/config.json",
    ".mcp.json",
    ".git/hooks/**",
    ".git/config",
];

/// A pattern that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pattern:?} is no pattern of protected paths: {reason}; write for instance **/secrets/**")]
pub struct PatternError {
    /// What was given.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The files that nobody may write, by patterns.
///
/// A path is made absolute, taken without `.` and `..` as it is written, and once more as the
/// system finds it by its links. Both are compared name by name, whatever their case. A
/// pattern protects what it names, everything below that, and the same at any depth: `.env*`
/// and `**/.env*/**` are one. One that begins with `/` counts from the root of the file
/// system.
///
/// | Always | |
/// |---|---|
/// | `.popkit/**` | the state of popkit |
/// | `.claude/settings*.json`, `.claude/hooks/**`, `.claude/popkit/config.json`, `.mcp.json` | the guard's own set-up |
/// | `.git/hooks/**`, `.git/config` | what git runs |
#[derive(Debug, Clone)]
pub struct ProtectedPaths {
    patterns: Vec<Pattern>,
    root: Option<Place>,
}

impl ProtectedPaths {
    /// Those of these patterns, and those that are always protected.
    ///
    /// # Errors
    ///
    /// [`PatternError`] for the first one that is none.
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Self, PatternError> {
        let own = patterns.into_iter().map(|pattern| Pattern::new(pattern.as_ref()));
        let always = ALWAYS.iter().map(|pattern| Pattern::new(pattern));
        Ok(Self { patterns: own.chain(always).collect::<Result<_, _>>()?, root: None })
    }

    /// Only those that are always protected: outside of a session.
    #[must_use]
    pub fn always() -> Self {
        Self::new(<[&str; 0]>::default()).unwrap_or_else(|_| unreachable!("they are patterns"))
    }

    /// In this project. The names of the folders that it lies in do not count for what is
    /// below it. It must be one that no agent chooses.
    #[must_use]
    pub fn with_root(mut self, root: &Path) -> Self {
        self.root = Place::of_folder(root);
        self
    }

    /// Whether a path may not be written from this folder, and why. A path of which nobody can
    /// tell where it leads may not.
    #[must_use]
    pub fn check(&self, cwd: &Path, written: &str) -> Option<Objection> {
        let place = match Place::of(cwd, written) {
            Ok(place) => place,
            Err(why) => {
                let reason = format!("nobody can tell where {written:?} leads: {why}");
                return Some(Objection::new("a path that leads somewhere", reason));
            }
        };
        let roots = self.root.as_ref().map(Place::both);
        for (at, path) in place.both().into_iter().enumerate() {
            let root = roots.and_then(|roots| roots.get(at).copied());
            let names = Names::of(path, root);
            if let Some(pattern) = self.patterns.iter().find(|pattern| pattern.covers(&names)) {
                let text = &pattern.text;
                let reason = format!("{} is protected by {text}", path.display());
                return Some(Objection::new(text, reason));
            }
        }
        None
    }

    /// The verdict on all files that a call may write. A tool that writes a file and names
    /// none is denied.
    #[must_use]
    pub fn judge(&self, call: &ToolCall) -> Verdict {
        if call.hides_its_file() {
            let reason = format!("the input of {} names no file", call.tool());
            return Verdict::Deny(Objection::new("a file that is named", reason));
        }
        let mut files = call.files().iter();
        let found = files.find_map(|file| self.check(call.cwd(), file));
        found.map_or(Verdict::Silent, Verdict::Deny)
    }
}

impl Default for ProtectedPaths {
    /// Those of the shipped configuration, and those that are always protected.
    fn default() -> Self {
        Self::new(DEFAULTS).unwrap_or_else(|_| unreachable!("the defaults are patterns"))
    }
}

/// The names on a path, each in all its forms.
#[derive(Debug)]
struct Names {
    all: Vec<[String; 2]>,
    /// How many of them are those of the project's folder.
    above: usize,
}

impl Names {
    fn of(path: &Path, root: Option<&Path>) -> Self {
        let above = root.filter(|root| path.starts_with(root)).map_or(0, |root| names(root).len());
        Self { all: names(path), above }
    }
}

fn names(path: &Path) -> Vec<[String; 2]> {
    let parts = path.iter().map(|part| part.to_string_lossy().into_owned());
    // Also where it is no separator: whoever writes one may mean it so.
    let parts: Vec<String> = parts.flat_map(|part| split(&part)).collect();
    parts.iter().map(|part| forms(part)).collect()
}

fn split(part: &str) -> Vec<String> {
    part.split(['/', '\\']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[derive(Debug, Clone)]
struct Pattern {
    text: String,
    is_anchored: bool,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Name(GlobMatcher),
    /// Any number of names.
    Hole,
}

impl Pattern {
    fn new(text: &str) -> Result<Self, PatternError> {
        let refuse = |reason: String| PatternError { pattern: text.to_owned(), reason };
        let mut parts = Vec::new();
        for name in split(text) {
            if name == "**" {
                parts.push(Part::Hole);
                continue;
            }
            let glob = GlobBuilder::new(&fold(&name)).literal_separator(true).build();
            let glob = glob.map_err(|error| refuse(error.kind().to_string()))?;
            parts.push(Part::Name(glob.compile_matcher()));
        }
        // What is below is protected either way, and so is the folder itself.
        while matches!(parts.last(), Some(Part::Hole)) {
            parts.pop();
        }
        if parts.is_empty() {
            return Err(refuse("it names nothing".to_owned()));
        }
        Ok(Self { text: text.to_owned(), is_anchored: text.starts_with('/'), parts })
    }

    fn covers(&self, names: &Names) -> bool {
        if self.is_anchored {
            return begins(&self.parts, &names.all);
        }
        (names.above..names.all.len())
            .any(|from| names.all.get(from..).is_some_and(|rest| begins(&self.parts, rest)))
    }
}

/// Whether the names begin as the pattern says.
fn begins(parts: &[Part], names: &[[String; 2]]) -> bool {
    let Some((part, parts)) = parts.split_first() else { return true };
    match part {
        Part::Name(glob) => names.split_first().is_some_and(|(name, names)| {
            name.iter().any(|form| glob.is_match(form)) && begins(parts, names)
        }),
        Part::Hole => (0..=names.len())
            .any(|some| names.get(some..).is_some_and(|names| begins(parts, names))),
    }
}

#[cfg(test)]
mod tests;
