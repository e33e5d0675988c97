//! An objective from a tracker's issue.

use serde::Deserialize;

use crate::error::CliError;

/// The labels of issues that are meant for a session.
const LABELS: [&str; 2] = ["epic", "power-mode"];
/// Headings over the phases, and over the criteria of success.
const PHASES: [&str; 1] = ["phases"];
const CRITERIA: [&str; 4] =
    ["success criteria", "acceptance criteria", "done when", "definition of done"];

/// What an issue says of a session.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Issue {
    /// Its title and its text.
    pub(super) objective: String,
    /// The list under the heading "Phases".
    pub(super) phases: Vec<String>,
    /// The list under "Success criteria", "Acceptance criteria" or "Done when".
    pub(super) criteria: Vec<String>,
    /// Open boxes elsewhere: what is to be done.
    pub(super) boxes: Vec<String>,
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    number: Option<u64>,
    title: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    labels: Vec<Label>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Label {
    Name(String),
    Object { name: String },
}

/// Reads an issue as GitHub writes it.
///
/// # Errors
///
/// "Bad data" where it is none, or has neither label and nobody insists.
pub(super) fn read(text: &str, is_forced: bool) -> Result<Issue, CliError> {
    let given: Given = serde_json::from_str(text).map_err(|error| {
        CliError::data(format!(
            "this is no issue as JSON ({error}); expected {{\"title\", \"body\", \"labels\"}}, as \
             `gh issue view N --json number,title,body,labels` writes it"
        ))
    })?;
    let is_meant = given.labels.iter().any(|label| {
        let (Label::Name(name) | Label::Object { name }) = label;
        LABELS.iter().any(|known| name.eq_ignore_ascii_case(known))
    });
    if !is_meant && !is_forced {
        let number = given.number.map(|number| format!(" {number}")).unwrap_or_default();
        return Err(CliError::data(format!(
            "the issue{number} has neither the label epic nor power-mode; add one, or insist with \
             --force"
        )));
    }
    let title = given.title.trim();
    if title.is_empty() {
        return Err(CliError::data("the issue has no title"));
    }
    let body = given.body.unwrap_or_default().replace("\r\n", "\n");
    let body = body.trim();
    let objective = if body.is_empty() { title.to_owned() } else { format!("{title}\n\n{body}") };
    let (mut phases, listed, boxes) = lists(body);
    phases.iter_mut().for_each(|phase| *phase = name_of(phase));
    let criteria = listed.into_iter().map(harmless).collect();
    let boxes = boxes.into_iter().map(harmless).collect();
    Ok(Issue { objective, phases, criteria, boxes })
}

/// The phases, the criteria, and the boxes that are not ticked.
fn lists(body: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (mut phases, mut criteria, mut boxes) = (Vec::new(), Vec::new(), Vec::new());
    let mut heading = String::new();
    let mut is_code = false;
    for line in body.lines() {
        let line = line.trim();
        if line.starts_with("```") || line.starts_with("~~~") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        if let Some(name) = heading_of(line) {
            heading = name;
            continue;
        }
        let Some(item) = item_of(line) else { continue };
        let (text, is_open, is_box) = unboxed(item);
        let is = |known: &[&str]| known.contains(&heading.as_str());
        if text.is_empty() {
            continue;
        }
        if is(&PHASES) {
            phases.push(text.to_owned());
        } else if is(&CRITERIA) && is_open {
            criteria.push(text.to_owned());
        } else if is_box && is_open {
            boxes.push(text.to_owned());
        }
    }
    (phases, criteria, boxes)
}

/// The name of a heading: `## Phases`, `**Phases:**`, `Phases:`.
fn heading_of(line: &str) -> Option<String> {
    let is_marked = line.starts_with('#') || (line.starts_with("**") && line.ends_with("**"));
    let bare = line.trim_matches(|c: char| matches!(c, '#' | '*' | ' ')).trim_end_matches(':');
    let name = bare.trim().to_lowercase();
    let is_known =
        || line.ends_with(':') && (PHASES.contains(&&*name) || CRITERIA.contains(&&*name));
    (is_marked || is_known()).then_some(name)
}

/// The text of an entry of a list: `- x`, `* x`, `+ x`, `1. x`, `1) x`.
fn item_of(line: &str) -> Option<&str> {
    let bullet = line.strip_prefix(['-', '*', '+']);
    let numbered = || {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        (rest.len() < line.len()).then_some(rest)?.strip_prefix(['.', ')'])
    };
    let rest = bullet.or_else(numbered)?;
    rest.starts_with([' ', '\t']).then(|| rest.trim())
}

/// An entry without its box; whether that is open, and whether there is one.
fn unboxed(item: &str) -> (&str, bool, bool) {
    match item.get(..3) {
        Some("[ ]") => (item.get(3..).unwrap_or_default().trim(), true, true),
        Some("[x]" | "[X]") => (item.get(3..).unwrap_or_default().trim(), false, true),
        _ => (item, true, false),
    }
}

/// The name of a phase that is explained in its line: `**explore**: look around`.
fn name_of(item: &str) -> String {
    let cut = [": ", " - ", " – ", " — "].iter().filter_map(|mark| item.find(mark)).min();
    let name = item.get(..cut.unwrap_or(item.len())).unwrap_or(item);
    let name = name.trim_matches(|c: char| matches!(c, '*' | '`' | '_' | ':') || c.is_whitespace());
    name.to_owned()
}

/// A criterion that starts no program here: whoever can write an issue may not.
fn harmless(criterion: String) -> String {
    let is_command = criterion.starts_with('$')
        || criterion.get(..8).is_some_and(|head| head.eq_ignore_ascii_case("command:"));
    if is_command { format!("to check: {criterion}") } else { criterion }
}

#[cfg(test)]
#[path = "issue/tests.rs"]
mod tests;
