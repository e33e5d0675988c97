//! Requests that go wrong.

use std::time::Duration;

use popkit_testkit::{Fault, UpstashOptions};

use super::Client;
use super::client::read;

const INCR: &str = r#"["INCR","n"]"#;

/// What Redis has of the counter.
fn count(client: &Client) -> String {
    client.double.redis().cli(&["GET", "n"])
}

#[tokio::test]
async fn a_status_is_a_page_and_runs_nothing() {
    let client = Client::start().await;
    for status in [500, 502, 503] {
        client.double.faults().next(1, Fault::Status(status));
        let (seen, body) = client.ask("/", INCR).await;
        assert_eq!(seen, status);
        assert!(body.starts_with("<html>"), "{body}");
    }
    client.double.faults().next(1, Fault::TooManyRequests { retry_after: 7 });
    let response = client.post("/", INCR).send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.status(), 429);
    assert_eq!(count(&client), "(nil)");
    assert_eq!(client.run(&["INCR", "n"]).await, 1);
}

#[tokio::test]
async fn a_connection_closes_before_or_after() {
    let client = Client::start().await;
    client.double.faults().next(2, Fault::CloseBefore);
    client.double.faults().next(1, Fault::CloseAfter);
    for expected in ["(nil)", "(nil)", "1"] {
        let failure = client.post("/", INCR).send().await.unwrap_err();
        assert!(failure.is_request() && !failure.is_timeout(), "{failure:?}");
        assert_eq!(count(&client), expected);
    }
    assert_eq!(client.double.faults().pending(), 0);
    assert_eq!(client.run(&["INCR", "n"]).await, 2);
}

#[tokio::test]
async fn an_answer_breaks_off() {
    let client = Client::start().await;
    client.run(&["SET", "long", &"x".repeat(10_000)]).await;
    client.double.faults().next(1, Fault::CutBody);
    let mut response = client.post("/get/long", "").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut bytes = Vec::new();
    let failure = loop {
        match response.chunk().await {
            Ok(chunk) => bytes.extend(chunk.expect("the body is whole")),
            Err(failure) => break failure,
        }
    };
    assert!(!failure.is_timeout(), "{failure:?}");
    assert_eq!(bytes.len(), 5_006);
}

#[tokio::test]
async fn an_answer_is_not_what_it_should_be() {
    let client = Client::start().await;
    client.double.faults().next(1, Fault::InvalidJson);
    let (status, body) = client.ask("/", INCR).await;
    assert_eq!((status, body.as_str()), (200, "{\"resu"));
    assert_eq!(count(&client), "1");

    client.double.faults().next(1, Fault::WrongBase64);
    let request = client.post("/get/n", "").header("Upstash-Encoding", "base64");
    assert_eq!(read(request.send().await.unwrap()).await.1, r#"{"result":"*not base64*"}"#);
}

#[tokio::test]
async fn an_answer_comes_late() {
    let client = Client::start().await;
    client.double.faults().next(1, Fault::Delay(Duration::from_secs(600)));
    let request = client.post("/", INCR).timeout(Duration::from_millis(100));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(count(&client), "(nil)");
}

#[tokio::test]
async fn a_nested_ok_can_be_encoded() {
    let script = r#"["EVAL","return {redis.status_reply('OK')}",0]"#;
    for (options, expected) in [
        (UpstashOptions::default(), r#"{"result":["OK"]}"#),
        (UpstashOptions::default().encode_nested_ok(), r#"{"result":["T0s="]}"#),
    ] {
        let client = Client::with(options).await;
        let request = client.post("/", script).header("Upstash-Encoding", "base64");
        assert_eq!(read(request.send().await.unwrap()).await, (200, expected.to_owned()));
    }
}

#[tokio::test]
async fn the_service_refuses_by_its_own_word() {
    let client = Client::start().await;
    client.double.faults().next(1, Fault::Error(400, "ERR DB capacity quota exceeded"));
    assert_eq!(client.fail(&["INCR", "n"]).await, "ERR DB capacity quota exceeded");
    assert_eq!(count(&client), "(nil)");
    let seen = client.double.seen().pop().unwrap();
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/"));
    assert_eq!(seen.header("authorization"), None);
}
