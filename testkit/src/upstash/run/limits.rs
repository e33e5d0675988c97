//! The service's limits on keys and on commands.

use std::io;

use crate::upstash::backend::Backend;
use crate::upstash::resp::{Command, Link, Reply};

/// What a quota error begins with.
const QUOTA: &str = "ERR max requests limit exceeded.";

/// The error for a key that is too long.
pub(super) async fn key(
    backend: &Backend,
    link: &mut Link,
    command: &Command,
) -> io::Result<Option<Reply>> {
    let limit = backend.options.max_key;
    // Redis knows which words are keys; it is asked only where one might be too long.
    if command.words().iter().all(|word| word.len() <= limit) {
        return Ok(None);
    }
    let mut question = vec![b"COMMAND".to_vec(), b"GETKEYS".to_vec()];
    question.extend_from_slice(command.words());
    let Some(question) = Command::new(question) else {
        return Ok(None);
    };
    let keys = link.ask(&question).await?.into_items();
    let longest =
        keys.iter().map(|key| if let Reply::Bulk(Some(key)) = key { key.len() } else { 0 }).max();
    Ok(longest.filter(|length| *length > limit).map(|length| {
        Reply::error(format!(
            "ERR max key size exceeded. Limit: {limit} bytes, Actual: {length} bytes"
        ))
    }))
}

/// The error for a command beyond the quota.
pub(in crate::upstash) fn quota(backend: &Backend) -> Option<Reply> {
    let limit = backend.options.quota?;
    let used = backend.tally.total();
    (used >= limit).then(|| {
        let help =
            "See https://upstash.com/docs/redis/troubleshooting/max_requests_limit for details";
        Reply::error(format!("{QUOTA} Limit: {limit}, Usage: {used}. {help}"))
    })
}

/// Whether an error is the quota's.
pub(in crate::upstash) fn is_quota(text: &[u8]) -> bool {
    text.starts_with(QUOTA.as_bytes())
}

/// The error for a body that is too long.
pub(in crate::upstash) fn request(limit: usize, length: usize) -> Option<Reply> {
    (length > limit).then(|| {
        Reply::error(format!(
            "ERR max request size exceeded. Limit: {limit} bytes, Actual: {length} bytes"
        ))
    })
}
