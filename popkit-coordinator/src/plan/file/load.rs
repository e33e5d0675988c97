//! [`Plan::load`] and [`Plan::parse`].

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use popkit_protocol::TaskId;

use super::place::{Lines, Place};
use super::{Format, Plan, PlanError, PlanIssue, read};

/// Bytes of the largest plan file.
const MAX_BYTES: usize = 1024 * 1024;

impl Plan {
    /// Reads a plan file; the extension says the format.
    ///
    /// # Errors
    ///
    /// [`PlanError`] with everything that is wrong: the file cannot be read, is larger than
    /// 1 MiB or not UTF-8, or the plan breaks a rule.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, PlanError> {
        load(path.as_ref(), false)
    }

    /// As [`Plan::load`], for a runner that brings a command template: prompts then need no
    /// agent that has one.
    ///
    /// # Errors
    ///
    /// As [`Plan::load`].
    pub fn load_for_prompts(path: impl AsRef<Path>) -> Result<Self, PlanError> {
        load(path.as_ref(), true)
    }

    /// Reads a plan from text. `origin` is the file that errors name; its folder is
    /// [`Plan::base_dir`] and its stem the default name.
    ///
    /// # Errors
    ///
    /// As [`Plan::load`].
    pub fn parse(text: &str, format: Format, origin: &Path) -> Result<Self, PlanError> {
        Self::parse_bytes(text.as_bytes(), format, origin, false)
    }

    pub(crate) fn parse_bytes(
        bytes: &[u8],
        format: Format,
        origin: &Path,
        prompts: bool,
    ) -> Result<Self, PlanError> {
        let text = text_of(bytes).map_err(|issue| PlanError::new(origin, vec![issue]))?;
        let mut plan =
            read::plan(text, format, prompts).map_err(|issues| PlanError::new(origin, issues))?;
        if plan.name.is_empty() {
            plan.name = name_of(origin);
        }
        plan.base_dir = match origin.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        Ok(plan)
    }
}

fn load(path: &Path, prompts: bool) -> Result<Plan, PlanError> {
    let whole = |message: String| PlanError::new(path, vec![Place::default().issue(message)]);
    let Some(format) = Format::of(path) else {
        return Err(whole("unknown extension (expected .toml, .yaml, .yml or .json)".to_owned()));
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| whole(format!("cannot read the file: {error}")))?;
    Plan::parse_bytes(&bytes, format, path, prompts)
}

fn text_of(bytes: &[u8]) -> Result<&str, PlanIssue> {
    if bytes.len() > MAX_BYTES {
        return Err(Place::default().issue("the file is larger than 1 MiB, the limit of a plan"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let good = std::str::from_utf8(good).unwrap_or_default();
        Lines::new(good).place(good.len()).issue("the text is not UTF-8 (save the file as UTF-8)")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The file's stem as an id.
fn name_of(origin: &Path) -> String {
    let stem = origin.file_stem().unwrap_or_default().to_string_lossy();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = stem.chars().map(|c| if fits(c) { c } else { '-' }).take(128).collect();
    let name = name.trim_start_matches(['.', '_', '-']).trim_end_matches('.');
    TaskId::new(name).map_or_else(|_| "plan".to_owned(), |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_comes_from_the_stem() {
        for (origin, name) in [
            ("a/release.toml", "release"),
            ("my plan.yaml", "my-plan"),
            (".hidden.json", "hidden"),
            ("ü.toml", "plan"),
            ("", "plan"),
            ("Human.toml", "plan"),
        ] {
            assert_eq!(name_of(Path::new(origin)), name, "{origin:?}");
        }
    }
}
