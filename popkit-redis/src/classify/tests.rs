use popkit_protocol::OutcomeKind;

use super::*;
use crate::server_error;

fn told(line: &str) -> Error {
    refused(ServerError::parse(line), &Command::new("XADD").arg("pop:stream:results"), false)
}

#[test]
fn every_refusal_has_its_kind_and_is_not_applied() {
    for (line, kind) in [
        (
            "WRONGPASS invalid username-password pair or user is disabled.",
            ErrorKind::Unauthenticated,
        ),
        ("NOAUTH Authentication required.", ErrorKind::Unauthenticated),
        ("DENIED Redis is running in protected mode.", ErrorKind::PermissionDenied),
        (
            "ERR AUTH <password> called without any password configured for the default user.",
            ErrorKind::Unauthenticated,
        ),
        (
            "NOPERM this user has no permissions to run the 'xadd' command",
            ErrorKind::PermissionDenied,
        ),
        (
            "ERR The user executing the script can't run this command or subcommand",
            ErrorKind::PermissionDenied,
        ),
        ("ERR ACL failure in script: No permissions to access a key", ErrorKind::PermissionDenied),
        ("ERR DB index is out of range", ErrorKind::InvalidConfig),
        ("ERR invalid DB index", ErrorKind::InvalidConfig),
        ("LOADING Redis is loading the dataset in memory", ErrorKind::Unavailable),
        ("BUSY Redis is busy running a script.", ErrorKind::Unavailable),
        ("READONLY You can't write against a read only replica.", ErrorKind::Unavailable),
        ("OOM command not allowed when used memory > 'maxmemory'.", ErrorKind::Full),
        ("MISCONF Redis is configured to save RDB snapshots", ErrorKind::Unavailable),
        ("NOREPLICAS Not enough good replicas to write.", ErrorKind::Unavailable),
        ("MASTERDOWN Link with MASTER is down", ErrorKind::Unavailable),
        ("UNBLOCKED force unblock from blocking operation", ErrorKind::Unavailable),
        ("MOVED 3999 127.0.0.1:6381", ErrorKind::InvalidConfig),
        ("ASK 3999 127.0.0.1:6381", ErrorKind::InvalidConfig),
        ("CROSSSLOT Keys in request don't hash to the same slot", ErrorKind::InvalidInput),
        ("TRYAGAIN Multiple keys request during rehashing of slot", ErrorKind::Unavailable),
        ("CLUSTERDOWN The cluster is down", ErrorKind::Unavailable),
        ("WRONGTYPE Operation against a key", ErrorKind::Corrupt),
        ("EXECABORT Transaction discarded because of previous errors.", ErrorKind::InvalidInput),
        ("ERR max number of clients reached", ErrorKind::Unavailable),
        ("ERR max requests limit exceeded. Limit: 500000, Usage: 500000.", ErrorKind::RateLimited),
        ("ERR max daily request limit exceeded. Limit: 10000", ErrorKind::RateLimited),
        ("ERR DB capacity quota exceeded", ErrorKind::Full),
        ("ERR max concurrent connections exceeded", ErrorKind::Unavailable),
        ("ERR max request size exceeded", ErrorKind::PayloadTooLarge),
        ("ERR max key size exceeded. Limit: X bytes", ErrorKind::PayloadTooLarge),
        (
            "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
            ErrorKind::PayloadTooLarge,
        ),
        ("ERR unknown command 'XADD'", ErrorKind::Unsupported),
        ("ERR something new", ErrorKind::Unexpected),
        ("LANES_STALE", ErrorKind::Unexpected),
    ] {
        let error = told(line);
        assert_eq!(error.kind(), kind, "{line}: {error}");
        assert_eq!(error.outcome(), OutcomeKind::NotApplied, "{line}");
        assert!(!error.to_string().contains('\n'), "{line}");
        assert_eq!(server_error(&error).map(ToString::to_string).as_deref(), Some(line));
    }
}

#[test]
fn what_is_not_allowed_is_named_with_the_rule_that_would_allow_it() {
    for (command, line, says) in [
        (
            Command::new("CONFIG").args(["GET", "x"]),
            "NOPERM this user has no permissions to run the 'config|get' command",
            "may not run CONFIG GET; allow it: ACL SETUSER NAME +config|get",
        ),
        (
            Command::new("XADD").arg("pop:stream:results"),
            "NOPERM this user has no permissions to access one of the keys used as arguments",
            "may not use key pop:stream:results with XADD; allow it: ACL SETUSER NAME ~PATTERN",
        ),
        (
            Command::new("PUBLISH").args(["pop:results", "x"]),
            "NOPERM this user has no permissions to access one of the channels used as arguments",
            "may not use channel pop:results with PUBLISH; allow it: ACL SETUSER NAME &PATTERN",
        ),
        (
            Command::new("XINFO").args(["STREAM", "a"]),
            "NOPERM something new",
            "may not run XINFO STREAM; allow it: ACL SETUSER NAME +xinfo|stream",
        ),
    ] {
        let error = refused(ServerError::parse(line), &command, false);
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn a_script_that_failed_midway_may_have_written() {
    let error = told("WRONGTYPE Operation against a key script: f3a0, on @user_script:7.");
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Corrupt, OutcomeKind::Unknown));
    assert_eq!(told("NOSCRIPT No matching script.").outcome(), OutcomeKind::NotApplied);
}

#[test]
fn redirects_mean_trouble_of_the_cluster_only_where_they_are_followed() {
    let moved = || ServerError::parse("MOVED 1 a:1");
    let error = refused(moved(), &Command::new("GET"), true);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    #[cfg(feature = "resp")]
    assert!(is_passing(&moved(), true) && !is_passing(&moved(), false));
}

#[cfg(feature = "resp")]
#[test]
fn only_what_was_surely_not_done_passes() {
    assert!(is_passing(&ServerError::parse("LOADING"), false));
    assert!(is_passing(&ServerError::parse("READONLY x"), false));
    assert!(!is_passing(&ServerError::parse("READONLY x script: f, on @user_script:1."), false));
    assert!(!is_passing(&ServerError::parse("BUSY"), false));
    assert!(!is_passing(&ServerError::parse("TRYAGAIN"), false));
}

#[test]
fn no_argument_of_a_call_is_shown() {
    let error = refused(
        ServerError::parse("ERR unknown command 'X', with args beginning with: 'hunter2'"),
        &Command::new("AUTH").arg("hunter2"),
        false,
    );
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}
