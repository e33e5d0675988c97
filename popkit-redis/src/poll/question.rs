//! Many waiters' places become one `XREAD`, and its answer becomes theirs.

use std::collections::BTreeMap;

use crate::{Command, Entry, Error, ErrorKind, Reply, Result, StreamId};

/// Entries by the key of their stream.
pub(crate) type Found = Vec<(String, Vec<Entry>)>;

/// What is asked: behind which entry of which stream, and how many of each at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) places: BTreeMap<String, StreamId>,
    pub(super) count: usize,
}

impl Question {
    /// What one caller asks.
    pub(super) fn new(after: Vec<(String, StreamId)>, count: usize) -> Result<Self> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidInput, message));
        if after.is_empty() {
            return refuse("no stream to wait for; give one".to_owned());
        }
        if !(1..=10_000).contains(&count) {
            return refuse(format!("{count} entries at a time: expected 1 to 10000"));
        }
        let mut places = BTreeMap::new();
        for (key, place) in after {
            if places.contains_key(&key) {
                return refuse(format!("stream {key} is given twice"));
            }
            places.insert(key, place);
        }
        Ok(Self { places, count })
    }

    /// And this, too: of a stream that is in both the earlier place.
    pub(super) fn add(&mut self, other: &Self) {
        self.count = self.count.max(other.count);
        for (key, place) in &other.places {
            let known = self.places.entry(key.clone()).or_insert(*place);
            *known = (*known).min(*place);
        }
    }

    pub(super) fn command(&self) -> Command {
        Command::new("XREAD")
            .arg("COUNT")
            .arg(self.count)
            .arg("STREAMS")
            .args(self.places.keys())
            .args(self.places.values().copied())
    }

    /// What of the answer to `asked` is asked for here. Who came while that was under way, with an
    /// earlier place, would miss what lies between: nothing is his.
    pub(super) fn share(&self, asked: &Self, found: &Found) -> Found {
        let mut share = Vec::new();
        for (key, entries) in found {
            let Some(place) = self.places.get(key) else { continue };
            if asked.places.get(key).is_none_or(|from| from > place) {
                continue;
            }
            let behind = entries.iter().filter(|entry| entry.id > *place);
            let own: Vec<Entry> = behind.take(self.count).cloned().collect();
            if !own.is_empty() {
                share.push((key.clone(), own));
            }
        }
        share
    }
}

/// Reads the answer.
pub(super) fn read(reply: Reply) -> Result<Found> {
    let streams = reply.into_option(Reply::into_map)?.unwrap_or_default();
    let stream =
        |(key, entries): (Reply, Reply)| Ok((key.into_text()?, Entry::read_list(entries)?));
    streams.into_iter().map(stream).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(ms: u64) -> StreamId {
        StreamId::new(ms, 0)
    }

    fn question(after: &[(&str, u64)], count: usize) -> Question {
        let after = after.iter().map(|(key, ms)| ((*key).to_owned(), id(*ms))).collect();
        Question::new(after, count).unwrap()
    }

    fn entries(ids: &[u64]) -> Vec<Entry> {
        ids.iter().map(|ms| Entry { id: id(*ms), fields: Vec::new() }).collect()
    }

    #[test]
    fn one_question_asks_each_stream_at_its_earliest_place() {
        let mut all = question(&[("a", 5), ("b", 1)], 10);
        all.add(&question(&[("a", 3)], 100));
        all.add(&question(&[("c", 9), ("b", 2)], 1));
        assert_eq!(all, question(&[("a", 3), ("b", 1), ("c", 9)], 100));
        let words: Vec<_> = all.command().arguments().to_vec();
        assert_eq!(words, ["COUNT", "100", "STREAMS", "a", "b", "c", "3-0", "1-0", "9-0"]);
    }

    #[test]
    fn each_gets_what_is_behind_his_own_place_and_no_more_than_he_takes() {
        let found = vec![("a".to_owned(), entries(&[1, 2, 3])), ("b".to_owned(), entries(&[1]))];
        let asked = question(&[("a", 0), ("b", 0)], 10);
        let share = |after, count| question(after, count).share(&asked, &found);
        assert_eq!(share(&[("a", 1)], 10), [("a".to_owned(), entries(&[2, 3]))]);
        assert_eq!(share(&[("a", 0)], 2), [("a".to_owned(), entries(&[1, 2]))]);
        assert!(share(&[("a", 3), ("b", 1), ("c", 0)], 10).is_empty());
    }

    #[test]
    fn who_came_too_late_for_a_question_gets_nothing_of_its_answer() {
        let asked = question(&[("a", 5), ("b", 5)], 10);
        let found = vec![("a".to_owned(), entries(&[6])), ("b".to_owned(), entries(&[7]))];
        let late = question(&[("a", 4), ("b", 5)], 10);
        assert_eq!(late.share(&asked, &found), [("b".to_owned(), entries(&[7]))]);
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for (after, count) in [(vec![], 1), (vec![("a", 1)], 0), (vec![("a", 1), ("a", 2)], 1)] {
            let after = after.into_iter().map(|(key, ms)| (String::from(key), id(ms))).collect();
            let error = Question::new(after, count).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
}
