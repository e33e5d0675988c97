//! The same over Redis, and over the REST API of Upstash.

use popkit_testkit::{Aof, RedisOptions, RedisServer, UpstashDouble, UpstashOptions};
use serde_json::{Value, json};

use super::{Host, objective, within};

/// Puts an objective where Python agents have it, and many insights.
fn prepare(server: &RedisServer) {
    server.cli(&["SET", "pop:objective", &objective(|objective| objective)]);
    for n in 1..=120 {
        let entry = json!({"id": format!("i{n}"), "type": "discovery", "content": format!("fact {n}."),
            "from_agent": "py", "relevance_tags": ["elsewhere"], "confidence": 0.8,
            "timestamp": "2026-11-20T23:06:03"});
        server.cli(&["LPUSH", "pop:insights", &entry.to_string()]);
    }
}

/// Five calls, the last of which finds something out.
fn work(host: &Host) -> String {
    assert_eq!(host.works(1..=4), None);
    let found = json!({"stdout": "found the parser in src/parser/mod.rs"});
    host.used("t-5", "Bash", json!({"command": "rg parser"}), found).unwrap()
}

/// The list is what both wires wrote, trimmed, and the agent's state where it is looked for.
fn check(server: &RedisServer, host: &Host, text: &str) {
    assert!(text.contains("Objective of the session: tidy the parser"), "{text}");
    assert_eq!(server.cli(&["LLEN", "pop:insights"]), "100");
    let newest: Value =
        serde_json::from_str(&server.cli(&["LINDEX", "pop:insights", "0"])).unwrap();
    assert_eq!(newest["content"], "found the parser in src/parser/mod.rs");
    assert_eq!(newest["from_agent"], host.agent().as_str());
    let last = server.cli(&["LINDEX", "pop:insights", "-1"]);
    assert!(last.contains("fact 22."), "{last}");
    let state = format!("pop:state:{}", host.agent());
    assert_eq!(server.cli(&["HGET", &state, "tool_call_count"]), "5");
    assert_eq!(server.cli(&["HGET", &state, "agent_id"]), format!("\"{}\"", host.agent()));
    assert_eq!(server.cli(&["HGET", &state, "insights_shared"]), "1");
}

#[test]
fn p14_an_insight_is_shared_by_the_same_commands_on_both_wires() {
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Off));
    prepare(&server);
    let mut host = Host::new();
    host.room.set("POPKIT_URL", format!("{}?timeout=20s&connect_timeout=20s", server.url()));
    let text = work(&host);
    check(&server, &host, &text);

    let options = UpstashOptions::default().redis(RedisOptions::default().aof(Aof::Off));
    let double = within(UpstashDouble::start(options));
    prepare(double.redis());
    let mut host = Host::new();
    host.room.set("POPKIT_URL", "upstash:?timeout=20s&try_timeout=20s&connect_timeout=20s");
    host.room.set("UPSTASH_REDIS_REST_URL", double.url());
    host.room.set("UPSTASH_REDIS_REST_TOKEN", double.token());
    let text = work(&host);
    check(double.redis(), &host, &text);
}

#[test]
fn p9_messages_on_a_server_wait_for_the_next_tool_call() {
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Off));
    prepare(&server);
    let mut host = Host::new();
    host.room.set("POPKIT_URL", format!("{}?timeout=20s&connect_timeout=20s", server.url()));
    assert_eq!(host.works(1..=1), None);
    let out = host.room.popkit(&["send", &host.agent(), "over the wire"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(host.works(2..=2).unwrap().contains("over the wire"));
    assert_eq!(host.works(3..=3), None);
    let again = host.room.popkit(&["inbox", "--agent", &host.agent()]);
    assert_eq!(again.out, "", "the place is the one of `popkit inbox`, too");
}

#[test]
fn a_named_session_has_names_of_its_own() {
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Off));
    let mut host = Host::new();
    let url = format!("{}?session=team&timeout=20s&connect_timeout=20s", server.url());
    host.room.set("POPKIT_URL", url);
    server.cli(&["SET", "pop:objective", &objective(|objective| objective)]);
    assert_eq!(host.works(1..=1), None);
    assert_eq!(server.cli(&["KEYS", "pop:*state:*"]), "", "the unnamed session is another one");
    server.cli(&["SET", "pop:{team}:objective", &objective(|objective| objective)]);
    host.works(2..=2);
    let state = format!("pop:{{team}}:state:{}", host.agent());
    assert_eq!(server.cli(&["HGET", &state, "tool_call_count"]), "1");
}

#[test]
fn what_a_call_costs_over_rest_is_bounded() {
    let options = UpstashOptions::default().redis(RedisOptions::default().aof(Aof::Off));
    let double = within(UpstashDouble::start(options));
    prepare(double.redis());
    let mut host = Host::new();
    host.room.set("POPKIT_URL", "upstash:?timeout=20s&try_timeout=20s&connect_timeout=20s");
    host.room.set("UPSTASH_REDIS_REST_URL", double.url());
    host.room.set("UPSTASH_REDIS_REST_TOKEN", double.token());
    let cost = |work: &dyn Fn()| {
        double.reset_counts();
        work();
        double.commands()
    };
    // As documented in docs/hooks.md.
    for (call, most) in [(1, 50), (2, 40), (3, 40), (4, 40), (5, 75), (6, 40)] {
        let billed = cost(&|| {
            host.works(call..=call);
        });
        assert!(billed <= most, "call {call}: {billed} commands");
    }
    let billed = cost(&|| super::silent(&host.writes("src/a.rs")));
    assert!(billed <= 10, "the guard: {billed} commands");
}
