//! Scripts, with the service's own flag and without.

use super::Client;

const FLAGGED: &str = "#!lua flags=allow-key-locking\nreturn redis.call('INCR', KEYS[1])";

#[tokio::test]
async fn the_flag_of_the_service_is_accepted() {
    let client = Client::start().await;
    assert_eq!(client.run(&["EVAL", FLAGGED, "1", "k"]).await, 1);
    let refused = client.double.redis().try_cli(&["EVAL", FLAGGED, "1", "k"]).unwrap_err();
    assert!(refused.contains("Unexpected flag"), "{refused}");
}

#[tokio::test]
async fn a_flagged_script_is_known_by_its_own_digest() {
    let client = Client::start().await;
    let sha = client.run(&["SCRIPT", "LOAD", FLAGGED]).await;
    let sha = sha.as_str().unwrap();
    assert_eq!(sha, sha1_smol::Sha1::from(FLAGGED).digest().to_string());
    assert_eq!(client.run(&["SCRIPT", "EXISTS", sha, "00"]).await, serde_json::json!([1, 0]));
    assert_eq!(client.run(&["EVALSHA", sha, "1", "k"]).await, 1);
    let body = serde_json::json!([["EVALSHA", sha, 1, "k"], ["EVAL", FLAGGED, 1, "k"]]).to_string();
    assert_eq!(client.ask("/multi-exec", body).await.1, r#"[{"result":2},{"result":3}]"#);

    client.double.redis().flush_scripts();
    let gone = client.fail(&["EVALSHA", sha, "1", "k"]).await;
    assert!(gone.starts_with("NOSCRIPT "), "{gone}");
}
