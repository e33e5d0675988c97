//! Requests as they stand on the line, and answers that no server of Redis gives.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use popkit_redis::{ErrorKind, Redis};

use super::{at, connect_with};
use crate::support::{get, incr, set, soon};

const PONG: &str = r#"{"result":"UE9ORw=="}"#;

/// A service that gives these answers, one to each connection, and tells what it was sent.
fn service(answers: Vec<String>) -> (SocketAddr, Receiver<String>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    let (told, asked) = channel();
    thread::spawn(move || {
        for answer in answers {
            let (mut line, _) = socket.accept().unwrap();
            let request = request(&mut line);
            line.write_all(answer.as_bytes()).unwrap();
            if told.send(request).is_err() {
                return;
            }
        }
    });
    (addr, asked)
}

fn request(line: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut part = [0; 4096];
    loop {
        let read = line.read(&mut part).unwrap();
        text.push_str(std::str::from_utf8(&part[..read]).unwrap());
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if read == 0 || length.and_then(|length| length.parse().ok()) == Some(body.len()) {
            return text;
        }
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
}

#[tokio::test]
async fn a_request_is_the_documented_one_and_nothing_else() {
    let token = |token: &str| format!("upstash-sync-token: {token}\r\n");
    let (addr, asked) = service(vec![
        answer("200 OK", &token("first"), PONG),
        answer("200 OK", &token("second"), r#"{"result":"OK"}"#),
        answer("200 OK", "", r#"[{"result":"YmFy"},{"result":1}]"#),
    ]);
    let redis = connect_with(at(&format!("http://{addr}/base/"), "t0ken")).await;
    redis.execute(set("foo", "bar")).await.unwrap();
    redis.pipeline(vec![get("foo"), incr("n")]).await.unwrap();
    let agent = format!("popkit/{}", env!("CARGO_PKG_VERSION"));
    for (path, body, sync) in [
        ("/base/", r#"["PING"]"#, None),
        ("/base/", r#"["SET","foo","bar"]"#, Some("first")),
        ("/base/pipeline", r#"[["GET","foo"],["INCR","n"]]"#, Some("second")),
    ] {
        let request = asked.recv().unwrap();
        let (head, sent) = request.split_once("\r\n\r\n").unwrap();
        let mut lines: Vec<&str> = head.lines().collect();
        assert_eq!(lines.remove(0), format!("POST {path} HTTP/1.1"));
        let mut expected = vec![
            "accept: */*".to_owned(),
            "authorization: Bearer t0ken".to_owned(),
            format!("content-length: {}", body.len()),
            "content-type: application/json".to_owned(),
            format!("host: {addr}"),
            "upstash-encoding: base64".to_owned(),
            format!("user-agent: {agent}"),
        ];
        expected.extend(sync.map(|sync| format!("upstash-sync-token: {sync}")));
        expected.sort();
        lines.sort_unstable();
        assert_eq!(lines, expected);
        assert_eq!(sent, body);
    }
}

#[tokio::test]
async fn every_other_answer_has_its_kind() {
    let page = "<html><body>hello</body></html>";
    for (status, headers, body, kind, says) in [
        ("200 OK", "", page, ErrorKind::Unexpected, "is a page and not JSON"),
        ("200 OK", "", "{", ErrorKind::Unexpected, "is not the JSON"),
        ("204 No Content", "", "", ErrorKind::Unexpected, "status 204"),
        (
            "301 Moved Permanently",
            "location: http://127.0.0.1:1/\r\n",
            "",
            ErrorKind::InvalidConfig,
            "leads elsewhere",
        ),
        ("401 Unauthorized", "", page, ErrorKind::Unauthenticated, "copy"),
        ("403 Forbidden", "", page, ErrorKind::PermissionDenied, "forbidden"),
        ("404 Not Found", "", page, ErrorKind::InvalidConfig, "no REST service"),
        ("405 Method Not Allowed", "", page, ErrorKind::Unsupported, "no POST"),
        ("413 Content Too Large", "", page, ErrorKind::PayloadTooLarge, "send less"),
        ("429 Too Many Requests", "", "", ErrorKind::RateLimited, "slow down"),
        ("502 Bad Gateway", "", page, ErrorKind::Unavailable, "status 502"),
    ] {
        let (addr, asked) = service(vec![answer(status, headers, body)]);
        let connecting = Redis::connect_rest(at(&format!("http://{addr}"), "hunter2"));
        let error = soon("an end", connecting).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}: {error}");
        assert!(error.message().contains(says), "{status}: {error}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        assert!(asked.recv().is_ok());
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_cut_off() {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    let (addr, _asked) = service(vec![format!("{head}{}", "x".repeat(4000))]);
    let config = at(&format!("http://{addr}"), "t").answer_limit(2000);
    let error = soon("an end", Redis::connect_rest(config)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PayloadTooLarge, "{error}");
}
