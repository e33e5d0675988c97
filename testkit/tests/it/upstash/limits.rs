//! What the service does not let through.

use popkit_testkit::UpstashOptions;

use super::Client;
use super::client::error;

#[tokio::test]
async fn a_request_that_is_too_long_runs_nothing() {
    let client = Client::with(UpstashOptions::default().max_request(100)).await;
    let body = format!(r#"["SET","k","{}"]"#, "x".repeat(100));
    let (status, text) = client.ask("/", body).await;
    assert_eq!(status, 400);
    let expected = "ERR max request size exceeded. Limit: 100 bytes, Actual: 114 bytes";
    assert_eq!(error(&text), expected);
    assert_eq!(client.run(&["EXISTS", "k"]).await, 0);
}

#[tokio::test]
async fn a_key_that_is_too_long_is_refused_wherever_it_stands() {
    let client = Client::with(UpstashOptions::default().max_key(8)).await;
    let expected = "ERR max key size exceeded. Limit: 8 bytes, Actual: 9 bytes";
    for command in [
        &["SET", "123456789", "v"][..],
        &["XREAD", "STREAMS", "a", "123456789", "0", "0"],
        &["EVAL", "return 'longer than a key'", "1", "123456789"],
    ] {
        assert_eq!(client.fail(command).await, expected, "{command:?}");
    }
    assert_eq!(client.run(&["SET", "12345678", "a value is longer"]).await, "OK");
    let (status, body) = client.ask("/multi-exec", r#"[["SET","123456789","v"]]"#).await;
    assert_eq!((status, error(&body).as_str()), (400, expected));
}

#[tokio::test]
async fn beyond_the_quota_nothing_runs() {
    let client = Client::with(UpstashOptions::default().quota(3).quota_status(429)).await;
    client.run(&["SET", "k", "1"]).await;
    client.run(&["EVAL", "return redis.call('INCR', KEYS[1])", "1", "k"]).await;
    let (status, body) = client.ask("/", r#"["INCR","k"]"#).await;
    assert_eq!(status, 429);
    let expected = "ERR max requests limit exceeded. Limit: 3, Usage: 3. See https://";
    assert!(error(&body).starts_with(expected), "{body}");
    let (status, body) = client.ask("/pipeline", r#"[["INCR","k"]]"#).await;
    assert_eq!(status, 200);
    assert!(body.starts_with(r#"[{"error":"ERR max requests limit exceeded."#), "{body}");
    assert_eq!(client.ask("/subscribe/c", "").await.0, 429);
    assert_eq!(client.double.redis().cli(&["GET", "k"]), "2");
    client.double.reset_counts();
    assert_eq!(client.run(&["INCR", "k"]).await, 3);
}

#[tokio::test]
async fn block_is_refused_or_ignored() {
    let strict = Client::start().await;
    let command = ["XREAD", "BLOCK", "0", "STREAMS", "s", "0"];
    assert_eq!(strict.fail(&command).await, "ERR Command is not available: 'XREAD'");
    let lenient = Client::with(UpstashOptions::default().ignore_block()).await;
    assert_eq!(lenient.run(&command).await, serde_json::Value::Null);
}

#[tokio::test]
async fn a_server_that_is_down_is_a_page_of_a_proxy() {
    let client = Client::start().await;
    client.double.redis().kill();
    let (status, body) = client.ask("/", r#"["PING"]"#).await;
    assert_eq!(status, 503);
    assert!(body.starts_with("<html>"), "{body}");
    client.double.redis().restart();
    assert_eq!(client.run(&["PING"]).await, "PONG");
}
