//! Who gets what.

use super::*;
use crate::ErrorKind;

#[tokio::test(start_paused = true)]
async fn all_who_wait_are_asked_for_in_one_question() {
    let (server, redis) = redis();
    let waiting = [wait(&redis, "a", 5), wait(&redis.clone(), "b", 0), wait(&redis, "a", 3)];
    pass(LEAST / 5).await;
    let [asked] = server.asked().try_into().unwrap();
    assert_eq!(asked.places, [("a".to_owned(), id(3)), ("b".to_owned(), id(0))]);
    for ms in [4, 6] {
        server.add("a", ms);
    }
    pass(2 * LEAST + LEAST / 2).await;
    let [later, other, earlier] = waiting;
    assert_eq!(ids(&later.await.unwrap().unwrap()), [6]);
    assert_eq!(ids(&earlier.await.unwrap().unwrap()), [4, 6]);
    assert!(!other.is_finished());
    other.abort();
}

#[tokio::test(start_paused = true)]
async fn what_is_there_already_is_read_without_pauses() {
    let (server, redis) = redis();
    (1..=200).for_each(|ms| server.add("a", ms));
    let (begun, mut at) = (tokio::time::Instant::now(), 0);
    while at < 200 {
        let found = redis.await_entries(vec![("a".to_owned(), id(at))], 10).await.unwrap();
        assert_eq!(ids(&found).first(), Some(&(at + 1)));
        at = *ids(&found).last().unwrap();
    }
    assert_eq!(server.take(), 20);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn one_who_is_far_behind_keeps_nobody_from_what_is_new() {
    let (server, redis) = redis();
    (1..=1000).for_each(|ms| server.add("a", ms));
    let newest = wait(&redis, "a", 999);
    let mut at = 0;
    while !newest.is_finished() {
        let found = redis.await_entries(vec![("a".to_owned(), id(at))], 10).await.unwrap();
        at = *ids(&found).last().unwrap();
    }
    assert!(at <= 30, "{at} were read before");
    assert_eq!(ids(&newest.await.unwrap().unwrap()), [1000]);
    // And nobody keeps him from what is old.
    let (newest, begun) = (wait(&redis, "a", 1000), tokio::time::Instant::now());
    while at < 1000 {
        let found = redis.await_entries(vec![("a".to_owned(), id(at))], 10).await.unwrap();
        assert_eq!(ids(&found).first(), Some(&(at + 1)));
        at = *ids(&found).last().unwrap();
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(!newest.is_finished());
    server.add("a", 1001);
    assert_eq!(ids(&newest.await.unwrap().unwrap()), [1001]);
}

#[tokio::test(start_paused = true)]
async fn closing_a_handle_ends_what_waits_through_it_and_nothing_else() {
    let (server, first) = redis();
    let second = Redis::with(Arc::clone(&server) as _, Arc::clone(first.polling.poll()));
    let (ended, waiting) = (wait(&first, "a", 0), wait(&second, "a", 0));
    pass(LEAST).await;
    first.close().await.unwrap();
    let error = ended.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    let error = wait(&first, "a", 0).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    server.add("a", 1);
    assert_eq!(ids(&waiting.await.unwrap().unwrap()), [1]);
}

#[test]
fn who_waits_in_another_runtime_outlives_the_one_in_which_it_was_asked() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let (server, redis) = {
        let _inside = first.enter();
        redis_with(PollOptions {
            bounds: Bounds::new(Duration::from_millis(1), Duration::from_millis(5)),
            ..Default::default()
        })
    };
    let begun = |runtime: &tokio::runtime::Runtime| {
        let _inside = runtime.enter();
        wait(&redis, "a", 0)
    };
    let asked = || server.take() > 0;
    begun(&first);
    while !asked() {
        std::thread::yield_now();
    }
    let waiting = begun(&second);
    while redis.polling.poll().waiters() < 2 {
        std::thread::yield_now();
    }
    drop(first);
    server.add("a", 1);
    assert_eq!(ids(&second.block_on(waiting).unwrap().unwrap()), [1]);
}

#[test]
fn a_runtime_that_ends_before_anything_was_asked_keeps_nobody_waiting() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let (server, redis) = redis();
    server.add("a", 1);
    let question = || redis.await_entries(vec![("a".to_owned(), id(0))], 10);
    let begun = {
        let _inside = first.enter();
        let mut begun = Box::pin(question());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(begun.as_mut().poll(&mut context).is_pending());
        begun
    };
    drop(first);
    let both = async { tokio::join!(question(), begun) };
    let found = second.block_on(async { tokio::time::timeout(MINUTE / 6, both).await });
    let (one, other) = found.expect("nobody asked");
    assert_eq!((ids(&one.unwrap()), ids(&other.unwrap())), (vec![1], vec![1]));
}
