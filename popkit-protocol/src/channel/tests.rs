use proptest::prelude::*;

use super::*;

fn session(name: &str) -> Namespace {
    Namespace::of(&SessionId::new(name).unwrap())
}

#[test]
fn hostile_names_are_refused() {
    for bad in ["", " ", "a b", "pop:*", "pop:?", "pop:[a]", "a\\b", "\n", "ä", ":a", "{a}", "."] {
        assert!(Channel::new(bad).is_err(), "{bad:?}");
    }
    assert!(Channel::new("a".repeat(MAX_LEN)).is_ok());
    assert!(Channel::new("a".repeat(MAX_LEN + 1)).is_err());
}

#[test]
fn the_longest_names_fit() {
    let long = |count: usize| "x".repeat(count);
    let namespace = session(&long(128)).with_root(&long(32)).unwrap();
    let topic = Topic::Agent(AgentId::new(long(128)).unwrap());
    let channel = namespace.channel(&topic);
    assert_eq!(Channel::new(channel.as_str()).unwrap(), channel);
}

#[test]
fn names_are_those_of_the_documentation() {
    let unnamed = Namespace::unnamed();
    let names = Topic::WELL_KNOWN.map(|topic| unnamed.channel(&topic).to_string());
    let known = ["broadcast", "heartbeat", "results", "insights", "coordinator", "human"];
    assert_eq!(names, known.map(|name| format!("pop:{name}")));
    let names = Topic::TASKS.map(|topic| unnamed.channel(&topic).to_string());
    assert_eq!(
        names,
        ["new", "claimed", "updated", "complete", "failed"].map(|n| format!("tasks:{n}"))
    );
    assert_eq!(session("a").channel(&Topic::TasksNew).as_str(), "pop:{a}:tasks:new");
}

#[test]
fn sessions_do_not_hear_each_other() {
    let spaces = [Namespace::unnamed(), session("a"), session("b")];
    let spaces: Vec<_> =
        spaces.iter().cloned().chain([Namespace::unnamed().with_root("other").unwrap()]).collect();
    let agent = Topic::Agent(AgentId::new("a").unwrap());
    for topic in Topic::WELL_KNOWN.into_iter().chain([agent]) {
        for (i, here) in spaces.iter().enumerate() {
            for (j, there) in spaces.iter().enumerate() {
                let seen = there.topic(&here.channel(&topic));
                assert_eq!(seen, (i == j).then(|| topic.clone()), "{here:?} {there:?}");
            }
        }
    }
    assert_eq!(Namespace::unnamed().topic(&Channel::new("pop:tasks:new").unwrap()), None);
}

#[test]
fn prefixes_are_checked() {
    for bad in ["", "a:b", "{x}", "state", "a.b"] {
        assert!(Namespace::unnamed().with_root(bad).is_err(), "{bad:?}");
    }
}

fn topics() -> impl Strategy<Value = Topic> {
    let fixed: Vec<_> = Topic::WELL_KNOWN.into_iter().chain(Topic::TASKS).collect();
    prop_oneof![
        proptest::sample::select(fixed),
        "[A-Za-z0-9][A-Za-z0-9._-]{0,20}[a-z0-9]"
            .prop_filter_map("reserved", |id| { AgentId::new(id).ok().map(Topic::Agent) }),
    ]
}

fn spaces() -> impl Strategy<Value = Namespace> {
    proptest::option::of("[A-Za-z0-9][A-Za-z0-9_-]{0,20}").prop_filter_map("reserved", |name| {
        match name {
            None => Some(Namespace::unnamed()),
            Some(name) => SessionId::new(name).ok().map(|id| Namespace::of(&id)),
        }
    })
}

proptest! {
    #[test]
    fn two_topics_never_share_a_channel(
        (a, b) in ((spaces(), topics()), (spaces(), topics()))
    ) {
        let same = a.0.channel(&a.1) == b.0.channel(&b.1);
        prop_assert_eq!(same, a == b);
        prop_assert_eq!(a.0.topic(&a.0.channel(&a.1)), Some(a.1));
    }

    #[test]
    fn no_text_panics(text in ".*") {
        if let Ok(channel) = Channel::new(&text) {
            prop_assert_eq!(channel.as_str(), &text);
            let _ = Namespace::unnamed().topic(&channel);
        }
        let _ = text.parse::<Topic>();
    }
}
