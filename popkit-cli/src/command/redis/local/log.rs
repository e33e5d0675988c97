//! What the server has logged.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// Bytes of the end that are read.
const END: u64 = 64 * 1024;

/// The last lines of a log; none where there is none.
pub(in super::super) fn tail(path: &Path, lines: usize) -> Vec<String> {
    let all = since(path, 0);
    let skipped = all.len().saturating_sub(lines);
    all.into_iter().skip(skipped).collect()
}

/// How long it is.
pub(super) fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |data| data.len())
}

/// Why a server ended, by what it has logged since the log was so long: its last warnings,
/// else its last line.
pub(super) fn reason(path: &Path, start: u64) -> String {
    let lines = since(path, start);
    let warning = |line: &String| line.split_once(" # ").map(|(_, text)| text.trim().to_owned());
    let warnings: Vec<String> =
        lines.iter().filter_map(warning).filter(|text| !is_greeting(text)).collect();
    let last = warnings.len().saturating_sub(2);
    match warnings.get(last..) {
        Some(last) if !last.is_empty() => last.join(" "),
        _ => lines.last().cloned().unwrap_or_else(|| "it says nothing".to_owned()),
    }
}

/// What every start logs in the form of a warning.
fn is_greeting(text: &str) -> bool {
    ["oO0OoO0OoO0Oo", "Redis version=", "Configuration loaded", "Server initialized", "WARNING "]
        .iter()
        .any(|begin| text.starts_with(begin))
}

fn since(path: &Path, start: u64) -> Vec<String> {
    let read = || {
        let mut file = File::open(path)?;
        let start = start.max(file.metadata()?.len().saturating_sub(END));
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(END).read_to_end(&mut bytes)?;
        std::io::Result::Ok(bytes)
    };
    let text = read().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = text.unwrap_or_default();
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_warnings_after_the_start_are_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "1:M 1 Nov 2026 10:00:00.000 # an older failure\n").unwrap();
        let start = length(&path);
        let new = "1:C 1 Nov 2026 10:00:01.000 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n\
                   1:M 1 Nov 2026 10:00:01.000 # Warning: bind: Address already in use\n\
                   1:M 1 Nov 2026 10:00:01.000 # Failed listening on port 1 (TCP), aborting.\n\
                   1:M 1 Nov 2026 10:00:01.000 * a note\n";
        fs::write(&path, fs::read_to_string(&path).unwrap() + new).unwrap();
        let told = reason(&path, start);
        let both =
            "Warning: bind: Address already in use Failed listening on port 1 (TCP), aborting.";
        assert_eq!(told, both);
        assert_eq!(tail(&path, 1), ["1:M 1 Nov 2026 10:00:01.000 * a note"]);
    }

    #[test]
    fn without_a_warning_the_last_line_is_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, ">>> 'bogus yes'\nBad directive or wrong number of arguments\n").unwrap();
        assert_eq!(reason(&path, 0), "Bad directive or wrong number of arguments");
        assert_eq!(reason(&folder.path().join("none"), 0), "it says nothing");
    }
}
