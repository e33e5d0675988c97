//! Files that nobody may write.

use std::path::Path;

use super::call::ToolCall;
use super::pattern::{Names, Pattern, PatternError};
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
const ALWAYS: [&str; 11] = [
    ".popkit/**",
    ".claude/settings*.json",
    ".claude/hooks/**",
    ".claude/popkit/config.json",
    ".mcp.json",
    ".git/hooks/**",
    ".git/config",
    ".git/**/config.worktree",
    ".git/**/commondir",
    ".git/modules/**/hooks/**",
    ".git/modules/**/config",
];
/// Of these not what is below: a file of this name says where all the rest is.
const ALONE: [&str; 1] = [".git"];

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
/// | `.git` itself, `.git/hooks/**`, `.git/config`, `.git/**/config.worktree`, `.git/**/commondir`, `.git/modules/**/hooks/**`, `.git/modules/**/config` | what git runs |
///
/// What is moved must not hold any of it: for the two ends of a move ([`ToolCall::moved`])
/// also the names before the last one of a pattern count, as `.claude`, and the project itself.
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
        let always = ALWAYS.iter().map(|pattern| Pattern::new(pattern).map(Pattern::anywhere));
        let alone = ALONE.iter().map(|pattern| Pattern::new(pattern).map(Pattern::alone));
        let patterns = own.chain(always).chain(alone).collect::<Result<_, _>>()?;
        Ok(Self { patterns, root: None })
    }

    /// Only those that are always protected: outside of a session.
    #[must_use]
    pub fn always() -> Self {
        Self::new(<[&str; 0]>::default()).unwrap_or_else(|_| unreachable!("they are patterns"))
    }

    /// This folder, too, and everything below it: the state of popkit where it is not in
    /// `.popkit`. One that is not absolute is none.
    #[must_use]
    pub fn with_folder(mut self, folder: &Path) -> Self {
        if let Some(place) = Place::of_folder(folder) {
            self.patterns.extend(place.both().into_iter().filter_map(Pattern::folder));
        }
        self
    }

    /// In this project. The names of the folders that it lies in do not count for what is
    /// below it, but for what is protected always. It must be one that no agent chooses.
    #[must_use]
    pub fn with_root(mut self, root: &Path) -> Self {
        self.root = Place::of_folder(root);
        self
    }

    /// Whether a path may not be written from this folder, and why. A path of which nobody can
    /// tell where it leads may not.
    #[must_use]
    pub fn check(&self, cwd: &Path, written: &str) -> Option<Objection> {
        self.look(cwd, written, |pattern, names| pattern.covers(names))
    }

    /// The same for an end of a move: what holds something protected may not be moved either,
    /// nor may anything be put in its place.
    #[must_use]
    pub fn check_moved(&self, cwd: &Path, written: &str) -> Option<Objection> {
        let holds =
            |pattern: &Pattern, names: &Names| pattern.covers(names) || pattern.below(names);
        self.look(cwd, written, holds).or_else(|| {
            let (root, place) = (self.root.as_ref()?, Place::of(cwd, written).ok()?);
            let both = place.both().into_iter().zip(root.both());
            let path =
                both.into_iter().find_map(|(path, root)| root.starts_with(path).then_some(path))?;
            let reason = format!("{} holds the project", path.display());
            Some(Objection::new("the project itself", reason))
        })
    }

    /// The pattern that protects a path below a project, as it is written.
    pub(crate) fn over(&self, written: &Path) -> Option<&str> {
        let names = Names::of(written, None);
        let found = self.patterns.iter().find(|pattern| pattern.covers(&names));
        found.map(|pattern| pattern.text.as_str())
    }

    fn look(
        &self,
        cwd: &Path,
        written: &str,
        is_hit: impl Fn(&Pattern, &Names) -> bool,
    ) -> Option<Objection> {
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
            if let Some(pattern) = self.patterns.iter().find(|pattern| is_hit(pattern, &names)) {
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
        let mut moved = call.moved().iter();
        let found = found.or_else(|| moved.find_map(|file| self.check_moved(call.cwd(), file)));
        found.map_or(Verdict::Silent, Verdict::Deny)
    }
}

impl Default for ProtectedPaths {
    /// Those of the shipped configuration, and those that are always protected.
    fn default() -> Self {
        Self::new(DEFAULTS).unwrap_or_else(|_| unreachable!("the defaults are patterns"))
    }
}

#[cfg(test)]
mod tests;
