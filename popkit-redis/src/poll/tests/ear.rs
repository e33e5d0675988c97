//! Who listens.

use std::sync::Weak;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::poll::{HintSource, hint::Listening};

/// Channels that tell hints at once, but for `down`, of which none come, and `over`, which
/// nobody may listen to.
#[derive(Debug, Default)]
struct Channels(Arc<AtomicUsize>);

impl HintSource for Channels {
    fn listen(&self, channel: String, poll: Weak<Poll>) -> Listening {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            match (channel.as_str(), poll.upgrade()) {
                ("over", _) => return,
                ("down", _) | (_, None) => {}
                (_, Some(poll)) => {
                    poll.hints_began();
                    poll.hints_proved();
                }
            }
            std::future::pending::<()>().await;
        })
    }
}

fn hearing() -> (Arc<Server>, Redis, Arc<AtomicUsize>) {
    let listened = Arc::new(AtomicUsize::new(0));
    let source: Box<dyn HintSource> = Box::new(Channels(Arc::clone(&listened)));
    let (server, redis) = redis_with(PollOptions { hints: Some(source), ..Default::default() });
    (server, redis, listened)
}

#[tokio::test(start_paused = true)]
async fn hints_of_one_channel_vouch_for_no_other() {
    for (other, least, most) in [("up", 8, 10), ("down", 30, 45), ("over", 30, 45)] {
        let (server, redis, _) = hearing();
        redis.hear("up");
        redis.hear(other);
        let waiting = wait(&redis, "a", 0);
        pass(4 * MINUTE).await;
        server.take();
        pass(10 * MINUTE).await;
        let asked = server.take();
        assert!((least..=most).contains(&asked), "{other}: {asked} in ten minutes");
        waiting.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_is_listened_to_once_and_anew_where_that_ended() {
    let (_server, redis, listened) = hearing();
    for (channel, expected) in [("up", 1), ("up", 1), ("over", 2), ("over", 3), ("up", 3)] {
        redis.hear(channel);
        pass(Duration::from_millis(1)).await;
        assert_eq!(listened.load(Ordering::Relaxed), expected, "{channel}");
    }
}
