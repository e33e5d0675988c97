//! Mode selection: what is taken, why, and for how many agents.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod limits;
mod select;

use popkit_coordinator::mode::{Choice, Mode, ModeError, Probe, Seen, Version, Wanted, choose};

const UPSTASH: &str = "https://eu1-x.upstash.io";

/// Everything there is.
fn all() -> Seen {
    let mut seen = Seen::default();
    seen.claude = Some(Version::new(2, 0, 70));
    seen.upstash = Some(Probe::ready(UPSTASH));
    seen.redis = Some(Probe::ready("redis://localhost:16379"));
    seen.file = Some(Probe::ready(".popkit"));
    seen
}

/// Nothing but a folder.
fn bare() -> Seen {
    let mut seen = Seen::default();
    seen.file = Some(Probe::ready(".popkit"));
    seen
}

fn wanted(change: impl FnOnce(&mut Wanted)) -> Wanted {
    let mut wanted = Wanted::default();
    change(&mut wanted);
    wanted
}

fn lines(choice: &Choice) -> Vec<String> {
    choice.reasons.iter().map(ToString::to_string).collect()
}

#[test]
fn the_first_that_can_be_used_is_taken() {
    let mut seen = all();
    let taken = |seen: &Seen| choose(&Wanted::default(), seen).unwrap().mode;
    assert_eq!(taken(&seen), Mode::Native);
    seen.claude = Some(Version::new(2, 0, 63));
    assert_eq!(taken(&seen), Mode::Upstash);
    seen.upstash = Some(Probe::failed(UPSTASH, "401 Unauthorized"));
    assert_eq!(taken(&seen), Mode::Redis);
    seen.redis = None;
    assert_eq!(taken(&seen), Mode::File);
}

#[test]
fn every_mode_has_a_reason_that_a_person_can_read() {
    let mut seen = all();
    seen.claude = Some(Version::new(2, 0, 50));
    seen.upstash = Some(Probe::failed(UPSTASH, "401 Unauthorized"));
    let choice = choose(&Wanted::default(), &seen).unwrap();
    assert_eq!(
        lines(&choice),
        [
            "native: Claude Code 2.0.50 found, 2.0.64 needed",
            "upstash: https://eu1-x.upstash.io cannot be used: 401 Unauthorized",
            "redis: redis://localhost:16379 answers",
            "file: not tried, redis comes first",
        ]
    );
    let choice = choose(&Wanted::default(), &bare()).unwrap();
    assert_eq!(
        choice.to_string(),
        "mode file\n\
         native: no Claude Code found, 2.0.64 needed\n\
         upstash: UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN are not both set\n\
         redis: no server is named\n\
         file: .popkit answers\n\
         agents: 6 at most, by limits.max_parallel_agents"
    );
}

/// The shipped configuration says `redis`, the code of the originals knew `upstash` alone: it
/// was never taken, and nobody was told.
#[test]
fn p23_redis_in_the_configuration_takes_upstash_of_the_environment_and_says_so() {
    let shipped: Vec<Mode> =
        ["native", "redis", "file"].iter().map(|name| name.parse().unwrap()).collect();
    let wanted = wanted(|wanted| wanted.priority = shipped.clone());
    let mut seen = all();
    seen.claude = None;
    let choice = choose(&wanted, &seen).unwrap();
    assert_eq!(choice.mode, Mode::Upstash);
    assert_eq!(
        lines(&choice)[1],
        "upstash: https://eu1-x.upstash.io answers; \"redis\" in mode_priority means Upstash, too"
    );
    seen.upstash = None;
    let choice = choose(&wanted, &seen).unwrap();
    assert_eq!(choice.mode, Mode::Redis);
    assert_eq!(
        lines(&choice)[1],
        "upstash: UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN are not both set"
    );
}

#[test]
fn p23_who_names_both_gets_the_order_he_names() {
    let wanted = wanted(|wanted| wanted.priority = vec![Mode::Redis, Mode::Upstash]);
    assert_eq!(choose(&wanted, &all()).unwrap().mode, Mode::Redis);
}

#[test]
fn what_the_priority_does_not_name_is_not_taken() {
    let wanted = wanted(|wanted| wanted.priority = vec![Mode::Upstash]);
    let choice = choose(&wanted, &all()).unwrap();
    assert_eq!(choice.mode, Mode::Upstash);
    assert_eq!(lines(&choice)[1], "native: not tried, mode_priority does not name it");
    let refused = choose(&wanted, &bare()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no mode can be used (upstash: UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN are \
         not both set); add \"file\" to mode_priority, it needs no server"
    );
}

#[test]
fn a_mode_that_is_asked_for_is_taken_or_refused() {
    let ask = |mode| wanted(|wanted| wanted.mode = Some(mode));
    for mode in Mode::ALL {
        let choice = choose(&ask(mode), &all()).unwrap();
        assert_eq!((choice.mode, choice.reasons.len()), (mode, 4));
    }
    let refused = |mode| choose(&ask(mode), &bare()).unwrap_err().to_string();
    assert_eq!(
        refused(Mode::Native),
        "the mode native cannot be used: no Claude Code found, 2.0.64 needed; update Claude Code, \
         or give the command of the agents, or leave the choice to popkit"
    );
    assert_eq!(
        refused(Mode::Redis),
        "the mode redis cannot be used: no server is named; start one with `popkit redis start`, \
         or name one by its URL, or leave the choice to popkit"
    );
    let shown = choose(&ask(Mode::File), &Seen::default()).unwrap_err().to_string();
    assert!(shown.contains("choose a folder that can be written to"), "{shown}");
}

#[test]
fn native_needs_no_claude_code_where_agents_have_a_command() {
    let choice = choose(&wanted(|wanted| wanted.has_command = true), &bare()).unwrap();
    assert_eq!(choice.mode, Mode::Native);
    assert_eq!(lines(&choice)[0], "native: the agents have a command of their own");
}

#[test]
fn native_that_is_switched_off_is_not_taken() {
    let mut off = wanted(|wanted| wanted.native.enabled = false);
    let choice = choose(&off, &all()).unwrap();
    assert_eq!(choice.mode, Mode::Upstash);
    assert_eq!(lines(&choice)[0], "native: native.enabled is false");
    off.mode = Some(Mode::Native);
    let refused = choose(&off, &all()).unwrap_err().to_string();
    assert!(refused.contains("set native.enabled to true"), "{refused}");
}

#[test]
fn names_that_nothing_has_are_refused_with_the_nearest() {
    let say = |text: &str| text.parse::<Mode>().unwrap_err().to_string();
    assert_eq!(say("upstach"), "there is no mode \"upstach\"; did you mean \"upstash\"?");
    assert_eq!(say("Redis"), "there is no mode \"Redis\"; did you mean \"redis\"?");
    assert_eq!(say("zzz"), "there is no mode \"zzz\"; choose one of native, upstash, redis, file");
    assert!(matches!(say("").parse::<Mode>(), Err(ModeError::Name { nearest: None, .. })));
}
