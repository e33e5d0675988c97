//! What one event stream is about.

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Command, Notice, Topics};

/// One channel, or one pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rest) enum Topic {
    Channel(String),
    Pattern(String),
}

/// What an event says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// That messages from now on are sent.
    Subscribed,
    /// A message.
    Message(Notice),
    /// Something else.
    Other,
}

impl Topic {
    /// Each of these once: one that is asked for twice would come twice.
    pub(super) fn all(topics: &Topics) -> Vec<Self> {
        let channels = topics.channels.iter().cloned().map(Self::Channel);
        let mut all: Vec<Self> = Vec::new();
        for topic in channels.chain(topics.patterns.iter().cloned().map(Self::Pattern)) {
            if !all.contains(&topic) {
                all.push(topic);
            }
        }
        all
    }

    /// Where it is asked for.
    pub(super) fn path(&self) -> String {
        let escaped = |name: &str| utf8_percent_encode(name, NON_ALPHANUMERIC).to_string();
        match self {
            Self::Channel(name) => format!("/subscribe/{}", escaped(name)),
            Self::Pattern(pattern) => format!("/psubscribe/{}", escaped(pattern)),
        }
    }

    /// The command that it is.
    pub(super) fn command(&self) -> Command {
        match self {
            Self::Channel(name) => Command::new("SUBSCRIBE").arg(name),
            Self::Pattern(pattern) => Command::new("PSUBSCRIBE").arg(pattern),
        }
    }

    /// Reads the data of an event. The name that was asked for is taken off as it is: it may
    /// hold commas. A channel that a pattern found may not.
    pub(super) fn read(&self, data: &str) -> Said {
        let (kind, name) = match self {
            Self::Channel(name) => ("", name),
            Self::Pattern(pattern) => ("p", pattern),
        };
        let Some((word, rest)) = data.split_once(',') else { return Said::Other };
        let rest = rest.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix(','));
        let (Some(word), Some(rest)) = (word.strip_prefix(kind), rest) else { return Said::Other };
        let (channel, pattern, payload) = match (word, self) {
            ("subscribe", _) => return Said::Subscribed,
            ("message", Self::Channel(name)) => (name.as_str(), None, rest),
            ("message", Self::Pattern(pattern)) => match rest.split_once(',') {
                Some((channel, payload)) => (channel, Some(pattern.clone()), payload),
                None => return Said::Other,
            },
            _ => return Said::Other,
        };
        Said::Message(Notice::Message {
            channel: channel.to_owned(),
            pattern,
            payload: Bytes::copy_from_slice(payload.as_bytes()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(channel: &str, pattern: Option<&str>, payload: &'static str) -> Said {
        Said::Message(Notice::Message {
            channel: channel.to_owned(),
            pattern: pattern.map(str::to_owned),
            payload: payload.into(),
        })
    }

    #[test]
    fn each_topic_is_asked_for_once() {
        let all = Topic::all(&Topics::channels(["a", "b", "a"]).pattern("a").pattern("a"));
        let channel = |name: &str| Topic::Channel(name.to_owned());
        assert_eq!(all, [channel("a"), channel("b"), Topic::Pattern("a".to_owned())]);
    }

    #[test]
    fn the_documented_lines_are_read() {
        let chat = Topic::Channel("chat".to_owned());
        assert_eq!(chat.read("subscribe,chat,1"), Said::Subscribed);
        assert_eq!(chat.read("message,chat,hello"), message("chat", None, "hello"));
        assert_eq!(
            chat.read("message,chat,{\"a\":1,\"b\":2}"),
            message("chat", None, "{\"a\":1,\"b\":2}")
        );
        assert_eq!(chat.read("message,chat,"), message("chat", None, ""));
        let all = Topic::Pattern("pop:*".to_owned());
        assert_eq!(all.read("psubscribe,pop:*,1"), Said::Subscribed);
        assert_eq!(all.read("pmessage,pop:*,pop:a,x,y"), message("pop:a", Some("pop:*"), "x,y"));
    }

    #[test]
    fn what_is_about_something_else_is_no_message() {
        let chat = Topic::Channel("chat".to_owned());
        for data in [
            "",
            "ping",
            "message,chatter,x",
            "message,chat",
            "unsubscribe,chat,0",
            "pmessage,chat,a,b",
        ] {
            assert_eq!(chat.read(data), Said::Other, "{data}");
        }
        let all = Topic::Pattern("a*".to_owned());
        for data in ["pmessage,a*,x", "message,a*,x", "psubscribe", "subscribe,a*,1"] {
            assert_eq!(all.read(data), Said::Other, "{data}");
        }
    }

    #[test]
    fn names_may_hold_commas_and_anything_else() {
        let odd = Topic::Channel("a,b/c?d#e é".to_owned());
        assert_eq!(odd.read("subscribe,a,b/c?d#e é,1"), Said::Subscribed);
        assert_eq!(odd.read("message,a,b/c?d#e é,x,y"), message("a,b/c?d#e é", None, "x,y"));
        assert_eq!(odd.path(), "/subscribe/a%2Cb%2Fc%3Fd%23e%20%C3%A9");
        assert_eq!(Topic::Pattern("pop:*".to_owned()).path(), "/psubscribe/pop%3A%2A");
    }
}
