//! Streams of events.

use popkit_testkit::{Broken, UpstashOptions, wait_until};
use reqwest::Response;
use tokio::time::timeout;

use super::Client;
use super::client::{DEADLINE, error};

/// A stream as a client reads it.
pub(super) struct Feed {
    response: Response,
    bytes: Vec<u8>,
    /// Chunks that have come.
    pub(super) chunks: usize,
}

impl Feed {
    pub(super) async fn open(client: &Client, path: &str) -> Self {
        let response = client.post(path, "[]").header("Accept", "text/event-stream").send().await;
        let response = response.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, bytes: Vec::new(), chunks: 0 }
    }

    /// The next event without its `data: `; `None` at the end, an error where it breaks off.
    pub(super) async fn next(&mut self) -> Result<Option<String>, reqwest::Error> {
        loop {
            if let Some(end) = self.bytes.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.bytes.drain(..end + 2).collect();
                let text = String::from_utf8(event).unwrap();
                return Ok(Some(text.trim_end().strip_prefix("data: ").unwrap().to_owned()));
            }
            match timeout(DEADLINE, self.response.chunk()).await.expect("an event in time")? {
                Some(chunk) => {
                    self.chunks += 1;
                    self.bytes.extend(chunk);
                }
                None => return Ok(None),
            }
        }
    }

    pub(super) async fn event(&mut self) -> String {
        self.next().await.unwrap().expect("an event")
    }
}

#[tokio::test]
async fn a_channel_is_heard() {
    let client = Client::start().await;
    let mut feed = Feed::open(&client, "/subscribe/chat").await;
    assert_eq!(feed.event().await, "subscribe,chat,1");
    assert_eq!(client.run(&["PUBLISH", "chat", "a,b,ü"]).await, 1);
    assert_eq!(client.run(&["PUBLISH", "other", "x"]).await, 0);
    client.run(&["PUBLISH", "chat", "{}"]).await;
    assert_eq!(feed.event().await, "message,chat,a,b,ü");
    assert_eq!(feed.event().await, "message,chat,{}");
}

#[tokio::test]
async fn a_pattern_is_heard() {
    let client = Client::start().await;
    let mut feed = Feed::open(&client, "/psubscribe/pop:*").await;
    assert_eq!(feed.event().await, "psubscribe,pop:*,1");
    client.run(&["PUBLISH", "pop:human", "hello"]).await;
    assert_eq!(feed.event().await, "pmessage,pop:*,pop:human,hello");
    let broken = Client::with(UpstashOptions::default().broken(Broken::NoPsubscribe)).await;
    let (status, body) = broken.ask("/psubscribe/pop:*", "").await;
    assert_eq!(
        (status, error(&body).as_str()),
        (400, "ERR Command is not available: 'psubscribe'")
    );
}

#[tokio::test]
async fn all_commands_are_heard_without_the_counting() {
    let client = Client::start().await;
    let mut feed = Feed::open(&client, "/monitor").await;
    assert_eq!(feed.event().await, "\"OK\"");
    client.run(&["EVAL", "return redis.call('GET', KEYS[1])", "1", "k"]).await;
    client.run(&["PING"]).await;
    let mut seen = Vec::new();
    while seen.last() != Some(&"\"PING\"".to_owned()) {
        let line = feed.event().await;
        seen.push(line.split_once("] ").unwrap().1.split(' ').next().unwrap().to_owned());
    }
    assert_eq!(seen, ["\"EVAL\"", "\"GET\"", "\"PING\""]);
}

// The client ends a connection on a thread of its own: this one waits.
#[tokio::test(flavor = "multi_thread")]
async fn the_connection_to_redis_ends_with_the_client() {
    let client = Client::start().await;
    let mut feed = Feed::open(&client, "/subscribe/chat").await;
    feed.event().await;
    assert_eq!(client.double.open_streams(), 1);
    assert_eq!(client.double.redis().cli(&["PUBSUB", "NUMSUB", "chat"]), "chat\n1");
    drop(feed);
    wait_until(DEADLINE, "the end of the stream", || client.double.open_streams() == 0);
    let heard = || client.double.redis().cli(&["PUBSUB", "NUMSUB", "chat"]);
    wait_until(DEADLINE, "the end of the subscription", || heard() == "chat\n0");
}

#[tokio::test]
async fn a_stream_ends_with_the_server_behind_it() {
    let client = Client::start().await;
    let mut feed = Feed::open(&client, "/subscribe/chat").await;
    feed.event().await;
    client.double.redis().kill_clients();
    assert_eq!(feed.next().await.unwrap(), None);
}

#[tokio::test]
async fn chunks_may_end_within_a_character() {
    let client = Client::with(UpstashOptions::default().split_chunks()).await;
    let mut feed = Feed::open(&client, "/subscribe/c").await;
    assert_eq!(feed.event().await, "subscribe,c,1");
    client.run(&["PUBLISH", "c", "ü"]).await;
    let before = feed.chunks;
    assert_eq!(feed.event().await, "message,c,ü");
    assert_eq!(feed.chunks - before, "data: message,c,ü\n\n".len());
}
