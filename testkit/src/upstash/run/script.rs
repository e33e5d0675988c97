//! Scripts with the service's own flag.
//!
//! A script of the service may begin with `#!lua flags=allow-key-locking`, which Redis refuses. The
//! double takes the flag out before Redis sees the script, and keeps the script's SHA-1 valid.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha1_smol::Sha1;

use crate::upstash::resp::{Command, Reply};

/// The flag that only the service knows.
const FLAG: &str = "allow-key-locking";

/// What the SHA-1 of a script with the flag is without it.
#[derive(Debug, Default)]
pub(in crate::upstash) struct Scripts {
    digests: Mutex<HashMap<String, String>>,
}

impl Scripts {
    /// Puts a command into the words of Redis.
    pub(super) fn translate(&self, command: &mut Command) {
        let (name, second) = (command.name(), command.lower(1));
        let words = command.words_mut();
        match (name.as_str(), second.as_str()) {
            ("eval" | "eval_ro", _) => self.strip(words.get_mut(1)),
            ("script", "load") => self.strip(words.get_mut(2)),
            ("evalsha" | "evalsha_ro", _) => self.replace(words.get_mut(1)),
            ("script", "exists") => {
                words.iter_mut().skip(2).for_each(|word| self.replace(Some(word)));
            }
            _ => {}
        }
    }

    /// The reply to `SCRIPT LOAD` in the words of the service.
    pub(super) fn translate_back(&self, original: &Command, reply: Reply) -> Reply {
        if original.name() != "script"
            || original.lower(1) != "load"
            || !matches!(reply, Reply::Bulk(_))
        {
            return reply;
        }
        let script = original.words().get(2).map(Vec::as_slice).unwrap_or_default();
        Reply::Bulk(Some(digest(script).into_bytes()))
    }

    fn strip(&self, script: Option<&mut Vec<u8>>) {
        if let Some(script) = script
            && let Some(stripped) = without_flag(script)
        {
            self.lock().insert(digest(script), digest(&stripped));
            *script = stripped;
        }
    }

    fn replace(&self, word: Option<&mut Vec<u8>>) {
        if let Some(word) = word
            && let Some(known) =
                self.lock().get(&String::from_utf8_lossy(word).to_ascii_lowercase())
        {
            *word = known.clone().into_bytes();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.digests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(script: &[u8]) -> String {
    Sha1::from(script).digest().to_string()
}

/// The script without the flag, its lines where they were; `None` for one that has no such flag.
fn without_flag(script: &[u8]) -> Option<Vec<u8>> {
    let end = script.iter().position(|byte| *byte == b'\n').unwrap_or(script.len());
    let (first, rest) = script.split_at(end);
    let first = std::str::from_utf8(first).ok()?.strip_prefix("#!lua")?;
    let flags = first.split_whitespace().find_map(|word| word.strip_prefix("flags="))?;
    let kept: Vec<&str> = flags.split(',').filter(|flag| *flag != FLAG).collect();
    if kept.len() == flags.split(',').count() {
        return None;
    }
    let first =
        if kept.is_empty() { "--".to_owned() } else { format!("#!lua flags={}", kept.join(",")) };
    Some([first.as_bytes(), rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_flag_is_taken_out() {
        let flagged = b"#!lua flags=allow-key-locking\nreturn 1";
        assert_eq!(without_flag(flagged).as_deref(), Some(&b"--\nreturn 1"[..]));
        let two = b"#!lua flags=no-writes,allow-key-locking\nreturn 1";
        assert_eq!(without_flag(two).as_deref(), Some(&b"#!lua flags=no-writes\nreturn 1"[..]));
        assert_eq!(without_flag(b"#!lua flags=no-writes\nreturn 1"), None);
        assert_eq!(without_flag(b"return 'allow-key-locking'"), None);
    }

    #[test]
    fn the_digest_of_a_flagged_script_stays_valid() {
        let scripts = Scripts::default();
        let text = "#!lua flags=allow-key-locking\nreturn 1";
        let original = Command::of(&["SCRIPT", "LOAD", text]);
        let mut loaded = original.clone();
        scripts.translate(&mut loaded);
        assert_eq!(loaded, Command::of(&["SCRIPT", "LOAD", "--\nreturn 1"]));
        let reply = Reply::Bulk(Some(digest(b"--\nreturn 1").into_bytes()));
        let told = scripts.translate_back(&original, reply).text();
        assert_eq!(told, digest(text.as_bytes()));

        let mut called = Command::of(&["EVALSHA", &told, "0"]);
        scripts.translate(&mut called);
        assert_eq!(called, Command::of(&["EVALSHA", &digest(b"--\nreturn 1"), "0"]));
    }
}
