//! Who may do what.

use popkit_testkit::{Broken, UpstashOptions};
use reqwest::Method;

use super::Client;
use super::client::{error, read};

const ROUTES: [&str; 7] =
    ["/", "/get/a", "/pipeline", "/multi-exec", "/subscribe/c", "/psubscribe/c*", "/monitor"];

#[tokio::test]
async fn no_route_is_open_without_a_token() {
    let client = Client::start().await;
    for route in ROUTES {
        let requests = [
            client.bare(Method::POST, route),
            client.bare(Method::POST, route).bearer_auth("nobody"),
            client.bare(Method::POST, &format!("{route}?_token=nobody")),
            client.bare(Method::POST, route).basic_auth("default", Some(client.double.token())),
        ];
        for request in requests {
            let (status, body) = read(request.send().await.unwrap()).await;
            assert_eq!(status, 401, "{route}");
            assert_eq!(error(&body), "WRONGPASS invalid or missing auth token");
        }
    }
    assert_eq!(client.double.commands(), 0);
}

#[tokio::test]
async fn the_token_may_be_in_the_url() {
    let client = Client::start().await;
    let path = format!("/set/foo/bar?_token={}", client.double.token());
    assert_eq!(read(client.bare(Method::GET, &path).send().await.unwrap()).await.0, 200);
    assert_eq!(client.run(&["GET", "foo"]).await, "bar");
}

#[tokio::test]
async fn the_read_only_token_reads() {
    let client = Client::start().await;
    client.run(&["SET", "foo", "bar"]).await;
    let ask = async |path: &str, body: &'static str| {
        let token = client.double.read_only_token();
        let request = client.bare(Method::POST, path).bearer_auth(token).body(body);
        read(request.send().await.unwrap()).await
    };
    assert_eq!(ask("/", r#"["GET","foo"]"#).await.1, r#"{"result":"bar"}"#);
    assert_eq!(ask("/multi-exec", r#"[["GET","foo"]]"#).await.1, r#"[{"result":"bar"}]"#);
    for command in
        [r#"["SET","foo","x"]"#, r#"["SCAN",0]"#, r#"["KEYS","*"]"#, r#"["EVAL","return 1",0]"#]
    {
        let (status, body) = ask("/", command).await;
        assert_eq!(status, 400, "{command}");
        assert!(error(&body).starts_with("NOPERM "), "{body}");
    }
    assert_eq!(client.run(&["GET", "foo"]).await, "bar");
}

#[tokio::test]
async fn a_double_that_is_broken_lets_everybody_in() {
    let client = Client::with(UpstashOptions::default().broken(Broken::AnyToken)).await;
    let response =
        client.bare(Method::POST, "/set/a/b").bearer_auth("nobody").send().await.unwrap();
    assert_eq!(read(response).await.0, 200);
}
