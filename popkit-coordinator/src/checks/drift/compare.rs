//! Without a generator: are generated texts what is recorded of them, or what was committed?

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::part::{Parts, parts};
use super::tree::Tree;
use crate::checks::git;
use crate::checks::project::{Answer, Checks};

/// Bytes of the longest file that is looked at.
const MOST: u64 = 2 * 1024 * 1024;
/// How many places are shown.
const SHOWN: usize = 3;

/// What was found in the files as they are.
#[derive(Default)]
struct Findings {
    /// Places where something is wrong.
    wrong: Vec<String>,
    /// Files with parts of which nothing is recorded.
    bare: Vec<(String, Parts)>,
}

/// Compares the generated parts of all files with what is known of them.
pub(in crate::checks) async fn compare(checks: &Checks) -> Answer {
    match look(checks).await {
        Ok(answer) => answer,
        Err(reason) => Answer::unknown(reason),
    }
}

async fn look(checks: &Checks) -> Result<Answer, String> {
    let tree = Tree::of(checks).await?;
    let (folder, files) = (checks.folder().to_owned(), tree.files);
    let read = tokio::task::spawn_blocking(move || read_all(&folder, &files)).await;
    let findings = read.map_err(|e| format!("the check broke: {e}"))?;
    if !findings.wrong.is_empty() {
        return Ok(Answer::unmet(shown(&findings.wrong, "; ")));
    }
    if findings.bare.is_empty() {
        return Ok(Answer::met());
    }
    let Some(changed) = tree.changed else {
        let names = shown(&names(&findings.bare), ", ");
        let mend = "record digests, commit them or set a generator";
        return Err(format!("nothing is known of what is generated in {names}; {mend}"));
    };
    let mut others: BTreeSet<String> = changed.iter().cloned().collect();
    let mut drifted = Vec::new();
    for (name, now) in findings.bare.into_iter().filter(|(name, _)| changed.contains(name)) {
        let old = committed(checks, &name).await;
        if old.as_ref().is_some_and(|old| old.rest == now.rest) {
            others.remove(&name);
        }
        if !old.is_some_and(|old| has_same_parts(&old, &now)) {
            drifted.push(name);
        }
    }
    if drifted.is_empty() {
        return Ok(Answer::met());
    }
    let names = shown(&drifted, ", ");
    if others.is_empty() {
        let what = "was changed, and nothing else that it could be made from";
        return Ok(Answer::unmet(format!("what is generated in {names} {what}")));
    }
    let mend = "record digests or set a generator";
    Err(format!("what is generated in {names} was changed, like other files; {mend}"))
}

/// The parts of a file in the last commit; `None` where it is not in there.
async fn committed(checks: &Checks, name: &str) -> Option<Parts> {
    let bytes = git::ask(checks, ["show", &format!("HEAD:./{name}")], &[]).await.ok()?;
    Some(parts(name, std::str::from_utf8(&bytes).ok()?))
}

fn has_same_parts(old: &Parts, now: &Parts) -> bool {
    old.generated.iter().map(|part| &part.text).eq(now.generated.iter().map(|part| &part.text))
}

fn read_all(folder: &Path, files: &[String]) -> Findings {
    let mut findings = Findings::default();
    for name in files {
        let Some(text) = read(&folder.join(name)) else { continue };
        let parts = parts(name, &text);
        if let Some(line) = parts.open {
            findings.wrong.push(format!("{name}:{line} begins a generated part that has no end"));
        }
        let verdicts = parts.generated.iter().map(|part| (part.line, part.is_recorded()));
        for (line, verdict) in verdicts.clone() {
            if verdict == Some(false) {
                let what = "is generated and not as recorded, it was changed by hand";
                findings.wrong.push(format!("{name}:{line} {what}"));
            }
        }
        if verdicts.clone().any(|(_, verdict)| verdict.is_none()) {
            findings.bare.push((name.clone(), parts));
        }
    }
    findings
}

/// The text of a file; `None` where it is none, too long or gone.
fn read(path: &Path) -> Option<String> {
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(MOST + 1).read_to_end(&mut bytes).ok()?;
    let is_short = u64::try_from(bytes.len()).is_ok_and(|length| length <= MOST);
    String::from_utf8(bytes).ok().filter(|_| is_short)
}

fn names(files: &[(String, Parts)]) -> Vec<String> {
    files.iter().map(|(name, _)| name.clone()).collect()
}

fn shown(all: &[String], between: &str) -> String {
    let mut lines: Vec<String> = all.iter().take(SHOWN).cloned().collect();
    if all.len() > SHOWN {
        lines.push(format!("{} more", all.len() - SHOWN));
    }
    lines.join(between)
}
