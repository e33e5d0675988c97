//! Reads from a copy that is behind.

use std::time::Duration;

use popkit_testkit::{UpstashOptions, wait_until};

use super::Client;
use super::client::{DEADLINE, read};

/// A double whose replica learns nothing until its link is healed.
async fn held() -> Client {
    let client = Client::with(UpstashOptions::default().stale_replica(Duration::ZERO)).await;
    client.double.replica_link().black_hole();
    client
}

/// The answer's body and its token; `token` goes with the request.
async fn ask(client: &Client, path: &str, token: &str) -> (String, String) {
    let request = client.post(path, "").header("upstash-sync-token", token);
    let response = request.send().await.unwrap();
    let next = response.headers()["upstash-sync-token"].to_str().unwrap().to_owned();
    (read(response).await.1, next)
}

#[tokio::test]
async fn a_read_without_a_token_is_stale() {
    let client = held().await;
    let (_, token) = ask(&client, "/set/k/new", "").await;
    assert_eq!(ask(&client, "/get/k", "").await.0, r#"{"result":null}"#);
    assert_eq!(ask(&client, "/get/k", &token).await.0, r#"{"result":"new"}"#);
}

#[tokio::test]
async fn a_token_from_before_the_write_is_not_enough() {
    let client = held().await;
    let (_, old) = ask(&client, "/get/k", "").await;
    let (_, new) = ask(&client, "/set/k/new", &old).await;
    assert_eq!(ask(&client, "/get/k", &old).await.0, r#"{"result":null}"#);
    assert_eq!(ask(&client, "/get/k", &new).await.0, r#"{"result":"new"}"#);
}

#[tokio::test]
async fn a_pipeline_that_writes_is_not_stale() {
    let client = held().await;
    let body = r#"[["SET","k","v"],["GET","k"]]"#;
    let expected = r#"[{"result":"OK"},{"result":"v"}]"#;
    assert_eq!(client.ask("/pipeline", body).await.1, expected);
}

#[tokio::test]
async fn an_error_does_not_take_the_token_back() {
    let client = held().await;
    ask(&client, "/set/k/new", "").await;
    let response = client.post("/", "no JSON").send().await.unwrap();
    let token = response.headers()["upstash-sync-token"].to_str().unwrap().to_owned();
    assert_eq!(ask(&client, "/get/k", &token).await.0, r#"{"result":"new"}"#);
}

#[tokio::test]
async fn a_replica_catches_up() {
    let client = held().await;
    ask(&client, "/set/k/new", "").await;
    client.double.replica_link().heal();
    let mut seen = ask(&client, "/get/k", "").await.0;
    let watch = tokio::time::Instant::now();
    while seen != r#"{"result":"new"}"# && watch.elapsed() < DEADLINE {
        seen = ask(&client, "/get/k", "").await.0;
    }
    assert_eq!(seen, r#"{"result":"new"}"#);
    wait_until(DEADLINE, "the replica's acknowledgement", || {
        client.double.redis().info("slave0").contains("state=online")
    });
}
