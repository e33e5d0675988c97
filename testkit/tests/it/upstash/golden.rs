//! Literal pairs of request and response, as the vendor's REST page gives them.

use popkit_testkit::{Broken, UpstashOptions};
use reqwest::Method;

use super::Client;
use super::client::read;

#[tokio::test]
async fn a_command_in_the_path() {
    let client = Client::start().await;
    for (path, body, expected) in [
        ("/set/foo/bar", "", r#"{"result":"OK"}"#),
        ("/get/foo", "", r#"{"result":"bar"}"#),
        ("/get/nothing", "", r#"{"result":null}"#),
        ("/set/foo/bar/EX/100", "", r#"{"result":"OK"}"#),
        ("/set/json", r#"{"a":1}"#, r#"{"result":"OK"}"#),
        ("/get/json", "", r#"{"result":"{\"a\":1}"}"#),
        ("/set/kept?EX=100", "value", r#"{"result":"OK"}"#),
        ("/ttl/kept", "", r#"{"result":100}"#),
        ("/set/a%2Fb/%C3%BC%20x", "", r#"{"result":"OK"}"#),
        ("/get/a%2Fb", "", "{\"result\":\"ü x\"}"),
        ("/rpush/list/a/b", "", r#"{"result":2}"#),
        ("/lrange/list/0/-1", "", r#"{"result":["a","b"]}"#),
        ("/publish/chat/hello", "", r#"{"result":0}"#),
    ] {
        let response = client.ask(path, body).await;
        assert_eq!(response, (200, expected.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn every_method_of_reading_and_writing_is_served() {
    let client = Client::start().await;
    client.run(&["SET", "foo", "bar"]).await;
    let token = client.double.token();
    for method in [Method::GET, Method::PUT, Method::POST] {
        let response = client.bare(method, "/get/foo").bearer_auth(token).send().await.unwrap();
        assert!(response.headers().contains_key("upstash-sync-token"));
        assert_eq!(read(response).await, (200, r#"{"result":"bar"}"#.to_owned()));
    }
    let head = client.bare(Method::HEAD, "/get/foo").bearer_auth(token).send().await.unwrap();
    assert_eq!(read(head).await, (200, String::new()));
    for method in [Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let response = client.bare(method, "/get/foo").bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), 405);
    }
}

#[tokio::test]
async fn a_command_in_the_body() {
    let client = Client::start().await;
    for (body, status, expected) in [
        (r#"["SET","foo","bar","EX",100]"#, 200, r#"{"result":"OK"}"#),
        (r#"["MGET","foo","none"]"#, 200, r#"{"result":["bar",null]}"#),
        (r#"["PING"]"#, 200, r#"{"result":"PONG"}"#),
        (r#"["INCRBY","n",2]"#, 200, r#"{"result":2}"#),
        (r#"["EVAL","return {KEYS[1],1,false}",1,"k"]"#, 200, r#"{"result":["k",1,null]}"#),
        (
            r#"["LPUSH","foo","x"]"#,
            400,
            r#"{"error":"WRONGTYPE Operation against a key holding the wrong kind of value"}"#,
        ),
        (r#"["SET","foo"]"#, 400, r#"{"error":"ERR wrong number of arguments for 'set' command"}"#),
        (
            r#"["EVALSHA","0123",0]"#,
            400,
            r#"{"error":"NOSCRIPT No matching script. Please use EVAL."}"#,
        ),
    ] {
        assert_eq!(client.ask("/", body).await, (status, expected.to_owned()), "{body}");
    }
    for body in ["", "{}", "[]", "[null]", r#"["GET",{}]"#] {
        assert_eq!(client.ask("/", body).await.0, 400, "{body}");
    }
}

#[tokio::test]
async fn an_object_posted_to_a_command_is_its_argument() {
    let client = Client::start().await;
    let expected = r#"{"error":"ERR wrong number of arguments for 'eval' command"}"#;
    let response = client.ask("/eval", r#"{"script":"return 1"}"#).await;
    assert_eq!(response, (400, expected.to_owned()));
}

#[tokio::test]
async fn a_pipeline_goes_on_after_an_error() {
    let client = Client::start().await;
    let body = r#"[["SET","k","v"],["INCR","k"],["GET","k"],["ZADD","z",1,"a"]]"#;
    let expected = r#"[{"result":"OK"},{"error":"ERR value is not an integer or out of range"},{"result":"v"},{"result":1}]"#;
    assert_eq!(client.ask("/pipeline", body).await, (200, expected.to_owned()));
    for body in ["[]", r#"["GET","k"]"#, "[[]]", ""] {
        assert_eq!(client.ask("/pipeline", body).await.0, 400, "{body}");
    }
}

#[tokio::test]
async fn streams_are_read_in_nested_pairs() {
    let client = Client::start().await;
    let none = client.ask("/", r#"["XREAD","STREAMS","s","0"]"#).await;
    assert_eq!(none, (200, r#"{"result":null}"#.to_owned()));
    client.run(&["XADD", "s", "1-1", "f", "v"]).await;
    let some = client.ask("/", r#"["XREAD","COUNT","10","STREAMS","s","t","0","0"]"#).await;
    assert_eq!(some, (200, r#"{"result":[["s",[["1-1",["f","v"]]]]]}"#.to_owned()));
}

#[tokio::test]
async fn base64_covers_every_string_but_the_reply_ok() {
    let client = Client::start().await;
    let ask = async |path: &str, body: &'static str| {
        let request = client.post(path, body).header("Upstash-Encoding", "base64");
        read(request.send().await.unwrap()).await
    };
    let ok = |body: &str| (200, body.to_owned());
    assert_eq!(ask("/", r#"["SET","foo","bar"]"#).await, ok(r#"{"result":"OK"}"#));
    assert_eq!(ask("/", r#"["GET","foo"]"#).await, ok(r#"{"result":"YmFy"}"#));
    assert_eq!(ask("/", r#"["SET","o","OK"]"#).await, ok(r#"{"result":"OK"}"#));
    assert_eq!(ask("/", r#"["GET","o"]"#).await, ok(r#"{"result":"T0s="}"#));
    let pipeline = r#"[["SET","foo","bar"],["GET","foo"],["LPUSH","foo",1]]"#;
    let expected = r#"[{"result":"OK"},{"result":"YmFy"},{"error":"WRONGTYPE Operation against a key holding the wrong kind of value"}]"#;
    assert_eq!(ask("/pipeline", pipeline).await, ok(expected));
    assert_eq!(ask("/set/bytes", "\u{0}").await, ok(r#"{"result":"OK"}"#));
    assert_eq!(ask("/get/bytes", "").await, ok(r#"{"result":"AA=="}"#));
}

#[tokio::test]
async fn bytes_that_are_not_text_survive_in_base64_only() {
    let client = Client::start().await;
    assert_eq!(client.ask("/set/b", vec![0xff, 0x00]).await.0, 200);
    assert_eq!(client.ask("/get/b", "").await.1, "{\"result\":\"\u{fffd}\\u0000\"}");
    let request = client.post("/get/b", "").header("Upstash-Encoding", "base64");
    assert_eq!(read(request.send().await.unwrap()).await.1, r#"{"result":"/wA="}"#);
}

#[tokio::test]
async fn resp2_is_passed_on_as_redis_sends_it() {
    let client = Client::start().await;
    let resp2 = |path: &str, body: &'static str| {
        client.post(path, body).header("Upstash-Response-Format", "resp2")
    };
    client.run(&["SET", "foo", "bar"]).await;
    let response = resp2("/", r#"["MGET","foo","none"]"#).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    assert_eq!(read(response).await, (200, "*2\r\n$3\r\nbar\r\n$-1\r\n".to_owned()));
    let refused = [
        resp2("/multi-exec", r#"[["PING"]]"#),
        resp2("/", r#"["PING"]"#).header("Upstash-Encoding", "base64"),
        client.post("/", r#"["PING"]"#).header("Upstash-Response-Format", "resp3"),
    ];
    for request in refused {
        assert_eq!(read(request.send().await.unwrap()).await.0, 400);
    }
}

#[tokio::test]
async fn a_double_that_is_broken_is_wrong_in_one_way() {
    let plain = Client::with(UpstashOptions::default().broken(Broken::NoBase64)).await;
    let request = plain.post("/echo/text", "").header("Upstash-Encoding", "base64");
    assert_eq!(read(request.send().await.unwrap()).await.1, r#"{"result":"text"}"#);

    let flat = Client::with(UpstashOptions::default().broken(Broken::FlatXread)).await;
    flat.run(&["XADD", "s", "1-1", "f", "v"]).await;
    let read = flat.ask("/", r#"["XREAD","STREAMS","s","0"]"#).await.1;
    assert_eq!(read, r#"{"result":["s",[["1-1",["f","v"]]]]}"#);
    let entries = flat.ask("/", r#"["XRANGE","s","-","+"]"#).await.1;
    assert_eq!(entries, r#"{"result":[["1-1",["f","v"]]]}"#);
}
