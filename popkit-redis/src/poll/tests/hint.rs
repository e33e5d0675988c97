//! What hints change, and what they do not.

use super::*;

fn hinted() -> (Arc<Server>, Redis) {
    let (server, redis) = redis();
    redis.polling.poll().hints_began();
    redis.polling.poll().hints_proved();
    (server, redis)
}

fn hint(redis: &Redis, text: &str) {
    redis.polling.poll().heard(text.as_bytes());
}

#[tokio::test(start_paused = true)]
async fn while_hints_come_an_idle_minute_costs_a_question() {
    let (server, redis) = hinted();
    let waiting = wait(&redis, "a", 0);
    pass(4 * MINUTE).await;
    server.take();
    pass(10 * MINUTE).await;
    let asked = server.take();
    assert!((8..=10).contains(&asked), "{asked} in ten minutes");
    redis.polling.poll().hints_ended(true);
    pass(MINUTE).await;
    let asked = server.take();
    assert!((3..=6).contains(&asked), "{asked} in a minute");
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn what_is_hinted_at_is_found_at_once() {
    let (server, redis) = hinted();
    let waiting = wait(&redis, "a", 0);
    pass(4 * MINUTE).await;
    server.add("a", 7);
    hint(&redis, "a 7-0");
    pass(Duration::from_millis(2)).await;
    assert_eq!(ids(&waiting.await.unwrap().unwrap()), [7]);
}

#[tokio::test(start_paused = true)]
async fn a_hint_that_overtook_its_entry_has_it_asked_again_and_not_for_ever() {
    let (server, redis) = hinted();
    let waiting = wait(&redis, "a", 0);
    settle(&server).await;
    hint(&redis, "a 7-0");
    pass(Duration::from_millis(300)).await;
    let asked = server.asked();
    let pauses: Vec<_> = asked.windows(2).map(|two| (two[1].at - two[0].at).as_millis()).collect();
    assert_eq!(pauses, [20, 50, 100]);
    server.take();
    pass(Duration::from_secs(10)).await;
    let asked = server.take();
    assert!((4..=6).contains(&asked), "{asked} in 10 s");
    pass(MINUTE).await;
    server.take();
    pass(10 * MINUTE).await;
    let asked = server.take();
    assert!((30..=45).contains(&asked), "{asked} in ten minutes");
    server.add("a", 7);
    assert_eq!(ids(&waiting.await.unwrap().unwrap()), [7]);
    let waiting = wait(&redis, "a", 7);
    pass(4 * MINUTE).await;
    server.take();
    pass(10 * MINUTE).await;
    let asked = server.take();
    assert!((8..=10).contains(&asked), "{asked} in ten minutes");
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn a_newer_hint_is_followed_behind_the_one_that_is() {
    let (server, redis) = hinted();
    let waiting = wait(&redis, "a", 0);
    settle(&server).await;
    hint(&redis, "a 7-0");
    pass(Duration::from_millis(100)).await;
    assert_eq!(server.take(), 3);
    hint(&redis, "a 7-0");
    hint(&redis, "a 8-0");
    pass(Duration::from_millis(600)).await;
    let asked = server.asked();
    let pauses: Vec<_> = asked.windows(2).map(|two| (two[1].at - two[0].at).as_millis()).collect();
    assert_eq!(pauses, [250, 20, 50, 100]);
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_streams_without_hints_waits_no_longer_for_those_of_others() {
    let (server, redis) = hinted();
    let hinted = wait(&redis, "a", 0);
    let after = vec![("b".to_owned(), id(0))];
    let unhinted = redis.await_entries_unhinted(after, 10);
    let watched = async {
        pass(4 * MINUTE).await;
        server.take();
        pass(10 * MINUTE).await;
        server.take()
    };
    let asked = tokio::select! {
        _ = unhinted => panic!("there was nothing to find"),
        asked = watched => asked,
    };
    assert!((30..=45).contains(&asked), "{asked} in ten minutes");
    pass(4 * MINUTE).await;
    server.take();
    pass(10 * MINUTE).await;
    let asked = server.take();
    assert!((8..=10).contains(&asked), "{asked} in ten minutes");
    hinted.abort();
}

#[tokio::test(start_paused = true)]
async fn a_hint_at_what_was_read_or_is_not_awaited_costs_nothing() {
    let (server, redis) = hinted();
    let waiting = wait(&redis, "a", 7);
    settle(&server).await;
    for text in ["a 7-0", "b 9-0", "a", "", "a x", "\u{0}\u{1} 1"] {
        hint(&redis, text);
    }
    pass(Duration::from_secs(1)).await;
    assert_eq!(server.take(), 0);
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn many_hints_ask_no_faster_than_the_shortest_pause() {
    let (server, redis) = hinted();
    let mut at = 0;
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        let waiting = wait(&redis, "a", at);
        while !waiting.is_finished() {
            at += 1;
            server.add("a", at);
            hint(&redis, &format!("a {at}-0"));
            pass(Duration::from_millis(40)).await;
        }
        at = *ids(&waiting.await.unwrap().unwrap()).last().unwrap();
    }
    let asked = server.take();
    assert!(asked <= 60, "{asked} in 10 s");
}

#[tokio::test(start_paused = true)]
async fn hints_that_are_missing_are_not_relied_on_until_one_comes() {
    let (server, redis) = hinted();
    let mut waiting = wait(&redis, "a", 0);
    for ms in [1, 2] {
        pass(4 * MINUTE).await;
        server.add("a", ms);
        if ms == 1 {
            hint(&redis, "a 1-0");
        }
        assert_eq!(ids(&waiting.await.unwrap().unwrap()), [ms]);
        waiting = wait(&redis, "a", ms);
    }
    pass(2 * MINUTE).await;
    server.take();
    pass(10 * MINUTE).await;
    let asked = server.take();
    assert!((30..=60).contains(&asked), "{asked} in ten minutes");
    server.add("a", 3);
    hint(&redis, "a 3-0");
    assert_eq!(ids(&waiting.await.unwrap().unwrap()), [3]);
    let waiting = wait(&redis, "a", 3);
    pass(4 * MINUTE).await;
    server.take();
    pass(10 * MINUTE).await;
    let asked = server.take();
    assert!((8..=10).contains(&asked), "{asked} in ten minutes");
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn a_channel_on_which_nothing_was_heard_yet_is_not_relied_on() {
    let (server, redis) = redis();
    redis.polling.poll().hints_began();
    let waiting = wait(&redis, "a", 0);
    pass(4 * MINUTE).await;
    server.take();
    pass(MINUTE).await;
    let asked = server.take();
    assert!((3..=6).contains(&asked), "{asked} in a minute");
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn what_this_process_adds_is_found_at_once_and_says_nothing_of_hints() {
    let (server, redis) = redis();
    let waiting = wait(&redis, "a", 0);
    settle(&server).await;
    server.add("a", 7);
    redis.added("a", id(7));
    pass(Duration::from_millis(2)).await;
    assert!(waiting.is_finished());
    let waiting = wait(&redis, "b", 0);
    settle(&server).await;
    redis.added("a", id(8));
    pass(Duration::from_secs(1)).await;
    assert_eq!(server.take(), 0);
    waiting.abort();
}
