//! `backend` and its alias.

use popkit_testkit::UpstashOptions;

use super::{double, room, silent, told, well};
use crate::room::Room;

#[test]
fn ping_tells_the_time_and_costs_two_commands() {
    let double = double(UpstashOptions::default());
    let room = room(&double);
    let begin = format!("PONG from {} in ", double.url());
    for args in [
        &["backend", "ping", "--url", "upstash:"][..],
        &["upstash", "--ping"],
        // Nothing else is named.
        &["backend", "ping"],
    ] {
        double.reset_counts();
        let line = well(&room, &double, args);
        assert!(line.starts_with(&begin), "{args:?}: {line}");
        assert_eq!(double.commands(), 2, "{:?}", double.counts());
    }
    let out = room.popkit(&["--json", "upstash", "--ping"]);
    assert!(out.lines()[0]["latency_us"].is_u64(), "{out:?}");
}

#[test]
fn status_shows_what_is_known_and_what_a_month_costs() {
    let double = double(UpstashOptions::default());
    let room = room(&double);
    let version = double.redis().info("redis_version");
    let page = well(&room, &double, &["backend", "status", "--url", "upstash:"]);
    for row in [
        format!("{} (from --url)", double.url()),
        format!("\n  server      Redis {version}"),
        "\n  region      not told over REST".to_owned(),
        "\n  consistency eventual between replicas; own writes are seen".to_owned(),
        "\n  durability  as the provider defines".to_owned(),
        "\n  eviction    noeviction".to_owned(),
        "\n  data        0 keys, ".to_owned(),
        "\n  latency     ".to_owned(),
        "\n  commands    6 for this look".to_owned(),
        "\n  polling     every 250ms while something comes, up to 15s at rest".to_owned(),
        "\n  cost        a run 200 commands, a task in it 27, a message 6; who waits, 4.9 a minute"
            .to_owned(),
        "\n  cost        1 process at rest: 211,200 commands a month, $0.42".to_owned(),
        "\n  cost        with 1,000 tasks and 1,000 messages a day: ".to_owned(),
        "\n  prices      $0.20 per 100,000 commands; free: 500,000 a month".to_owned(),
    ] {
        assert!(page.contains(&row), "{row:?} is missing in\n{page}");
    }
    assert_eq!(double.commands(), 6, "{:?}", double.counts());
    let again = well(&room, &double, &["upstash", "--status"]);
    assert!(again.contains("(from the environment)"), "{again}");
}

#[test]
fn status_estimates_the_load_that_is_named() {
    let double = double(UpstashOptions::default());
    let room = room(&double);
    let load = ["--tasks", "0", "--messages", "0", "--processes", "7"];
    let page = well(&room, &double, &[&["upstash", "--status"], &load[..]].concat());
    assert!(page.contains("7 processes at rest: 1,478,400 commands a month, $2.96"), "{page}");
    assert!(page.contains("with 0 tasks and 0 messages a day: 1,478,400 commands"), "{page}");
    let args = [&["--json", "backend", "status", "--url", "upstash:"], &load[..]].concat();
    let shown = &room.popkit(&args).lines()[0];
    assert_eq!(shown["backend"], "upstash");
    let cost = &shown["cost"];
    assert_eq!((&cost["processes"], &cost["at_rest"]["commands"]), (&7.into(), &1_478_400.into()));
    assert_eq!((&cost["cents_per_100k"], &cost["as_of"]), (&20.into(), &"2026-08-21".into()));
    let url = "upstash:?sse=on&budget=400000";
    let page = well(&room, &double, &["backend", "status", "--url", url]);
    for row in ["up to 1m at rest (sse=on", "\n  budget      400,000 commands", "2.6 a minute"] {
        assert!(page.contains(row), "{row:?} is missing in\n{page}");
    }
    let out = room.popkit(&["backend", "status", "--url", "memory:", "--tasks", "1"]);
    out.refused(64, &["are for Upstash"]);
}

#[test]
fn test_uses_everything_and_leaves_nothing() {
    let double = double(UpstashOptions::default());
    let room = room(&double);
    for args in [&["backend", "test", "--url", "upstash:"][..], &["upstash", "--test"]] {
        let out = room.popkit(args);
        assert_eq!((out.code, out.err.as_str()), (0, ""), "{out:?}");
        silent(&out, &double);
        for (name, word) in [
            ("connect", "http://127.0.0.1:"),
            ("ping", "answered in"),
            ("keys", "written, read and removed"),
            ("scripts", "by digest"),
            ("streams", "added and read"),
            ("messages", "published and read in"),
            ("tasks", "added, claimed and finished in"),
            ("sweep", "keys of the test were removed"),
            ("eviction", "noeviction"),
            ("cost", "commands, as far as it can be known"),
        ] {
            told(&out, "ok", name, &[word]);
        }
        let redis = double.redis();
        assert_eq!(redis.cli(&["DBSIZE"]), "0", "{:?}", redis.cli(&["KEYS", "*"]));
    }
}

#[test]
fn test_listens_where_hints_are_asked_for() {
    let double = double(UpstashOptions::default());
    let out = room(&double).popkit(&["backend", "test", "--url", "upstash:?sse=on"]);
    assert_eq!(out.code, 0, "{out:?}");
    told(&out, "ok", "pub/sub", &["a message came back in"]);
    assert_eq!(double.redis().cli(&["DBSIZE"]), "0");
}

#[test]
fn a_url_may_hold_the_token_which_never_shows() {
    let double = double(UpstashOptions::default());
    let url = double.url().replace("http://", &format!("http://:{}@", double.token()));
    let mut room = Room::new();
    room.set("POPKIT_URL", url);
    for args in [&["backend", "status"][..], &["backend", "test"], &["upstash", "--ping"]] {
        well(&room, &double, args);
        let out = room.popkit(&[&["--json", "-vv"], args].concat());
        assert_eq!(out.code, 0, "{out:?}");
        silent(&out, &double);
    }
}

#[test]
fn the_alias_wants_one_thing_and_upstash() {
    let double = double(UpstashOptions::default());
    let room = room(&double);
    for (args, says) in [
        (&["upstash"][..], "--status"),
        (&["upstash", "--ping", "--test"], "cannot be used with"),
        (&["upstash", "--ping", "--tasks", "1"], "are for --status"),
        (&["upstash", "--ping", "--url", "redis://localhost"], "popkit backend"),
    ] {
        let out = room.popkit(args);
        assert_eq!((out.code, out.out.as_str()), (64, ""), "{out:?}");
        assert!(out.err.starts_with("popkit: ") && out.err.contains(says), "{out:?}");
    }
    assert_eq!(double.requests(), 0);
}
