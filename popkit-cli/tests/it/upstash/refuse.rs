//! What the documentation says of every failure: its text, its exit code, asked once.

use popkit_testkit::{Fault, RedisOptions, UpstashDouble, UpstashOptions};

use super::{double, room, room_as, silent, told};
use crate::room::{Out, Room};

const PING: [&str; 4] = ["backend", "ping", "--url", "upstash:"];
const TEST: [&str; 4] = ["backend", "test", "--url", "upstash:"];

/// `ping` of a double that answers with this.
fn ping(fault: Fault) -> Out {
    let double = double(UpstashOptions::default());
    // More than once: what is asked again would meet the fault again.
    double.faults().next(9, fault);
    let out = room(&double).popkit(&PING);
    assert_eq!(double.requests(), 1, "{out:?}");
    silent(&out, &double);
    out
}

/// Asserts that the documentation has this text.
#[track_caller]
fn documented(text: &str) {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/upstash.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(text), "{text:?} is not in docs/upstash.md");
}

fn test(double: &UpstashDouble, token: &str) -> Out {
    let out = room_as(double, token).popkit(&TEST);
    silent(&out, double);
    out
}

/// What the service says, the exit code, what popkit says.
const REFUSALS: [(&str, i32, &str); 14] = [
    (
        "NOPERM this user has no permissions to run the 'ping' command",
        77,
        "popkit: permission denied: the token does not allow it; is it the read-only token? \
         use the standard one, or give its user the right (ACL SETUSER) (PING)",
    ),
    (
        "ERR max requests limit exceeded. Limit: 500000, Usage: 500000.",
        75,
        "popkit: rate limited: the plan's requests are used up; wait for the next period, or \
         raise it (PING)",
    ),
    (
        "ERR max daily request limit exceeded. Limit: 10000, Usage: 10000.",
        75,
        "popkit: rate limited: the plan's requests of today are used up; wait, or raise it \
         (PING)",
    ),
    (
        "ERR max request size exceeded. Limit: 1048576 bytes, Actual: 2097152 bytes",
        65,
        "popkit: too large: a key, value or request is over the plan's size",
    ),
    (
        "ERR max single record size exceeded. Limit: 104857600 bytes, Actual: 104857601 bytes",
        65,
        "popkit: too large: a key, value or request is over the plan's size",
    ),
    (
        "ERR max key size exceeded. Limit: 32768 bytes, Actual: 40000 bytes",
        65,
        "popkit: too large: a key, value or request is over the plan's size",
    ),
    (
        "ERR DB capacity quota exceeded",
        75,
        "popkit: full: the plan's storage is full; remove what is old, or raise it",
    ),
    (
        "ERR max concurrent connections exceeded",
        69,
        "popkit: unavailable: the plan allows no more connections; close some, or raise it",
    ),
    (
        "ERR XReadGroup is cancelled. Pending Entries List limit per consumer is about to be \
         reached. Limit: 1000",
        75,
        "popkit: full: a consumer has as many entries unacknowledged as the service allows; \
         acknowledge them (PING)",
    ),
    (
        "ERR Command is not available: 'PING'",
        64,
        "popkit: not supported: the service does not take a command over REST; use the native \
         wire (rediss://) (PING)",
    ),
    (
        "ERR Unexpected flag in script shebang: allow-key-locking",
        64,
        "popkit: invalid configuration: the service is Redis itself and refuses Upstash's line \
         for scripts; add key_locking=false (PING)",
    ),
    (
        "NOSCRIPT No matching script. Please use EVAL.",
        69,
        "popkit: unavailable: the server forgot a script at once; try again",
    ),
    (
        "EXECABORT Transaction discarded because of previous errors.",
        65,
        "popkit: invalid input: the server refused a command of the transaction",
    ),
    (
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        65,
        "popkit: damaged data: a key holds another type than popkit writes; is its prefix used \
         by something else?",
    ),
];

#[test]
fn what_the_service_refuses_has_its_text_and_its_code() {
    let double = double(UpstashOptions::default());
    let room = room(&double);
    for (words, code, says) in REFUSALS {
        let asked = double.requests();
        // Once: whoever asked again would get an answer.
        double.faults().next(1, Fault::Error(400, words));
        room.popkit(&PING).refused(code, &[says]);
        assert_eq!(double.requests(), asked + 1, "{words}");
        documented(says);
    }
}

#[test]
fn a_token_that_is_not_known() {
    let double = double(UpstashOptions::default());
    let out = room_as(&double, "hunter2").popkit(&PING);
    let says = "popkit: not authenticated: the service does not know the token; copy \
                UPSTASH_REDIS_REST_TOKEN anew from the console, with its URL";
    out.refused(77, &[says]);
    documented(says);
    assert!(!out.err.contains("hunter2"), "{out:?}");
    assert_eq!(double.requests(), 1);
}

#[test]
fn a_token_that_may_only_read() {
    let double = double(UpstashOptions::default());
    let out = test(&double, double.read_only_token());
    assert_eq!(out.code, 77, "{out:?}");
    told(&out, "ok", "ping", &["answered in"]);
    let says = "permission denied: the token does not allow it; is it the read-only token?";
    told(&out, "FAIL", "keys", &[says, "(SET)"]);
    documented(says);
    assert!(out.err.starts_with("popkit: "), "{out:?}");
}

#[test]
fn a_quota_that_ends_midway() {
    let double = double(UpstashOptions::default().quota(2));
    let out = test(&double, double.token());
    assert_eq!(out.code, 75, "{out:?}");
    told(&out, "ok", "ping", &[]);
    told(&out, "FAIL", "keys", &["rate limited: the plan's requests are used up"]);
}

#[test]
fn a_service_that_throws_data_away() {
    let redis = RedisOptions::default().arg("maxmemory-policy", "allkeys-lru");
    let double = double(UpstashOptions::default().redis(redis));
    let out = test(&double, double.token());
    assert_eq!(out.code, 64, "{out:?}");
    told(&out, "FAIL", "eviction", &["throws data away", "switch eviction off in the console"]);
    // The mend mends it.
    double.redis().cli(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    assert_eq!(test(&double, double.token()).code, 0);
}

#[test]
fn a_message_that_is_over_the_plans_size() {
    let double = double(UpstashOptions::default().max_request(50_000));
    let room = room(&double);
    let out = room.popkit(&["send", "bob", "hello", "--url", "upstash:"]);
    assert_eq!(out.code, 0, "{out:?}");
    let out = room.popkit(&["send", "bob", &"x".repeat(60_000), "--url", "upstash:"]);
    assert_eq!((out.code, out.out.as_str()), (65, ""), "{out:?}");
    let says = "too large: a key, value or request is over the plan's size";
    assert!(out.err.contains(says), "{out:?}");
    documented(says);
}

#[test]
fn what_stands_before_the_service() {
    for (fault, code, says) in [
        (
            Fault::Status(502),
            69,
            "popkit: unavailable: PING was answered with status 502 Bad Gateway, by the service or \
             by a gateway before it; try again later",
        ),
        (Fault::Status(503), 69, "popkit: unavailable: PING was answered with status 503"),
        (
            Fault::TooManyRequests { retry_after: 60 },
            75,
            "popkit: rate limited: the service asks to slow down (status 429); wait, or raise the \
             plan",
        ),
        (Fault::Status(403), 77, "popkit: permission denied: PING is forbidden (status 403)"),
        (
            Fault::Status(404),
            64,
            "popkit: invalid configuration: there is no REST service at this URL (status 404); use \
             the one in the console",
        ),
        (
            Fault::Status(405),
            64,
            "popkit: not supported: no POST is taken at this URL (status 405)",
        ),
        (
            Fault::Status(301),
            64,
            "popkit: invalid configuration: the URL leads elsewhere (status 301",
        ),
        (Fault::CloseBefore, 69, "popkit: unavailable: the connection to http://127.0.0.1:"),
    ] {
        ping(fault).refused(code, &[says]);
        documented(says);
    }
}

#[test]
fn a_page_instead_of_an_answer() {
    // A captive portal says 200.
    let out = ping(Fault::Status(200));
    let says = "popkit: unexpected failure: the answer to PING is a page and not JSON; is a gateway \
                or a login in between?";
    out.refused(1, &[says]);
    documented(says);
}

#[test]
fn answers_that_are_damaged() {
    for (fault, says) in [
        (
            Fault::InvalidJson,
            "popkit: unexpected failure: the answer to PING is not the JSON of a REST service",
        ),
        (
            Fault::WrongBase64,
            "popkit: unexpected failure: the answer to PING holds text that is not the base64 that \
             was asked for; is something in between that drops the header Upstash-Encoding?",
        ),
    ] {
        ping(fault).refused(1, &[says]);
        documented(says);
    }
}

/// `ping` with these variables and this URL.
fn named(url: &str, variables: &[(&str, &str)]) -> Out {
    let mut room = Room::new();
    for (name, value) in variables {
        room.set(name, *value);
    }
    let out = room.popkit(&["backend", "ping", "--url", url]);
    assert!(!format!("{out:?}").contains("hunter2"), "{out:?}");
    out
}

#[test]
fn nothing_is_named() {
    let says = "popkit: --url: invalid configuration: upstash: stands for what \
                UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN name; set them, or give \
                upstash://:TOKEN@HOST";
    named("upstash:", &[]).refused(64, &[says]);
    documented(says);
    named("upstash:", &[("UPSTASH_REDIS_REST_TOKEN", "hunter2")]).refused(64, &[says]);
    Room::new().popkit(&["upstash", "--status"]).refused(64, &["UPSTASH_REDIS_REST_URL and"]);
}

#[test]
fn half_of_it_is_named() {
    let says = "no token for https://a.upstash.io; set UPSTASH_REDIS_REST_TOKEN beside \
                UPSTASH_REDIS_REST_URL, or give upstash://:TOKEN@HOST";
    let url = ("UPSTASH_REDIS_REST_URL", "https://a.upstash.io");
    named("upstash:", &[url]).refused(64, &[says]);
    documented(says);
    named("https://a.upstash.io", &[]).refused(64, &[says]);
    // The environment's token is for the environment's host.
    let both = [url, ("UPSTASH_REDIS_REST_TOKEN", "hunter2")];
    named("https://b.example", &both).refused(64, &["no token for https://b.example"]);
}

#[test]
fn nothing_goes_unencrypted_to_another_machine() {
    let says = "popkit: --url: invalid configuration: the token and everything else would go to \
                a.upstash.io:80 unencrypted; use https://";
    named("http://:hunter2@a.upstash.io", &[]).refused(64, &[says]);
    documented(says);
}

#[test]
fn nothing_answers_there() {
    let out = named("http://:hunter2@127.0.0.1:1", &[]);
    let says = "popkit: unavailable: cannot connect to 127.0.0.1:1: connection refused; is the \
                service running there?";
    out.refused(69, &[says]);
    documented(says);
    // No name of this kind is ever found.
    let out = named("https://:hunter2@nowhere.invalid", &[]);
    out.refused(69, &["popkit: unavailable: cannot find nowhere.invalid:443"]);
}

#[test]
fn a_service_that_hangs_is_given_up() {
    let double = double(UpstashOptions::default());
    double.faults().next(9, Fault::Delay(std::time::Duration::from_secs(60)));
    let url = double.url().replace("http://", "http://:hunter2@");
    let out = named(&format!("{url}?timeout=200ms&try_timeout=200ms"), &[]);
    out.refused(69, &["popkit: timed out: http://127.0.0.1:", "did not answer PING within 200ms"]);
}
