//! Refusals by the server's access rules.

use crate::{Command, Error, ErrorKind, ServerError};

/// Names what is not allowed, and the rule that would allow it.
pub(super) fn denied(refused: &ServerError, command: &Command) -> Error {
    let title = command.title();
    let key = command.key().map(|key| shown(key)).unwrap_or_default();
    let text = refused.text();
    let message = if text.contains("channel") {
        let channel = command.arguments().first().map(|name| shown(name)).unwrap_or_default();
        format!(
            "the Redis user may not use channel {channel} with {title}; allow it: \
             ACL SETUSER NAME &PATTERN"
        )
    } else if text.contains("key") {
        format!(
            "the Redis user may not use key {key} with {title}; allow it: ACL SETUSER NAME ~PATTERN"
        )
    } else {
        // The server names the command, which inside a script is another one.
        let named = text.split('\'').nth(1).filter(|_| text.contains("' command"));
        let rule = named.map_or_else(|| title.to_lowercase().replace(' ', "|"), str::to_owned);
        format!(
            "the Redis user may not run {}; allow it: ACL SETUSER NAME +{rule}",
            rule.replace('|', " ").to_uppercase()
        )
    };
    Error::new(ErrorKind::PermissionDenied, message)
}

fn shown(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    popkit_protocol::limits::cut(&text, 120).escape_debug().to_string()
}
