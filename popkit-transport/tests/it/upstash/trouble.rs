//! What goes wrong over REST.

use std::time::Duration;

use popkit_protocol::OutcomeKind;
use popkit_testkit::{Fault, StreamFault, UpstashDouble, UpstashOptions};
use popkit_transport::{
    ErrorKind, Event, LatestKey, Publish, PublishOptions, Transport as _, TransportExt as _,
};

use super::{double, open, open_apart, url};
use crate::redis::{counted, event, lines, persist, results, soon};

/// One thing that goes wrong now and then.
fn upset(double: &UpstashDouble, number: u64) {
    let fault = match number % 14 {
        1 | 3 => Fault::CloseAfter,
        5 => Fault::CutBody,
        7 => Fault::CloseBefore,
        9 => Fault::Status(503),
        11 => Fault::Delay(Duration::from_millis(20)),
        _ => return,
    };
    double.faults().next(2, fault);
}

#[tokio::test]
async fn nothing_is_lost_or_told_twice_though_answers_are_lost() {
    for hints in [None, Some(StreamFault::CutAfter(4)), Some(StreamFault::SilentAfter(5))] {
        let double = double().await;
        if let Some(fault) = hints {
            double.faults().next_stream(10_000, fault);
        }
        let sse = if hints.is_some() { "&sse=on" } else { "" };
        let (here, there) = (open_apart(&double, sse).await, open_apart(&double, sse).await);
        let mut reader = there.subscribe(&[results()]).await.unwrap();
        let write = persist(&here, 150, |number| upset(&double, number));
        let (read, ()) = tokio::join!(lines(&mut reader, 150), write);
        assert_eq!(read, counted(150));
        double.faults().clear();
        let mut late = there.replay(&[results()]).await.unwrap();
        assert_eq!(lines(&mut late, 150).await, counted(150));
        assert!(reader.duplicates() > 0, "no answer was lost");
    }
}

#[tokio::test]
async fn p17_every_refusal_has_words_of_its_own() {
    let double = double().await;
    let transport = open(&double, "").await;
    transport.publish(&results(), "0").await.unwrap();
    let mut said = Vec::new();
    for (status, text, kind) in [
        (401, "WRONGPASS invalid or missing auth token", ErrorKind::Unauthenticated),
        (400, "NOPERM this user has no permissions to run 'evalsha'", ErrorKind::PermissionDenied),
        (400, "ERR max requests limit exceeded. Limit: 5, Usage: 5.", ErrorKind::RateLimited),
        (400, "ERR max daily request limit exceeded. Limit: 5", ErrorKind::RateLimited),
        (400, "ERR DB capacity quota exceeded", ErrorKind::Full),
        (400, "ERR max request size exceeded. Limit: 1", ErrorKind::PayloadTooLarge),
        (400, "ERR max concurrent connections exceeded", ErrorKind::Unavailable),
        (400, "ERR Command is not available: 'EVALSHA'", ErrorKind::Unsupported),
        (400, "WRONGTYPE Operation against a key", ErrorKind::Corrupt),
        (400, "ERR something new", ErrorKind::Unexpected),
    ] {
        double.faults().next(1, Fault::Error(status, text));
        let error = transport.publish(&results(), "1").await.unwrap_err();
        assert_eq!((error.kind(), error.backend()), (kind, "upstash"), "{text}: {error}");
        assert_eq!(error.outcome(), OutcomeKind::NotApplied, "{error}");
        assert!(!said.contains(&error.message().to_owned()), "{error}");
        assert!(!error.to_string().contains('\n') && !error.to_string().contains(double.token()));
        said.push(error.message().to_owned());
    }
    for (fault, kind) in [
        (Fault::Status(503), ErrorKind::Unavailable),
        (Fault::CloseAfter, ErrorKind::Unavailable),
        (Fault::InvalidJson, ErrorKind::Unexpected),
        (Fault::WrongBase64, ErrorKind::Unexpected),
    ] {
        double.faults().next(1, fault);
        let error = transport.publish(&results(), "1").await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, OutcomeKind::Unknown), "{error}");
        assert!(!said.contains(&error.message().to_owned()), "{error}");
        said.push(error.message().to_owned());
    }
}

#[tokio::test]
async fn a_reader_is_told_that_the_quota_is_used_up_and_then_asks_for_nothing() {
    let double = double().await;
    let transport = open(&double, "").await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    let text = "ERR max requests limit exceeded. Limit: 500000, Usage: 500000.";
    double.faults().next(10_000, Fault::Error(400, text));
    let error = soon("an error", reader.next()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
    assert!(error.retry_after().is_some_and(|pause| pause >= Duration::from_secs(60)), "{error}");
    let requests = double.requests();
    let more = reader.next_within(Duration::from_millis(200)).await;
    assert!(matches!(more, Ok(None)), "{more:?}");
    assert_eq!(double.requests(), requests);
}

#[tokio::test]
async fn a_stale_replica_delays_and_loses_nothing() {
    let options = UpstashOptions::default().stale_replica(Duration::from_millis(30));
    let double = UpstashDouble::start(options).await;
    let (here, there) =
        (open_apart(&double, "&sse=on").await, open_apart(&double, "&sse=on").await);
    here.publish(&results(), "0").await.unwrap();
    let mut reader = there.replay(&[results()]).await.unwrap();
    let write = persist(&here, 30, |_| {});
    let (mut read, ()) = tokio::join!(lines(&mut reader, 30), write);
    read.retain(|line| line != "0");
    assert!(counted(30).starts_with(&read), "{read:?}");
}

#[tokio::test]
async fn a_token_that_may_only_read_reads_and_says_what_it_may_not() {
    let double = double().await;
    let writer = open(&double, "").await;
    writer.publish(&results(), "1").await.unwrap();
    let url = url(&double, "").replace(double.token(), double.read_only_token());
    let reader = popkit_transport::open(&url).await.unwrap();
    let mut read = reader.replay(&[results()]).await.unwrap();
    assert_eq!(lines(&mut read, 1).await, ["1"]);
    let error = reader.publish(&results(), "2").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.message().contains("read-only token"), "{error}");
    // It may call no script, and so cannot ask again whether that is so.
    double.redis().cli(&["DEL", "pop:stream:results", "pop:stream:results~head"]);
    let mut again = reader.resume(&[results()], read.cursor()).await.unwrap();
    assert!(matches!(event(&mut again).await, Event::Reset { .. }));
}

#[tokio::test]
async fn what_is_refused_within_a_batch_has_its_own_words() {
    let double = double().await;
    let transport = open(&double, "").await;
    double.redis().cli(&["SET", "pop:stream:results~changes", "no stream"]);
    let latest = PublishOptions::default().latest(LatestKey::new("agent-1").unwrap());
    let batch = vec![
        Publish::new(results(), "1"),
        Publish::new(results(), "2").with_opts(latest),
        Publish::new(results(), "3"),
    ];
    let answers = transport.publish_batch(batch).await.unwrap();
    let [Ok(_), Err(refused), Err(after)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!((refused.kind(), after.kind()), (ErrorKind::Corrupt, ErrorKind::Corrupt));
    assert_eq!(refused.outcome(), OutcomeKind::NotApplied, "{refused}");
    assert!(after.message().starts_with("not sent"), "{after}");
    double.redis().cli(&["DEL", "pop:stream:results~changes"]);
    let mut late = transport.replay(&[results()]).await.unwrap();
    assert_eq!(lines(&mut late, 1).await, ["1"]);
}
