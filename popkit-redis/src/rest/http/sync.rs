//! The sync token: what makes reads see the writes before them.

use std::sync::{Mutex, PoisonError};

use reqwest::header::HeaderValue;

/// The header, both ways.
pub(super) const NAME: &str = "upstash-sync-token";
/// The longest that is kept, in bytes.
const MAX: usize = 8192;

/// The newest sync token. Tokens say nothing of which is newer, so it follows from what was
/// asked when:
///
/// - an answer to what was sent with the newest token is newer;
/// - of answers that overtook each other, those to writes count: the reads to come must see
///   these writes. Another read's may be from before them.
#[derive(Debug, Default)]
pub(super) struct SyncToken(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    token: Option<HeaderValue>,
    /// How often it changed.
    version: u64,
}

impl SyncToken {
    /// The token to send now, and its version.
    pub(super) fn current(&self) -> (Option<HeaderValue>, u64) {
        let held = self.lock();
        (held.token.clone(), held.version)
    }

    /// Takes the token of an answer to what was sent with this version of it.
    pub(super) fn heard(&self, token: Option<&HeaderValue>, sent_with: u64, write: bool) {
        let Some(token) = token.filter(|token| !token.is_empty() && token.len() <= MAX) else {
            return;
        };
        let mut held = self.lock();
        if (write || held.version == sent_with) && held.token.as_ref() != Some(token) {
            held.token = Some(token.clone());
            held.version += 1;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sync: &SyncToken) -> String {
        let (token, _) = sync.current();
        token.map(|token| token.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    fn hear(sync: &SyncToken, token: &'static str, sent_with: u64, write: bool) {
        sync.heard(Some(&HeaderValue::from_static(token)), sent_with, write);
    }

    #[test]
    fn the_newest_token_is_sent() {
        let sync = SyncToken::default();
        assert_eq!(shown(&sync), "");
        for (token, write) in [("a", true), ("b", false), ("c", true)] {
            hear(&sync, token, sync.current().1, write);
            assert_eq!(shown(&sync), token);
        }
        sync.heard(None, sync.current().1, true);
        hear(&sync, "", sync.current().1, true);
        assert_eq!(shown(&sync), "c");
    }

    #[test]
    fn a_read_that_was_overtaken_by_a_write_does_not_take_its_token_back() {
        let sync = SyncToken::default();
        let (_, read_sent_with) = sync.current();
        let (_, write_sent_with) = sync.current();
        hear(&sync, "of-the-write", write_sent_with, true);
        hear(&sync, "of-the-read", read_sent_with, false);
        assert_eq!(shown(&sync), "of-the-write");
    }

    #[test]
    fn a_write_that_was_overtaken_by_a_read_counts_still() {
        let sync = SyncToken::default();
        let (_, sent_with) = sync.current();
        hear(&sync, "of-the-read", sent_with, false);
        hear(&sync, "of-the-write", sent_with, true);
        assert_eq!(shown(&sync), "of-the-write");
    }
}
