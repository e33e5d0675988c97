//! Does the README say the version that the project has?

mod manifest;
mod stated;

use std::fs;
use std::io::Read as _;
use std::path::Path;

use self::manifest::Manifest;
use self::stated::Stated;
use super::project::Answer;

/// Bytes of the longest file that is read.
const MOST: u64 = 1024 * 1024;
/// How many wrong versions are shown.
const SHOWN: usize = 3;

/// Compares what the README says with what the manifests say.
pub(super) fn check(folder: &Path) -> Answer {
    match look(folder) {
        Ok(answer) => answer,
        Err(reason) => Answer::unknown(reason),
    }
}

fn look(folder: &Path) -> Result<Answer, String> {
    let Some(name) = readme_of(folder)? else { return Ok(Answer::met()) };
    let Some(text) = read(folder, &name)? else { return Ok(Answer::met()) };
    let manifests = manifest::find(folder)?;
    let names: Vec<&str> = manifests.iter().flat_map(Manifest::names).collect();
    let stated = stated::find(&text, &names);
    let agrees = |said: &&Stated| manifests.iter().any(|it| said.is_of(&it.version));
    let wrong: Vec<&Stated> = stated.iter().filter(|said| !agrees(said)).collect();
    let Some(first) = wrong.first() else { return Ok(Answer::met()) };
    if manifests.is_empty() {
        let (line, version) = (first.line, &first.version);
        let what = format!("{name}:{line} says {version}, and no manifest says the version");
        return Ok(Answer::unknown(what));
    }
    let shown =
        wrong.iter().take(SHOWN).map(|said| format!("{name}:{} says {}", said.line, said.version));
    let mut lines: Vec<String> = shown.collect();
    if wrong.len() > SHOWN {
        lines.push(format!("{} more are wrong", wrong.len() - SHOWN));
    }
    lines.extend(manifests.iter().map(|it| format!("{} says {}", it.file, it.version)));
    Ok(Answer::unmet(lines.join(", ")))
}

/// The name of the README, however it is written.
fn readme_of(folder: &Path) -> Result<Option<String>, String> {
    let files = fs::read_dir(folder).map_err(|e| format!("cannot read the folder: {e}"))?;
    let names = files.flatten().filter_map(|file| file.file_name().into_string().ok());
    Ok(names.filter(|name| name.eq_ignore_ascii_case("readme.md")).min())
}

/// The text of a file; `None` where there is none.
fn read(folder: &Path, name: &str) -> Result<Option<String>, String> {
    let file = match fs::File::open(folder.join(name)) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|e| format!("cannot read {name}: {e}"))?,
    };
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|e| format!("cannot read {name}: {e}"))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MOST {
        return Err(format!("{name} is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| format!("{name} is not UTF-8"))
}
