//! Refusals in the service's own words.

use std::time::Duration;

use crate::ErrorKind::{
    self, Full, InvalidConfig, PermissionDenied, RateLimited, Unauthenticated, Unsupported,
};
use crate::{Command, Error, ServerError, classify};

/// How long to ask for nothing when a quota is used up: it does not come back in seconds.
pub(in crate::rest) const QUOTA_PAUSE: Duration = Duration::from_secs(300);

/// What a refusal with this code, and these words in it, means over REST.
struct Rule {
    code: &'static str,
    words: &'static str,
    kind: ErrorKind,
    text: &'static str,
}

const fn rule(
    code: &'static str,
    words: &'static str,
    kind: ErrorKind,
    text: &'static str,
) -> Rule {
    Rule { code, words, kind, text }
}

const TOKEN: &str = "the service does not know the token; copy UPSTASH_REDIS_REST_TOKEN anew from \
                     the console, with its URL";

/// The first that fits counts; what none fits means the same as over every other wire.
const RULES: &[Rule] = &[
    rule("WRONGPASS", "", Unauthenticated, TOKEN),
    rule("NOAUTH", "", Unauthenticated, TOKEN),
    rule(
        "NOPERM",
        "",
        PermissionDenied,
        "the token does not allow it; is it the read-only token? use the standard one, or give \
         its user the right (ACL SETUSER)",
    ),
    rule(
        "ERR",
        "requests limit exceeded",
        RateLimited,
        "the plan's requests are used up; wait for the next period, or raise it",
    ),
    rule(
        "ERR",
        "daily request limit exceeded",
        RateLimited,
        "the plan's requests of today are used up; wait, or raise it",
    ),
    rule(
        "ERR",
        "Pending Entries List limit",
        Full,
        "a consumer has as many entries unacknowledged as the service allows; acknowledge them",
    ),
    rule(
        "ERR",
        "ommand is not available",
        Unsupported,
        "the service does not take a command over REST; use the native wire (rediss://)",
    ),
    rule(
        "ERR",
        "allow-key-locking",
        InvalidConfig,
        "the service is Redis itself and refuses Upstash's line for scripts; add key_locking=false",
    ),
];

/// The error for a command that was refused with these words.
pub(in crate::rest) fn refused(refused: ServerError, command: &Command) -> Error {
    let fits = |rule: &&Rule| rule.code == refused.code() && refused.text().contains(rule.words);
    let Some(rule) = RULES.iter().find(fits) else {
        return classify::refused(refused, command, false);
    };
    let mut error = Error::new(rule.kind, format!("{} ({})", rule.text, command.title()));
    if rule.kind == RateLimited {
        error = error.with_retry_after(QUOTA_PAUSE);
    }
    // A script's writes before the failure stay.
    let error = if refused.is_of_script() { error.unknown() } else { error };
    error.with_source(refused)
}

#[cfg(test)]
mod tests {
    use popkit_protocol::OutcomeKind;

    use super::*;
    use crate::server_error;

    #[test]
    fn every_documented_refusal_has_its_kind_and_is_not_applied() {
        for (line, kind) in [
            ("WRONGPASS invalid or missing auth token", Unauthenticated),
            ("NOAUTH Authentication required.", Unauthenticated),
            ("NOPERM this user has no permissions to run the 'set' command", PermissionDenied),
            ("WRONGTYPE Operation against a key", ErrorKind::Corrupt),
            ("NOSCRIPT No matching script.", ErrorKind::Unavailable),
            ("EXECABORT Transaction discarded", ErrorKind::InvalidInput),
            ("ERR max request size exceeded", ErrorKind::PayloadTooLarge),
            ("ERR max single record size exceeded", ErrorKind::PayloadTooLarge),
            (
                "ERR max key size exceeded. Limit: 1 bytes, Actual: 2 bytes",
                ErrorKind::PayloadTooLarge,
            ),
            ("ERR max requests limit exceeded. Limit: 500000, Usage: 500000.", RateLimited),
            ("ERR max daily request limit exceeded. Limit: 10000", RateLimited),
            ("ERR DB capacity quota exceeded", Full),
            ("ERR max concurrent connections exceeded", ErrorKind::Unavailable),
            ("ERR XReadGroup is cancelled. Pending Entries List limit per consumer is", Full),
            ("ERR Command is not available: 'BLPOP'", Unsupported),
            ("ERR Unexpected flag in script shebang: allow-key-locking", InvalidConfig),
            ("ERR something new", ErrorKind::Unexpected),
        ] {
            let error = refused(ServerError::parse(line), &Command::new("SET").arg("k"));
            assert_eq!((error.kind(), error.outcome()), (kind, OutcomeKind::NotApplied), "{line}");
            assert!(!error.to_string().contains('\n'));
            assert_eq!(server_error(&error).map(ToString::to_string).as_deref(), Some(line));
        }
    }

    #[test]
    fn a_quota_that_is_used_up_asks_for_minutes_of_silence() {
        let line = "ERR max requests limit exceeded. Limit: 500000, Usage: 500000.";
        let error = refused(ServerError::parse(line), &Command::new("XREAD"));
        assert_eq!(error.retry_after(), Some(QUOTA_PAUSE));
        assert!(error.message().contains("requests are used up"), "{error}");
    }

    #[test]
    fn a_script_that_failed_midway_may_have_written() {
        let line = "NOPERM no permissions script: f3a0, on @user_script:7.";
        let error = refused(ServerError::parse(line), &Command::new("EVALSHA"));
        assert_eq!(error.outcome(), OutcomeKind::Unknown);
    }
}
