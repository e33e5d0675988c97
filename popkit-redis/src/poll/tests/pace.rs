//! When it is asked.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_idle_minute_costs_at_most_six_questions() {
    let (server, redis) = redis();
    let waiting = wait(&redis, "a", 0);
    pass(2 * MINUTE).await;
    server.take();
    for _ in 0..10 {
        pass(MINUTE).await;
        let asked = server.take();
        assert!((3..=6).contains(&asked), "{asked}");
    }
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn pauses_double_while_nothing_comes_and_begin_anew_when_something_does() {
    let (server, redis) = redis();
    let waiting = wait(&redis, "a", 0);
    pass(5 * MINUTE).await;
    let asked = server.asked();
    let pauses: Vec<_> = asked.windows(2).map(|two| two[1].at - two[0].at).collect();
    for (n, pause) in pauses.iter().enumerate() {
        let plain = LEAST.saturating_mul(1 << (n + 1).min(10)).min(Duration::from_secs(15));
        assert!(*pause >= plain && *pause <= plain.mul_f64(1.26), "{n}: {pause:?}");
    }
    server.add("a", 1);
    assert_eq!(ids(&waiting.await.unwrap().unwrap()), [1]);
    server.take();
    let again = wait(&redis, "a", 1);
    pass(LEAST * 2).await;
    assert_eq!(server.take(), 1);
    again.abort();
}

#[tokio::test(start_paused = true)]
async fn a_new_question_is_asked_soon_and_many_of_them_no_faster_than_the_shortest_pause() {
    let (server, redis) = redis();
    let idle = wait(&redis, "idle", 0);
    settle(&server).await;
    let fresh = wait(&redis, "a", 0);
    pass(LEAST / 5).await;
    assert_eq!(server.take(), 1);
    let mut waiting = vec![idle, fresh];
    for n in 0..100 {
        waiting.push(wait(&redis, &format!("b{n}"), 0));
        pass(Duration::from_millis(50)).await;
    }
    let asked = server.take();
    assert!((15..=21).contains(&asked), "{asked} in 5 s");
    waiting.iter().for_each(JoinHandle::abort);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_was_just_answered_hurries_nobody() {
    let (server, redis) = redis();
    for _ in 0..60 {
        let waiting = wait(&redis, "a", 0);
        pass(Duration::from_secs(1)).await;
        waiting.abort();
    }
    let asked = server.take();
    assert!(asked <= 12, "{asked} in a minute");
}

#[tokio::test(start_paused = true)]
async fn a_nudge_has_it_asked_at_once() {
    let (server, redis) = redis();
    let waiting = wait(&redis, "a", 0);
    settle(&server).await;
    redis.nudge_poll();
    pass(Duration::from_millis(2)).await;
    assert_eq!(server.take(), 1);
    server.add("a", 1);
    pass(LEAST * 3).await;
    assert!(waiting.is_finished());
}

#[tokio::test(start_paused = true)]
async fn where_nobody_waits_nothing_is_asked() {
    let (server, redis) = redis();
    let waiting = [wait(&redis, "a", 0), wait(&redis, "b", 0)];
    pass(MINUTE).await;
    waiting.iter().for_each(JoinHandle::abort);
    pass(LEAST).await;
    server.take();
    redis.nudge_poll();
    pass(10 * MINUTE).await;
    assert_eq!(server.take(), 0);
}

#[tokio::test(start_paused = true)]
async fn half_a_budget_slows_it_down_and_all_of_it_hardly_lets_it_go_on() {
    let (server, redis) = redis_with(PollOptions { budget: Some(43_200), ..Default::default() });
    let waiting = wait(&redis, "a", 0);
    pass(2 * MINUTE).await;
    server.use_up(21_600);
    pass(2 * MINUTE).await;
    server.take();
    pass(20 * MINUTE).await;
    // One each two minutes is what is left for 30 days.
    assert!((9..=11).contains(&server.take()));
    server.use_up(30_000);
    pass(10 * MINUTE).await;
    server.take();
    pass(60 * MINUTE).await;
    assert!((5..=7).contains(&server.take()));
    waiting.abort();
}
