//! What goes wrong.

use super::*;
use crate::{Error, ErrorKind, ReaderOptions, StreamReader, StreamStart};

fn lost() -> Error {
    Error::new(ErrorKind::Unavailable, "lost")
}

#[tokio::test(start_paused = true)]
async fn trouble_that_may_pass_is_waited_out_with_growing_pauses() {
    let (server, redis) = redis();
    server.add("a", 1);
    (0..10).for_each(|_| server.fail(lost()));
    let found = wait(&redis, "a", 0).await.unwrap().unwrap();
    assert_eq!(ids(&found), [1]);
    let asked = server.asked();
    assert_eq!(asked.len(), 11);
    let first = asked[3].at - asked[0].at;
    let last = asked[10].at - asked[7].at;
    assert!(last > first, "{first:?}, {last:?}");
    assert!(asked.windows(2).all(|two| two[1].at - two[0].at <= Duration::from_secs(30)));
}

#[tokio::test(start_paused = true)]
async fn who_has_less_patience_than_trouble_lasts_is_told() {
    let (server, redis) = redis();
    (0..50).for_each(|_| server.fail(lost()));
    let waiting = wait(&redis, "b", 0);
    let after = vec![("a".to_owned(), id(0))];
    let patience = Some(Duration::from_secs(5));
    let error = redis.poll_for(after, 1, None, patience).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(!waiting.is_finished());
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_is_used_up_is_told_to_all_once_and_nothing_is_asked_until_it_is_back() {
    let (server, redis) = redis();
    let waiting = [wait(&redis, "a", 0), wait(&redis, "b", 0)];
    pass(LEAST).await;
    let quota = Error::new(ErrorKind::RateLimited, "used up").with_retry_after(5 * MINUTE);
    server.fail(quota);
    pass(MINUTE).await;
    for told in waiting {
        let error = told.await.unwrap().unwrap_err();
        let told = (error.kind(), error.retry_after());
        assert_eq!(told, (ErrorKind::RateLimited, Some(5 * MINUTE)));
    }
    server.take();
    let again = wait(&redis, "c", 0);
    redis.nudge_poll();
    pass(3 * MINUTE).await;
    assert_eq!(server.take(), 0);
    pass(2 * MINUTE).await;
    assert!(server.take() > 0 && !again.is_finished());
    again.abort();
}

#[tokio::test(start_paused = true)]
async fn a_short_pause_that_is_asked_for_is_kept_and_not_told() {
    let (server, redis) = redis();
    let slow = Duration::from_secs(9);
    server.fail(Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(slow));
    server.add("a", 1);
    assert_eq!(ids(&wait(&redis, "a", 0).await.unwrap().unwrap()), [1]);
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[1].at - asked[0].at >= slow);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_refused_spoils_it_for_nobody_else() {
    let (server, redis) = redis();
    server.refuse("bad");
    let (good, other) = (wait(&redis, "good", 0), wait(&redis, "other", 0));
    let error = wait(&redis, "bad", 0).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    server.add("good", 1);
    assert_eq!(ids(&good.await.unwrap().unwrap()), [1]);
    assert!(!other.is_finished());
    other.abort();
    let error = wait(&redis, "bad", 0).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[tokio::test(start_paused = true)]
async fn of_what_is_too_large_fewer_are_asked_for() {
    let (server, redis) = redis();
    server.answer_at_most(3);
    (1..=20).for_each(|ms| server.add("a", ms));
    let found = wait(&redis, "a", 0).await.unwrap().unwrap();
    assert_eq!(ids(&found), [1, 2]);
    server.answer_at_most(0);
    let error = wait(&redis, "a", 2).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PayloadTooLarge);
}

#[tokio::test(start_paused = true)]
async fn trouble_of_one_who_is_asked_for_by_himself_is_waited_out_too() {
    let (server, redis) = redis();
    server.refuse("bad");
    server.fail_one(lost());
    let (good, bad) = (wait(&redis, "a", 0), wait(&redis, "bad", 0));
    server.add("a", 1);
    assert_eq!(bad.await.unwrap().unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(ids(&good.await.unwrap().unwrap()), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_quota_is_told_to_all_and_kept_to_whoever_meets_it() {
    let (server, redis) = redis();
    server.refuse("bad");
    server.fail_one(Error::new(ErrorKind::RateLimited, "used up").with_retry_after(5 * MINUTE));
    let waiting = [wait(&redis, "a", 0), wait(&redis, "b", 0), wait(&redis, "bad", 0)];
    for (told, expected) in waiting.into_iter().zip([
        ErrorKind::RateLimited,
        ErrorKind::RateLimited,
        ErrorKind::Corrupt,
    ]) {
        assert_eq!(told.await.unwrap().unwrap_err().kind(), expected);
    }
    server.take();
    let again = wait(&redis, "a", 0);
    pass(4 * MINUTE).await;
    assert_eq!(server.take(), 0);
    again.abort();
}

#[tokio::test(start_paused = true)]
async fn each_is_asked_for_no_more_than_an_answer_holds() {
    let (server, redis) = redis();
    server.answer_at_most(3);
    (1..=20).for_each(|ms| server.add("a", ms));
    let found = wait(&redis, "a", 0).await.unwrap().unwrap();
    assert_eq!(ids(&found), [1, 2]);
    server.take();
    server.refuse("bad");
    let (good, bad) = (wait(&redis, "a", 2), wait(&redis, "bad", 0));
    assert_eq!(ids(&good.await.unwrap().unwrap()).first(), Some(&3));
    assert_eq!(bad.await.unwrap().unwrap_err().kind(), ErrorKind::Corrupt);
    let counts: Vec<_> = server.asked().iter().map(|asked| asked.count).collect();
    assert!(counts.iter().all(|count| *count <= 4), "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn after_trouble_it_is_asked_soon_however_long_nothing_came() {
    let (server, redis) = redis();
    let waiting = wait(&redis, "a", 0);
    pass(5 * MINUTE).await;
    server.take();
    server.fail(lost());
    pass(MINUTE).await;
    let asked = server.asked();
    let pause = asked[1].at - asked[0].at;
    assert!(pause <= LEAST + Duration::from_millis(1), "{pause:?}");
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn a_reader_tells_of_trouble_when_its_patience_ends_and_not_after_it_ended_twice() {
    let (server, redis) = redis();
    (0..50).for_each(|_| server.fail(lost()));
    let streams = vec![("a".to_owned(), StreamStart::After(id(0)))];
    let options = ReaderOptions::default().check_later().patience(LEAST);
    let mut reader = StreamReader::open(redis, streams, options).await.unwrap();
    assert_eq!(reader.next().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(server.looks(), 0);
}
