//! Questions that only the live service can answer. Run by hand, where both variables are set:
//!
//! ```console
//! $ cargo test -p popkit-redis --features rest --test it -- --ignored live --nocapture
//! ```
//!
//! What is found is printed, not asserted: that is the purpose. Everything lies under keys of
//! this run, which are deleted; where it ends early, they expire. `UPSTASH_REDIS_REST_READONLY_TOKEN` answers one question more,
//! `LIVE_LISTEN` (seconds) says how long to listen for what an idle event stream says.

use std::env;
use std::time::Duration;

use popkit_protocol::{IdSource as _, RandomIds};
use popkit_redis::{Command, Redis, RestConfig};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tokio_rustls::rustls::crypto::ring;

/// The service as the variables name it.
struct Live {
    client: Client,
    url: String,
    token: String,
    /// What this run's keys begin with.
    prefix: String,
}

impl Live {
    fn open() -> Self {
        let read = |name| {
            let value = env::var(name).unwrap_or_default().trim().to_owned();
            assert!(!value.is_empty(), "set {name} to that of a database to try it on");
            value
        };
        let _ = ring::default_provider().install_default();
        let url = read("UPSTASH_REDIS_REST_URL").trim_end_matches('/').to_owned();
        let token = read("UPSTASH_REDIS_REST_TOKEN");
        let prefix = format!("pop:live:{:08x}", RandomIds.draw() & 0xffff_ffff);
        Self { client: Client::new(), url, token, prefix }
    }

    fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    async fn post(&self, path: &str, body: &Value, token: &str, encoded: bool) -> Response {
        let mut request = self.client.post(format!("{}{path}", self.url)).bearer_auth(token);
        if encoded {
            request = request.header("upstash-encoding", "base64");
        }
        request.json(body).send().await.unwrap()
    }

    /// Asks, and prints what is answered.
    async fn ask(&self, what: &str, path: &str, body: Value) -> String {
        self.ask_as(what, path, body, (&self.token, false)).await
    }

    async fn ask_as(
        &self,
        what: &str,
        path: &str,
        body: Value,
        (token, encoded): (&str, bool),
    ) -> String {
        let asked = Instant::now();
        let response = self.post(path, &body, token, encoded).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let took = asked.elapsed();
        let shown: String = text.chars().take(2000).collect();
        eprintln!("{what}\n  POST {path} {body}\n  {status} in {took:?}: {shown}");
        for name in ["upstash-sync-token", "retry-after", "content-type"] {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            eprintln!("  {name}: {}", value.unwrap_or("-"));
        }
        text
    }

    /// What an event stream says within this time, as it comes.
    async fn listen(&self, what: &str, path: &str, span: Duration, say: &str) {
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.token);
        let opened = request.header("accept", "text/event-stream").send().await.unwrap();
        eprintln!("{what}\n  POST {path}\n  {}", opened.status());
        let publish = json!(["PUBLISH", say, "a, b: {\"c\": 1}"]);
        self.ask("  (a message to it)", "/", publish).await;
        let (begun, mut opened) = (Instant::now(), opened);
        let rest = async {
            while let Some(part) = opened.chunk().await.unwrap() {
                eprintln!("  after {:?}: {:?}", begun.elapsed(), String::from_utf8_lossy(&part));
            }
            eprintln!("  it ended after {:?}", begun.elapsed());
        };
        if timeout(span, rest).await.is_err() {
            eprintln!("  still open after {span:?}");
        }
    }
}

/// How long an idle event stream is listened to.
fn span() -> Duration {
    let told = env::var("LIVE_LISTEN").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(told.unwrap_or(10))
}

#[tokio::test]
#[ignore = "needs a database of the service: UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN"]
async fn what_only_the_live_service_can_answer() {
    let live = Live::open();
    let (key, stream) = (live.key("k"), live.key("s"));
    live.ask("a sign of life", "/", json!(["PING"])).await;
    let block = json!(["XREAD", "BLOCK", "100", "STREAMS", stream, "0"]);
    live.ask("XREAD BLOCK: refused, ignored, or waited for?", "/", block).await;
    let script = "return {redis.status_reply('OK'), 'OK', 'text', 7, false}";
    let nested = json!(["EVAL", script, "0"]);
    let token = (&*live.token, true);
    live.ask_as("is an OK within a list encoded?", "/", nested, token).await;
    let two = json!([["SET", key, "1", "EX", "600"], ["LPUSH", key, "x"], ["GET", key]]);
    live.ask_as("OK and an error in a pipeline", "/pipeline", two.clone(), token).await;
    live.ask_as("the same in a transaction", "/multi-exec", two, token).await;
    let broken = json!([["SET", key, "1", "EX", "600"], ["SET", key]]);
    live.ask("a transaction that is discarded", "/multi-exec", broken).await;
    for odd in [json!(null), json!(true), json!({"a": 1}), json!(1.5)] {
        live.ask("an element that is no text", "/", json!(["ECHO", odd])).await;
    }
    let add = json!(["XADD", stream, "MAXLEN", "~", "1000", "*", "f", "v"]);
    live.ask("an entry", "/", add).await;
    live.ask("which expires", "/", json!(["EXPIRE", stream, "600"])).await;
    live.ask("is entries-added told?", "/", json!(["XINFO", "STREAM", stream])).await;
    live.ask("what INFO tells", "/", json!(["INFO"])).await;
    live.ask("is CONFIG GET refused?", "/", json!(["CONFIG", "GET", "maxmemory-policy"])).await;
    let locking = "#!lua flags=allow-key-locking\nreturn redis.call('GET', KEYS[1])";
    live.ask("the line for scripts", "/", json!(["EVAL", locking, "1", key])).await;
    let undeclared = "#!lua flags=allow-key-locking\nreturn redis.call('GET', ARGV[1])";
    live.ask("a key that is not declared", "/", json!(["EVAL", undeclared, "0", key])).await;
    let unknown = json!(["EVALSHA", "0123456789012345678901234567890123456789", "0"]);
    live.ask("a script that is not known", "/", unknown).await;
    match env::var("UPSTASH_REDIS_REST_READONLY_TOKEN") {
        Ok(reader) => {
            let write = json!(["SET", key, "1", "EX", "600"]);
            live.ask_as("how a write is refused", "/", write, (&reader, false)).await;
        }
        Err(_) => eprintln!("how a write is refused: not asked without a read-only token"),
    }
    listen(&live).await;
    eprintln!("the status of a quota error is not asked: it would use the quota up");
    live.ask("the end: all keys are deleted", "/", json!(["DEL", key, stream])).await;
}

async fn listen(live: &Live) {
    let (one, other) = (live.key("c1"), live.key("c2"));
    let path = format!("/subscribe/{one}");
    live.listen("an event stream: heartbeats? its end?", &path, span(), &one).await;
    let short = Duration::from_secs(3);
    for path in [format!("/subscribe/{one}/{other}"), format!("/subscribe/{one},{other}")] {
        live.listen("several channels in one path?", &path, short, &other).await;
    }
    let path = format!("/psubscribe/{}:*", live.prefix);
    live.listen("a pattern", &path, short, &one).await;
    eprintln!("compare the console's count of commands before and after: are deliveries billed?");
}

#[tokio::test]
#[ignore = "needs a database of the service: UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN"]
async fn the_live_service_is_used_as_popkit_uses_it() {
    let live = Live::open();
    let config = RestConfig::from_env().unwrap().unwrap();
    let redis = Redis::connect_rest(config).await.unwrap();
    let stream = live.key("wire");
    let add = Command::new("XADD").args([&*stream, "*", "f", "v"]);
    let id = redis.execute(add).await.unwrap().into_text().unwrap();
    redis.execute(Command::new("EXPIRE").arg(&*stream).arg("600")).await.unwrap();
    let read = Command::new("XREAD").args(["COUNT", "10", "STREAMS", &*stream, "0"]);
    // Own writes are seen, whoever answers.
    let read = redis.execute(read).await.unwrap();
    assert!(format!("{read:?}").contains(&id), "{read:?}");
    redis.execute(Command::new("DEL").arg(&*stream)).await.unwrap();
    eprintln!("{:?}", redis.counters());
}
