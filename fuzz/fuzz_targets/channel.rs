//! Names and places, from text: nothing panics, and what is read is the same when it is
//! written and read again.

#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use popkit_protocol::{AgentId, Channel, Namespace, ProducerId, SessionId, Topic};
use popkit_transport::{Cursor, FileOptions, LatestKey, Position};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = str::from_utf8(bytes) else { return };
    survives::<Channel>(text);
    survives::<Cursor>(text);
    survives::<ProducerId>(text);
    if let Ok(position) = Position::new(text) {
        assert_eq!(position.as_str(), text);
    }
    if let Ok(key) = LatestKey::new(text) {
        assert_eq!(key.as_str(), text);
    }
    if let Ok(topic) = text.parse::<Topic>() {
        assert_eq!(topic.name(), text);
        assert!(Channel::new(topic.name()).is_ok());
    }
    let _ = text.parse::<FileOptions>();
    names(text);
});

fn survives<T: FromStr + Display + PartialEq + Debug>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        assert_eq!(read.to_string().parse::<T>().ok().as_ref(), Some(&read));
    }
}

/// Session and agent are the two halves: no two pairs share a channel, and none leads out of
/// its session.
fn names(text: &str) {
    let (session, agent) = text.split_once('\n').unwrap_or((text, text));
    let (Ok(session), Ok(agent)) = (SessionId::new(session), AgentId::new(agent)) else { return };
    let (ours, unnamed) = (Namespace::of(&session), Namespace::unnamed());
    for topic in Topic::WELL_KNOWN.into_iter().chain(Topic::TASKS).chain([Topic::Agent(agent)]) {
        let channel = ours.channel(&topic);
        assert_eq!(Channel::new(channel.as_str()).as_ref(), Ok(&channel));
        assert_eq!(ours.topic(&channel), Some(topic.clone()));
        assert_eq!(unnamed.topic(&channel), None);
        assert_eq!(ours.topic(&unnamed.channel(&topic)), None);
    }
    if let Ok(channel) = Channel::new(text)
        && let Some(topic) = ours.topic(&channel)
    {
        assert_eq!(ours.channel(&topic), channel);
    }
}
