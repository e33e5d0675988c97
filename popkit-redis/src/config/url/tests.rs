use std::time::Duration;

use proptest::prelude::*;
use secrecy::ExposeSecret as _;

use super::*;
use crate::config::Protocol;

fn read(url: &str) -> RedisConfig {
    url.parse().unwrap_or_else(|error| panic!("{url}: {error}"))
}

fn says(url: &str) -> String {
    url.parse::<RedisConfig>().expect_err(url).to_string()
}

#[test]
fn one_server_is_read_with_user_password_port_and_database() {
    let config = read("redis://bob:p%40ss%2Fw@example.org:7000/3");
    assert_eq!(config.servers, Servers::Single(Address::tcp("example.org", 7000)));
    assert_eq!((config.user.as_deref(), config.db, config.tls), (Some("bob"), 3, false));
    assert_eq!(config.password.unwrap().expose_secret(), "p@ss/w");

    let config = read("rediss://:pw@[::1]");
    assert_eq!(config.servers, Servers::Single(Address::tcp("::1", 6379)));
    assert!(config.tls && config.user.is_none() && config.db == 0);
}

#[test]
fn a_socket_is_read_in_every_usual_form() {
    for url in ["unix:/run/a%20b.sock?db=2", "unix:///run/a%20b.sock?db=2"] {
        let config = read(url);
        assert_eq!(config.servers, Servers::Single(Address::Unix("/run/a b.sock".into())));
        assert_eq!(config.db, 2);
    }
    let config = read("redis+unix://bob:pw@/run/r.sock");
    assert_eq!(config.user.as_deref(), Some("bob"));
    assert!(says("unix:run/r.sock").contains("begins with /"));
    assert!(says("unix:").contains("path of the socket is missing"));
}

#[test]
fn several_servers_are_read_with_their_own_default_ports() {
    let config = read("redis+cluster://a:1,[::2]:2,c");
    let nodes = [Address::tcp("a", 1), Address::tcp("::2", 2), Address::tcp("c", 6379)];
    assert_eq!(config.servers, Servers::Cluster(nodes.to_vec()));

    let config = read("rediss+sentinel://bob:pw@a,b:2/my%20main?db=5&sentinel_password=other");
    let sentinels = vec![Address::tcp("a", 26379), Address::tcp("b", 2)];
    assert_eq!(config.servers, Servers::Sentinel { sentinels, master: "my main".to_owned() });
    assert!(config.tls && config.db == 5);
    assert_eq!(config.sentinel_password.unwrap().expose_secret(), "other");
}

#[test]
fn options_are_read() {
    let config = read(
        "redis://localhost?timeout=250ms&connect_timeout=1s&retry_on_timeout=false\
         &health_check_interval=0s&protocol=resp3&client_name=popkit&ca=/a+b.pem&insecure=true",
    );
    assert_eq!(config.timeout, Duration::from_millis(250));
    assert_eq!(config.connect_timeout, Duration::from_secs(1));
    assert!(!config.retry_on_timeout && config.health_check_interval.is_zero());
    assert_eq!((config.protocol, config.insecure), (Protocol::Resp3, true));
    assert_eq!(config.client_name.as_deref(), Some("popkit"));
    assert_eq!(config.ca.unwrap().to_str(), Some("/a+b.pem"));
}

#[test]
fn what_is_wrong_is_named_with_its_mend() {
    for (url, expected) in [
        ("localhost", "not a URL; it begins with one of redis"),
        ("http://localhost", "no Redis URL begins with http:; there are redis"),
        ("redis:localhost", "// is missing"),
        ("redis://", "not HOST or HOST:PORT"),
        ("redis://localhost:x", "not HOST or HOST:PORT"),
        ("redis://a,b", "use redis+cluster://"),
        ("redis://localhost/two", "database \"two\": expected a number"),
        ("redis://localhost?timeot=1s", "unknown option timeot; did you mean timeout?"),
        ("redis://localhost?zzzzzzzzzz=1", "unknown option zzzzzzzzzz; there are ca, client_name"),
        ("redis://localhost?timeout=5", "option timeout=5: expected a time as"),
        ("redis://localhost?insecure=yes", "expected true or false"),
        ("redis://localhost?protocol=4", "expected resp2 or resp3"),
        ("redis://localhost?ca", "option ca has no value"),
        ("redis://localhost#x", "a # after the address"),
    ] {
        assert!(says(url).contains(expected), "{url}: {}", says(url));
    }
}

#[test]
fn no_part_of_a_password_is_ever_shown() {
    for url in [
        "redis://:hun/ter2@localhost",
        "redis://:hun?ter2@localhost",
        "redis://:hun#ter2@localhost",
        "redis://bob:hunter2@",
        "redis://bob:hunter2@:x",
        "redis://bob:hunter2:localhost",
        "redis://bob:hunter2%ff@localhost",
        "hunter2 is my secret: really",
        "redis+sentinel://a/m?sentinel_password=hunter2%ff",
    ] {
        let text = says(url);
        assert!(!text.contains("hun") && !text.contains("ter2"), "{url}: {text}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in ".*") {
        let _ = text.parse::<RedisConfig>();
    }

    #[test]
    fn every_password_survives_its_escapes(password in ".+") {
        let escaped = percent_encoding::utf8_percent_encode(&password, percent_encoding::NON_ALPHANUMERIC);
        let config: RedisConfig = format!("redis://:{escaped}@localhost").parse().unwrap();
        let read = config.password.unwrap();
        prop_assert_eq!(read.expose_secret(), password.as_str());
    }
}
