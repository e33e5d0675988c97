//! What cannot be opened or done is told in one line, with its mend and without the token.

use popkit_protocol::{OutcomeKind, RandomIds};
use popkit_store::{
    Durability, Error, ErrorKind, Push, RedisStore, StepRequest, TaskStore as _, TaskStoreExt as _,
    Waiter, WakeReason,
};
use popkit_testkit::{Fault, RedisOptions as ServerOptions, UpstashDouble, UpstashOptions};

use super::support::{double, open, options, plain, url};
use crate::redis::faults::support::{HOUR, claim, soon, task, worker};

const QUOTA: &str = "ERR max requests limit exceeded. Limit: 500000, Usage: 500000.";

async fn refused(url: &str) -> Error {
    match options(url).open().await {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

#[track_caller]
fn assert_told(error: &Error, double: &UpstashDouble, operation: &str, says: &str) {
    assert_eq!((error.backend(), error.operation()), ("redis", operation), "{error}");
    assert!(error.to_string().contains(says), "no {says:?} in: {error}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
    let all = format!("{error} {error:?} {error:#?}");
    for token in [double.token(), double.read_only_token()] {
        assert!(!all.contains(token), "{error:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_unknown_or_may_only_read_is_told_when_the_store_is_opened() {
    let double = double().await;
    let other = url(&double).replace(double.token(), "hunter2");
    let error = refused(&other).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_told(&error, &double, "open", "copy UPSTASH_REDIS_REST_TOKEN anew");
    assert!(!format!("{error:?}").contains("hunter2"));

    let reader = url(&double).replace(double.token(), double.read_only_token());
    let error = refused(&reader).await;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_told(&error, &double, "open", "is it the read-only token? use the standard one");
    assert_eq!(double.redis().cli(&["DBSIZE"]), "0");
}

#[tokio::test]
async fn a_service_that_is_not_there_or_is_redis_itself_is_told() {
    let double = double().await;
    let nowhere = url(&double).replace(&double.addr().to_string(), "127.0.0.1:1");
    let error = refused(&nowhere.replace("timeout=20s", "timeout=100ms")).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_told(&error, &double, "open", "connection refused; is the service running");

    double.faults().next(2, Fault::Delay(std::time::Duration::ZERO));
    double.faults().next(1, Fault::Error(400, "NOSCRIPT No matching script."));
    let flag = "ERR Unexpected flag in script shebang: allow-key-locking";
    double.faults().next(1, Fault::Error(400, flag));
    let error = refused(&url(&double)).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert_told(&error, &double, "open", "add key_locking=false");
    options(&format!("{}&key_locking=false", url(&double))).open().await.unwrap();
}

#[tokio::test]
async fn what_the_service_does_not_tell_is_not_promised_and_what_it_tells_counts() {
    let double = double().await;
    let able = open(&double).await.capabilities();
    assert_eq!(
        (able.durability, able.push, able.hand_off),
        (Durability::Process, Push::Poll, false)
    );
    let evicting = ServerOptions::default().arg("maxmemory-policy", "allkeys-lru");
    let double = UpstashDouble::start(UpstashOptions::default().redis(evicting)).await;
    let error = refused(&url(&double)).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert_told(&error, &double, "open", "throws data away");
}

#[tokio::test]
async fn the_names_of_the_autonomous_system_are_not_written_over_rest() {
    let double = double().await;
    let error = open(&double).await.autonomous_view().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_told(&error, &double, "view", "over REST, where a script's keys must be known");
}

/// Every class of failure: what goes wrong, what it is, what it says, whether it may be done.
const CLASSES: [(Fault, ErrorKind, &str, bool); 14] = [
    (Fault::Status(500), ErrorKind::Unavailable, "status 500", true),
    (Fault::Status(502), ErrorKind::Unavailable, "status 502", true),
    (Fault::CloseBefore, ErrorKind::Unavailable, "was lost before", true),
    (Fault::CloseAfter, ErrorKind::Unavailable, "was lost before", true),
    (Fault::CutBody, ErrorKind::Unavailable, "", true),
    (Fault::InvalidJson, ErrorKind::Unexpected, "", true),
    (Fault::WrongBase64, ErrorKind::Unexpected, "not the base64", true),
    (Fault::TooManyRequests { retry_after: 9 }, ErrorKind::RateLimited, "slow", false),
    (Fault::Error(400, QUOTA), ErrorKind::RateLimited, "requests are used up", false),
    (
        Fault::Error(401, "WRONGPASS invalid or missing auth token"),
        ErrorKind::Unauthenticated,
        "does not know the token",
        false,
    ),
    (
        Fault::Error(400, "NOPERM no permissions"),
        ErrorKind::PermissionDenied,
        "does not allow it",
        false,
    ),
    (Fault::Error(400, "ERR DB capacity quota exceeded"), ErrorKind::Full, "", false),
    (Fault::Error(400, "ERR max request size exceeded"), ErrorKind::PayloadTooLarge, "", false),
    (
        Fault::Error(400, "ERR Command is not available: 'EVALSHA'"),
        ErrorKind::Unsupported,
        "",
        false,
    ),
];

#[tokio::test]
async fn every_class_of_failure_is_told_for_what_it_is() {
    let double = double().await;
    let store = open(&double).await;
    let who = worker("w");
    store.insert(task("a")).await.unwrap();
    // Both scripts are known from here on.
    store.step(claim(&who, 0)).await.unwrap();
    let empty = || StepRequest::new(who.holder, 0, popkit_protocol::IdSource::request(&RandomIds));
    for (fault, kind, says, unknown) in CLASSES {
        double.faults().next(1, fault);
        let error = store.step(empty()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}: {error}");
        assert_eq!(error.outcome() == OutcomeKind::Unknown, unknown, "{fault:?}: {error}");
        assert_told(&error, &double, "step", says);
        if matches!(kind, ErrorKind::RateLimited) {
            assert!(error.retry_after().is_some(), "{error}");
        }
    }
    store.step(empty()).await.unwrap();
}

async fn wait(store: &RedisStore) -> popkit_store::Result<WakeReason> {
    let who = worker("w");
    let waiter = Waiter::new(who.holder, 0, who.wants(1, &RandomIds), HOUR);
    soon("the end of a wait", store.wait(waiter)).await.map(|wake| wake.reason)
}

#[tokio::test]
async fn who_waits_is_told_what_waiting_longer_does_not_mend() {
    let double = double().await;
    let store = open(&double).await;
    // The script is known from here on.
    store.insert(task("a")).await.unwrap();
    assert_eq!(wait(&store).await.unwrap(), WakeReason::Ready);
    for (fault, kind, says, _) in CLASSES {
        // More often than a look is tried.
        double.faults().next(3, fault);
        let error = wait(&store).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}: {error}");
        assert_told(&error, &double, "wait", says);
        double.faults().clear();
    }
    assert_eq!(wait(&store).await.unwrap(), WakeReason::Ready);
}

#[tokio::test]
async fn a_quota_that_ends_while_somebody_waits_is_told_with_the_pause_to_keep() {
    let double = UpstashDouble::start(plain().quota(40)).await;
    let store = open(&double).await;
    let error = wait(&store).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().is_some_and(|pause| pause.as_secs() >= 60), "{error:?}");
    assert_told(&error, &double, "wait", "requests are used up");
    let requests = double.requests();
    let error = store.insert(task("a")).await.unwrap_err();
    assert_told(&error, &double, "insert", "requests are used up");
    assert_eq!(double.requests(), requests + 1, "nobody goes on asking");
}
