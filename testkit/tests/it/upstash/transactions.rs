//! `/multi-exec`.

use std::sync::Arc;

use serde_json::Value;

use super::Client;
use super::client::error;

#[tokio::test]
async fn an_error_at_run_time_is_an_item() {
    let client = Client::start().await;
    let body = r#"[["SET","k","v"],["INCR","k"],["GET","k"]]"#;
    let expected = r#"[{"result":"OK"},{"error":"ERR value is not an integer or out of range"},{"result":"v"}]"#;
    assert_eq!(client.ask("/multi-exec", body).await, (200, expected.to_owned()));
}

#[tokio::test]
async fn an_error_before_discards_everything() {
    let client = Client::start().await;
    for (bad, expected) in [
        (r#"["SET","k"]"#, "ERR wrong number of arguments for 'set' command"),
        (r#"["BLPOP","k",1]"#, "ERR Command is not available: 'BLPOP'"),
    ] {
        let body = format!(r#"[["SET","a","1"],{bad}]"#);
        let (status, body) = client.ask("/multi-exec", body).await;
        assert_eq!((status, error(&body).as_str()), (400, expected));
        assert_eq!(client.run(&["EXISTS", "a"]).await, 0);
    }
    assert_eq!(client.double.counts().get("set"), None);
}

#[tokio::test]
async fn transactions_do_not_interleave() {
    let client = Arc::new(Client::start().await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let client = Arc::clone(&client);
        tasks.spawn(async move {
            client.ask("/multi-exec", r#"[["INCR","n"],["INCR","n"],["GET","n"]]"#).await
        });
    }
    while let Some(answer) = tasks.join_next().await {
        let (status, body) = answer.unwrap();
        assert_eq!(status, 200);
        let items: Value = serde_json::from_str(&body).unwrap();
        let first = items[0]["result"].as_u64().unwrap();
        assert_eq!(items[1]["result"], first + 1);
        assert_eq!(items[2]["result"], (first + 1).to_string());
    }
    assert_eq!(client.run(&["GET", "n"]).await, "200");
}
