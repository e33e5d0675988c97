//! Patterns of protected paths.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

use super::name::{fold, forms};

/// A pattern that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pattern:?} is no pattern of protected paths: {reason}; write for instance **/secrets/**")]
pub struct PatternError {
    /// What was given.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The names on a path, each in all its forms.
#[derive(Debug)]
pub(super) struct Names {
    all: Vec<[String; 2]>,
    /// How many of them are those of the project's folder.
    above: usize,
}

impl Names {
    pub(super) fn of(path: &Path, root: Option<&Path>) -> Self {
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

/// Names that are protected.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) text: String,
    reach: Reach,
    /// Whether it protects only what it names.
    is_alone: bool,
    parts: Vec<Part>,
}

/// Where a pattern may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// At the root of the file system.
    Root,
    /// At any name below the project.
    Project,
    /// At any name.
    All,
}

#[derive(Debug, Clone)]
enum Part {
    Name(GlobMatcher),
    /// Any number of names.
    Hole,
}

impl Pattern {
    /// Reads a pattern.
    pub(super) fn new(text: &str) -> Result<Self, PatternError> {
        let refuse = |reason: String| PatternError { pattern: text.to_owned(), reason };
        let mut parts = Vec::new();
        for name in split(text) {
            if name == "**" {
                parts.push(Part::Hole);
                continue;
            }
            parts.push(Part::Name(glob(&fold(&name)).map_err(refuse)?));
        }
        // What is below is protected either way, and so is the folder itself.
        while matches!(parts.last(), Some(Part::Hole)) {
            parts.pop();
        }
        // With a hole at the root it begins anywhere.
        let holes = parts.iter().take_while(|part| matches!(part, Part::Hole)).count();
        parts.drain(..holes);
        if parts.is_empty() {
            return Err(refuse("it names nothing".to_owned()));
        }
        let reach = match text.starts_with('/') {
            true if holes == 0 => Reach::Root,
            true => Reach::All,
            false => Reach::Project,
        };
        Ok(Self { text: text.to_owned(), reach, is_alone: false, parts })
    }

    /// One folder, by its very name; `None` for the root of the file system.
    pub(super) fn folder(path: &Path) -> Option<Self> {
        let names = path.iter().map(|part| part.to_string_lossy().into_owned());
        let names = names.flat_map(|part| split(&part));
        let parts = names.map(|name| glob(&globset::escape(&fold(&name))).map(Part::Name));
        let parts: Vec<Part> = parts.collect::<Result<_, _>>().ok()?;
        let text = path.display().to_string();
        let is_some = !parts.is_empty();
        is_some.then_some(Self { text, reach: Reach::Root, is_alone: false, parts })
    }

    /// Also where the project itself lies.
    pub(super) fn anywhere(self) -> Self {
        Self { reach: Reach::All, ..self }
    }

    /// Anywhere, and nothing below it.
    pub(super) fn alone(self) -> Self {
        Self { is_alone: true, ..self.anywhere() }
    }

    /// Whether it protects what has these names.
    pub(super) fn covers(&self, names: &Names) -> bool {
        self.starts(names).any(|names| begins(&self.parts, names, self.is_alone))
    }

    /// Whether it protects something below what has these names, by a name of its own.
    pub(super) fn below(&self, names: &Names) -> bool {
        self.starts(names).any(|names| leads(&self.parts, names))
    }

    fn starts<'a>(&self, names: &'a Names) -> impl Iterator<Item = &'a [[String; 2]]> {
        let (from, to) = match self.reach {
            Reach::Root => (0, 1),
            Reach::Project => (names.above, names.all.len()),
            Reach::All => (0, names.all.len()),
        };
        (from..to).filter_map(|from| names.all.get(from..))
    }
}

fn glob(name: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(name).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

/// Whether the names begin as the pattern says; whether they also end there.
fn begins(parts: &[Part], names: &[[String; 2]], is_alone: bool) -> bool {
    let Some((part, parts)) = parts.split_first() else { return !is_alone || names.is_empty() };
    match part {
        Part::Name(glob) => names.split_first().is_some_and(|(name, names)| {
            name.iter().any(|form| glob.is_match(form)) && begins(parts, names, is_alone)
        }),
        Part::Hole => (0..=names.len())
            .any(|some| names.get(some..).is_some_and(|names| begins(parts, names, is_alone))),
    }
}

/// Whether the names are over before the pattern is.
fn leads(parts: &[Part], names: &[[String; 2]]) -> bool {
    let Some((name, names_after)) = names.split_first() else { return !parts.is_empty() };
    match parts.split_first() {
        None => false,
        Some((Part::Name(glob), parts)) => {
            name.iter().any(|form| glob.is_match(form)) && leads(parts, names_after)
        }
        // Any number of names may come here, also all that are left.
        Some((Part::Hole, _)) => true,
    }
}
