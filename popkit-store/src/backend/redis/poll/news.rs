//! What the stream of wake-ups tells.

use popkit_redis::{Entry, StreamId};

use crate::backend::redis::tasks::decode;

/// What was read of the stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Up to here.
    pub(super) upto: StreamId,
    /// Lanes that can be claimed from, or could.
    pub(super) lanes: Vec<u16>,
    /// When the first of the tasks is due that were put off, by the store's time.
    pub(super) due: Option<u64>,
    /// Whether the lanes mean something else than is known, or more may have been told than
    /// was kept: only a look can tell then.
    pub(super) unclear: bool,
}

impl News {
    /// Reads entries, by the version of the registry that is known.
    pub(super) fn read(entries: &[Entry], version: &str) -> Self {
        let mut news = Self { unclear: entries.len() >= super::ENTRIES, ..Self::default() };
        for entry in entries {
            news.upto = news.upto.max(entry.id);
            let field = |name| entry.field(name).and_then(|value| std::str::from_utf8(value).ok());
            if let Some(due) = field("d").and_then(|due| due.parse().ok()) {
                news.due = Some(news.due.map_or(due, |other| due.min(other)));
            }
            match (field("v"), field("l")) {
                (Some(told), Some(lanes)) if told == version => news.lanes.extend(decode(lanes)),
                _ => news.unclear = true,
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use popkit_redis::Reply;

    use super::*;

    fn entry(id: &str, fields: &[&str]) -> Entry {
        let text = |text: &str| Reply::Bytes(text.to_owned().into());
        let fields = Reply::Array(fields.iter().map(|field| text(field)).collect());
        Entry::read(Reply::Array(vec![text(id), fields])).unwrap()
    }

    #[test]
    fn lanes_of_the_known_registry_are_told_and_others_are_looked_at() {
        let entries = [
            entry("5-0", &["v", "aa", "l", "00", "d", "0000000000000070"]),
            entry("6-1", &["v", "aa", "l", "0o10", "d", "0000000000000030"]),
            entry("6-2", &["v", "aa", "l", "", "d", ""]),
        ];
        let news = News::read(&entries, "aa");
        assert_eq!((&news.lanes[..], news.upto), (&[0, 63, 64][..], StreamId::new(6, 2)));
        assert_eq!((news.due, news.unclear), (Some(30), false));
        assert!(News::read(&entries, "bb").unclear);
        assert!(News::read(&[entry("5-0", &["x", "y"])], "aa").unclear);
        let many = vec![entry("5-0", &["v", "aa", "l", ""]); super::super::ENTRIES];
        assert!(News::read(&many, "aa").unclear);
        assert_eq!(News::read(&[], "aa"), News::default());
    }
}
