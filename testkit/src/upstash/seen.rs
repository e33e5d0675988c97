//! The requests that have come, as far as tests may see them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

/// How many requests are kept.
const KEPT: usize = 256;

/// A request, without its token and its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRequest {
    /// `POST`, …
    pub method: String,
    /// The path as it came, without what follows `?`.
    pub path: String,
    headers: BTreeMap<String, String>,
}

impl SeenRequest {
    /// A header by its name in lower case; never `authorization`.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The names of all headers, in lower case.
    pub fn header_names(&self) -> impl Iterator<Item = &str> {
        self.headers.keys().map(String::as_str)
    }

    fn of(parts: &Parts) -> Self {
        let headers = parts.headers.iter().filter(|(name, _)| *name != AUTHORIZATION);
        let headers = headers.map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            headers: headers.collect(),
        }
    }
}

/// The newest requests, and how many there were.
#[derive(Debug, Default)]
pub(super) struct SeenRequests(Mutex<(u64, VecDeque<SeenRequest>)>);

impl SeenRequests {
    /// Notes a request.
    pub(super) fn add(&self, parts: &Parts) {
        let mut seen = self.lock();
        let (count, newest) = &mut *seen;
        *count += 1;
        newest.truncate(KEPT - 1);
        newest.push_front(SeenRequest::of(parts));
    }

    /// How many there were.
    pub(super) fn count(&self) -> u64 {
        self.lock().0
    }

    /// The newest, oldest first.
    pub(super) fn newest(&self) -> Vec<SeenRequest> {
        self.lock().1.iter().rev().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, (u64, VecDeque<SeenRequest>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn the_newest_are_kept_without_their_token() {
        let seen = SeenRequests::default();
        for number in 0..300 {
            let request = Request::builder()
                .uri(format!("/get/{number}?_token=hunter2"))
                .header("Authorization", "Bearer hunter2")
                .header("User-Agent", "tester");
            seen.add(&request.body(()).unwrap().into_parts().0);
        }
        let newest = seen.newest();
        assert_eq!((seen.count(), newest.len()), (300, KEPT));
        let last = newest.last().unwrap();
        assert_eq!((last.path.as_str(), last.header("user-agent")), ("/get/299", Some("tester")));
        assert!(!format!("{newest:?}").contains("hunter2"));
    }
}
