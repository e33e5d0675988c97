//! The boundaries of a session, applied to one tool call.

use std::path::Path;

use globset::GlobBuilder;
use popkit_protocol::Boundary;
use popkit_protocol::session::{BoundaryKind, ViolationAction};
use popkit_protocol::text::clean;

use super::call::ToolCall;
use super::name::fold;
use super::place::Place;
use super::verdict::{Objection, Verdict};

/// Bytes of a boundary's description in a reason.
const DESCRIPTION: usize = 200;

/// A boundary that a call breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The boundary, for people.
    pub description: String,
    /// Why it is broken.
    pub reason: String,
    /// What follows.
    pub action: ViolationAction,
}

/// What the boundaries say about a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Judgement {
    /// The worst of all.
    pub verdict: Verdict,
    /// All that are broken, for the record.
    pub violations: Vec<Violation>,
}

/// Judges a call by the boundaries that count.
///
/// | Kind | Broken by | Value |
/// |---|---|---|
/// | `file_pattern` | a file that the call may write, and that lies in none of them all | globs below the project |
/// | `tool_restriction` | another tool | tools that may be used, `*` for any letters; `!NAME` forbids one |
/// | `human_gate` | such a tool, a write to such a file; any shell command, unless it is a tool or plainly a glob of files | tools, globs, actions |
/// | `scope_limit`, `time_limit`, `cost_limit` | nothing: the coordinator and people judge these | |
///
/// | Action | Verdict |
/// |---|---|
/// | `alert` | none, it is recorded |
/// | `human_required` | a person is asked |
/// | `block` | denied |
///
/// Whatever cannot be read counts as broken: a value of another type, a glob that is none, a
/// kind or an action that is not known. What a shell command writes is not seen.
#[must_use]
pub fn judge(boundaries: &[Boundary], call: &ToolCall) -> Judgement {
    let mut judgement = Judgement::default();
    let counts = || boundaries.iter().filter(|boundary| boundary.enforced);
    let scope: Vec<&Boundary> = counts().filter(|b| b.kind == BoundaryKind::FilePattern).collect();
    // They widen each other, as the coordinator takes them.
    if let Some(reason) = outside(&scope, call) {
        scope.iter().for_each(|boundary| judgement.add(boundary, &reason));
    }
    for boundary in counts() {
        let reason = match boundary.kind {
            BoundaryKind::FilePattern
            | BoundaryKind::ScopeLimit
            | BoundaryKind::TimeLimit
            | BoundaryKind::CostLimit => None,
            BoundaryKind::ToolRestriction => restricted(boundary, call),
            BoundaryKind::HumanGate => gated(boundary, call),
            _ => Some("this version does not know such a boundary".to_owned()),
        };
        if let Some(reason) = reason {
            judgement.add(boundary, &reason);
        }
    }
    judgement
}

impl Judgement {
    fn add(&mut self, boundary: &Boundary, reason: &str) {
        let description = clean(&boundary.description, DESCRIPTION).replace('\n', " ");
        let text = format!("{reason} (boundary: {description})");
        let objection = Objection::new(description.clone(), text);
        let action = boundary.violation_action;
        let verdict = match action {
            ViolationAction::Alert => Verdict::Silent,
            ViolationAction::HumanRequired => Verdict::Ask(objection),
            // Whatever comes later is no less than a refusal.
            _ => Verdict::Deny(objection),
        };
        self.verdict = std::mem::take(&mut self.verdict).worst(verdict);
        self.violations.push(Violation { description, reason: reason.to_owned(), action });
    }
}

/// A file that the call may write and that is in none of the globs.
fn outside(scope: &[&Boundary], call: &ToolCall) -> Option<String> {
    if scope.is_empty() || call.files().is_empty() {
        return None;
    }
    let mut globs = Vec::new();
    for boundary in scope {
        match boundary.texts() {
            Some(texts) => globs.extend(texts),
            None => return Some(unreadable(boundary)),
        }
    }
    let stray = call.files().iter().find(|file| !is_in(&globs, file, call))?;
    Some(format!("{stray:?} is outside of {}", globs.join(", ")))
}

/// Whether a file is in one of the globs, however it is looked at. What cannot be told is not.
fn is_in(globs: &[String], file: &str, call: &ToolCall) -> bool {
    let Some(root) = Place::of_folder(call.root()) else { return false };
    let Ok(place) = Place::of(call.cwd(), file) else { return false };
    let pairs = place.both().into_iter().zip(root.both());
    pairs.into_iter().all(|(path, root)| {
        path.strip_prefix(root).is_ok_and(|below| globs.iter().any(|glob| covers(glob, below)))
    })
}

/// The same where being in it is what breaks a boundary: one way of looking is enough.
fn touches(glob: &str, file: &str, call: &ToolCall) -> bool {
    let (Some(root), Ok(place)) = (Place::of_folder(call.root()), Place::of(call.cwd(), file))
    else {
        return true;
    };
    place.both().into_iter().zip(root.both()).any(|(path, root)| {
        let below = path.strip_prefix(root).ok();
        below.is_some_and(|below| covers(&fold(glob), Path::new(&fold(&below.to_string_lossy()))))
            || covers(glob, path)
    })
}

fn covers(glob: &str, path: &Path) -> bool {
    let glob = glob.trim_start_matches("./");
    let built = GlobBuilder::new(glob).literal_separator(true).build();
    built.is_ok_and(|glob| glob.compile_matcher().is_match(path))
}

fn restricted(boundary: &Boundary, call: &ToolCall) -> Option<String> {
    let Some(texts) = boundary.texts() else { return Some(unreadable(boundary)) };
    let tool = call.tool();
    let (forbidden, allowed): (Vec<&str>, Vec<&str>) =
        texts.iter().map(String::as_str).partition(|text| text.starts_with('!'));
    if forbidden.iter().any(|text| is_tool(text.trim_start_matches('!'), tool)) {
        return Some(format!("{tool} must not be used"));
    }
    let is_allowed = allowed.is_empty() && !forbidden.is_empty()
        || allowed.iter().any(|text| is_tool(text, tool));
    (!is_allowed).then(|| format!("{tool} is not among the tools that may be used"))
}

fn gated(boundary: &Boundary, call: &ToolCall) -> Option<String> {
    let Some(texts) = boundary.texts() else { return Some(unreadable(boundary)) };
    texts.iter().find_map(|gate| {
        if is_tool(gate, call.tool()) {
            return Some(format!("a person must allow {}", call.tool()));
        }
        if let Some(file) = call.files().iter().find(|file| touches(gate, file, call)) {
            return Some(format!("a person must allow what is written to {file:?}"));
        }
        // Nobody reads commands here, so any may be the action.
        (call.is_shell() && !ToolCall::is_tool(gate.trim()) && !is_plain_glob(gate))
            .then(|| format!("a person must allow {gate:?}, and a command may be that"))
    })
}

/// Whether it can only be meant for files: commands have blanks, as `npm publish`, and patterns
/// of them parentheses, as `Bash(git push *)`.
fn is_plain_glob(gate: &str) -> bool {
    let gate = gate.trim();
    gate.contains(['/', '*', '?', '[', '.']) && !gate.contains([' ', '\t', '\n', '(', ')'])
}

/// Whether a tool has this name, in any case; `*` stands for any letters.
fn is_tool(pattern: &str, tool: &str) -> bool {
    let built = GlobBuilder::new(&fold(pattern.trim())).build();
    built.is_ok_and(|glob| glob.compile_matcher().is_match(fold(tool)))
}

fn unreadable(boundary: &Boundary) -> String {
    format!("the value of a {} must be a text or a list of texts", boundary.kind)
}

#[cfg(test)]
mod tests;
