//! What the service would bill.

use super::Client;

#[tokio::test]
async fn every_command_of_every_form_counts() {
    let client = Client::start().await;
    client.run(&["SET", "k", "1"]).await;
    client.ask("/get/k", "").await;
    client.ask("/pipeline", r#"[["GET","k"],["LPUSH","k",1]]"#).await;
    client.ask("/multi-exec", r#"[["GET","k"],["INCR","k"]]"#).await;
    client.ask("/", r#"["BLPOP","k",1]"#).await;
    client.double.redis().cli(&["GET", "k"]);
    let expected = [("get", 3), ("incr", 1), ("lpush", 1), ("set", 1)];
    let expected = expected.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(client.double.counts(), expected.into());
    assert_eq!(client.double.commands(), 6);
    assert_eq!(client.double.requests(), 5);
    client.double.reset_counts();
    assert_eq!(client.double.commands(), 0);
}

#[tokio::test]
async fn what_a_script_calls_counts_beside_it() {
    let client = Client::start().await;
    let script = "redis.call('GET', KEYS[1]); redis.call('GET', KEYS[1]);
                  redis.call('INCR', KEYS[1]); return redis.call('PEXPIRE', KEYS[1], 1000)";
    assert_eq!(client.run(&["EVAL", script, "1", "k"]).await, 1);
    assert_eq!(client.double.commands(), 5);
    let sha = client.run(&["SCRIPT", "LOAD", script]).await;
    client.double.reset_counts();
    let body = serde_json::json!([["EVALSHA", sha, 1, "k"], ["EVALSHA", sha, 1, "k"]]).to_string();
    assert_eq!(client.ask("/multi-exec", body).await.1, r#"[{"result":1},{"result":1}]"#);
    let expected = [("evalsha", 2), ("get", 4), ("incr", 2), ("pexpire", 2)];
    assert_eq!(
        client.double.counts(),
        expected.map(|(name, count)| (name.to_owned(), count)).into()
    );
}

#[tokio::test]
async fn what_others_do_meanwhile_is_not_a_scripts() {
    let client = Client::start().await;
    let noise = async {
        for _ in 0..50 {
            client.double.redis().cli(&["INCR", "noise"]);
            tokio::task::yield_now().await;
        }
    };
    let scripts = async {
        for _ in 0..50 {
            client.run(&["EVAL", "return redis.call('INCR', KEYS[1])", "1", "k"]).await;
        }
    };
    tokio::join!(noise, scripts);
    let expected = [("eval", 50), ("incr", 50)].map(|(name, count)| (name.to_owned(), count));
    assert_eq!(client.double.counts(), expected.into());
}
