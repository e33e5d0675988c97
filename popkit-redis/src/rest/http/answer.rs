//! An answer over HTTP, whole.

use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Status and body of an answer.
#[derive(Debug)]
pub(in crate::rest) struct Answer {
    pub(in crate::rest) status: StatusCode,
    pub(in crate::rest) retry_after: Option<Duration>,
    pub(in crate::rest) body: Bytes,
}

impl Answer {
    pub(super) fn new(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        Self { status, retry_after: retry_after(headers), body }
    }

    /// Whether the body is a page for people, as those in between send it.
    pub(in crate::rest) fn is_page(&self) -> bool {
        self.body.trim_ascii_start().starts_with(b"<")
    }

    #[cfg(test)]
    pub(in crate::rest) fn of(status: u16, body: &str) -> Self {
        let status = StatusCode::from_u16(status).unwrap();
        Self { status, retry_after: None, body: Bytes::copy_from_slice(body.as_bytes()) }
    }
}

/// `Retry-After` in seconds. Its other form, a date, needs a clock that the service sets; who
/// sees none waits as he thinks best.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    // A day bounds what an odd answer can do to a caller who obeys it.
    let seconds = text.trim().parse::<u64>().ok()?.min(24 * 3600);
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_that_is_asked_for_is_read_and_bounded() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("99999999999"), Some(Duration::from_secs(86_400)));
        assert_eq!(read("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(read("-1"), None);
    }
}
