//! Which file is what.
//!
//! ```text
//! FOLDER/            0700
//!   transport        says that this is a folder of messages, and its format
//!   CHANNEL/         one channel, by an escaped name
//!     channel        its name, and a number that is drawn when it is made
//!     turn           appenders lock it; where the log ends
//!     NUMBER-K.log   a segment: messages from NUMBER on. K counts repairs
//!     latest/        one file per key
//! ```

use std::path::{Path, PathBuf};

use popkit_protocol::{Channel, id};
use sha2::{Digest as _, Sha256};

/// The longest folder name that is made of a channel's name; longer ones are digests.
const LONGEST: usize = 180;

/// The folder of a channel: two channels never share one, also where case does not count.
pub(in crate::backend::file) fn folder_of(channel: &Channel) -> String {
    let escaped = escape(channel.as_str());
    if escaped.len() <= LONGEST {
        return escaped;
    }
    let digest = Sha256::digest(channel.as_str());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    // A name that is escaped never begins so: `=` is always followed by hex digits there.
    format!("=sha-{hex}")
}

/// Everything but letters, digits, `.`, `_` and `-` as `=` and two hex digits; capitals as
/// [`id::file_name`] has them.
fn escape(name: &str) -> String {
    let named = id::file_name(name);
    let mut escaped = String::with_capacity(named.len() + 16);
    let (text, capitals) = named.split_at(name.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("={byte:02x}"));
        }
    }
    escaped.push_str(capitals);
    if is_device(&escaped) { format!("={escaped}") } else { escaped }
}

/// Names that some systems give to devices, whatever follows a dot.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    matches!(stem, "con" | "prn" | "aux" | "nul") || numbered.is_some_and(|n| n.len() == 1)
}

/// A segment by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::backend::file) struct SegmentId {
    /// The number of its first message.
    pub(in crate::backend::file) first: u64,
    /// How many repairs came before it.
    pub(in crate::backend::file) repair: u32,
}

impl SegmentId {
    pub(in crate::backend::file) fn path(self, folder: &Path) -> PathBuf {
        folder.join(format!("{:020}-{}.log", self.first, self.repair))
    }

    fn of(name: &str) -> Option<Self> {
        let (first, repair) = name.strip_suffix(".log")?.split_once('-')?;
        let id = Self { first: first.parse().ok()?, repair: repair.parse().ok()? };
        // Only names as they are written: `+1-0.log` is somebody else's.
        (id.path(Path::new("")).to_str() == Some(name) && id.first > 0).then_some(id)
    }
}

/// The segments of a channel, in order. Other files are none of ours.
///
/// # Errors
///
/// Those of reading the folder.
pub(in crate::backend::file) fn segments(folder: &Path) -> std::io::Result<Vec<SegmentId>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        found.extend(entry?.file_name().to_str().and_then(SegmentId::of));
    }
    found.sort_unstable();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn folder(name: &str) -> String {
        folder_of(&Channel::new(name).unwrap())
    }

    #[test]
    fn folders_are_told_apart_without_case() {
        let long = "x".repeat(190);
        let names = [
            "pop:results",
            "pop.results",
            "pop-results",
            "POP:results",
            "pop:Results",
            "pop=3aresults",
            "a",
            "A",
            "a+1",
            "a:b",
            "a/b",
            "pop:{a}:b",
            "con",
            "CON",
            "con.x",
            "com1",
            long.as_str(),
        ];
        let valid: Vec<_> = names.iter().filter_map(|name| Channel::new(name).ok()).collect();
        let folders: HashSet<_> = valid.iter().map(|c| folder_of(c).to_lowercase()).collect();
        assert_eq!(folders.len(), valid.len());
        assert!(
            !folders.contains("con") && !folders.contains("com1") && !folders.contains("con.x")
        );
        assert!(folders.iter().all(|name| name.len() < 240 && !name.contains('/')));
    }

    #[test]
    fn well_known_channels_can_be_read_by_people() {
        assert_eq!(folder("pop:broadcast"), "pop=3abroadcast");
        assert_eq!(folder("pop:agent:Ann"), "pop=3aagent=3aann+004");
    }

    #[test]
    fn segments_are_known_by_their_names_alone() {
        let id = SegmentId { first: 12, repair: 3 };
        let path = id.path(Path::new("/x"));
        assert_eq!(path.to_str(), Some("/x/00000000000000000012-3.log"));
        assert_eq!(SegmentId::of("00000000000000000012-3.log"), Some(id));
        for foreign in [
            "12-3.log",
            "00000000000000000000-0.log",
            "00000000000000000012-3",
            "x.log",
            "00000000000000000012-+3.log",
            "00000000000000000012-3.log~",
        ] {
            assert_eq!(SegmentId::of(foreign), None, "{foreign}");
        }
    }
}
