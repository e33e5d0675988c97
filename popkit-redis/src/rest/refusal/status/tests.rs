use std::time::Duration;

use popkit_protocol::OutcomeKind::{NotApplied, Unknown};

use super::*;

const PAGE: &str = "<html><body>Bad gateway hunter2</body></html>";

fn told(status: u16, body: &str) -> Trouble {
    refused(&Answer::of(status, body), &Command::new("SET").args(["k", "hunter2"]), "SET")
}

#[test]
fn every_status_has_its_kind_its_outcome_and_its_mend() {
    for (status, body, kind, outcome, says) in [
        (400, r#"{"error":"WRONGTYPE x"}"#, ErrorKind::Corrupt, NotApplied, "another type"),
        (400, r#"{"error":"ERR syntax error"}"#, ErrorKind::Unexpected, NotApplied, "syntax error"),
        (400, PAGE, ErrorKind::Unexpected, Unknown, "status 400"),
        (
            401,
            r#"{"error":"WRONGPASS invalid or missing auth token"}"#,
            ErrorKind::Unauthenticated,
            NotApplied,
            "copy UPSTASH_REDIS_REST_TOKEN anew",
        ),
        (401, r#"{"error":"Unauthorized"}"#, ErrorKind::Unauthenticated, NotApplied, "anew"),
        (401, PAGE, ErrorKind::Unauthenticated, NotApplied, "anew"),
        (
            403,
            r#"{"error":"NOPERM this user has no permissions to run the 'set' command"}"#,
            ErrorKind::PermissionDenied,
            NotApplied,
            "read-only token?",
        ),
        (403, PAGE, ErrorKind::PermissionDenied, NotApplied, "status 403"),
        (404, PAGE, ErrorKind::InvalidConfig, NotApplied, "no REST service"),
        (405, PAGE, ErrorKind::Unsupported, NotApplied, "no POST"),
        (408, "", ErrorKind::Timeout, Unknown, "in time"),
        (413, PAGE, ErrorKind::PayloadTooLarge, NotApplied, "send less"),
        (
            413,
            r#"{"error":"ERR max request size exceeded"}"#,
            ErrorKind::PayloadTooLarge,
            NotApplied,
            "over the plan's size",
        ),
        (429, "", ErrorKind::RateLimited, NotApplied, "slow down"),
        (
            429,
            r#"{"error":"ERR max requests limit exceeded. Limit: 1, Usage: 1."}"#,
            ErrorKind::RateLimited,
            NotApplied,
            "used up",
        ),
        (301, "", ErrorKind::InvalidConfig, NotApplied, "leads elsewhere"),
        (500, PAGE, ErrorKind::Unavailable, Unknown, "status 500"),
        (502, PAGE, ErrorKind::Unavailable, Unknown, "gateway"),
        (503, "", ErrorKind::Unavailable, Unknown, "status 503"),
        (504, r#"{"error":"something"}"#, ErrorKind::Unavailable, Unknown, "status 504"),
        (
            500,
            r#"{"error":"ERR max requests limit exceeded. Limit: 1, Usage: 1."}"#,
            ErrorKind::RateLimited,
            Unknown,
            "used up",
        ),
        (418, PAGE, ErrorKind::Unexpected, NotApplied, "status 418"),
    ] {
        let error = told(status, body).error;
        assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{status} {body}: {error}");
        let text = error.to_string();
        assert!(text.contains(says) && !text.contains('\n'), "{status} {body}: {text}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn only_gateways_are_worth_another_try() {
    for status in [400, 401, 403, 404, 405, 408, 413, 429, 301] {
        assert_eq!(told(status, PAGE).sort, Sort::Told, "{status}");
    }
    for status in [500, 502, 503, 504] {
        assert_eq!(told(status, PAGE).sort, Sort::Lost, "{status}");
        let quota = r#"{"error":"ERR max requests limit exceeded."}"#;
        assert_eq!(told(status, quota).sort, Sort::Told, "{status}");
    }
}

#[test]
fn the_pause_that_is_asked_for_is_kept() {
    let answer =
        |status| Answer { retry_after: Some(Duration::from_secs(7)), ..Answer::of(status, "") };
    for status in [429, 503] {
        let error = refused(&answer(status), &Command::new("GET"), "GET").error;
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }
}
