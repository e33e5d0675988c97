//! What was told, and what is about to be told under which numbers.
//!
//! A message is numbered, and its number kept, before it is published. So a mirror that
//! crashed in between repeats exactly the messages that were under way, under the numbers that
//! they may have had, whatever has become of the log since; readers drop what they know.

use std::collections::BTreeMap;

use popkit_protocol::{Cursor, ProducerId, Topic};
use serde::{Deserialize, Serialize};

/// Where a mirror is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) producer: ProducerId,
    /// Events up to here were told, or are planned.
    pub(super) cursor: Cursor,
    /// By the name of the topic.
    tracks: BTreeMap<String, Track>,
}

/// One channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Track {
    /// The number of the last message that was published, or given up.
    published: u64,
    /// Events to be told, under the numbers after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    planned: Vec<Cursor>,
}

/// A message to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) cursor: Cursor,
    pub(super) topic: Topic,
    pub(super) sequence: u64,
}

impl Place {
    pub(super) fn new(producer: ProducerId) -> Self {
        Self { producer, cursor: Cursor::START, tracks: BTreeMap::new() }
    }

    /// Whether everything that was planned was told.
    pub(super) fn is_settled(&self) -> bool {
        self.tracks.values().all(|track| track.planned.is_empty())
    }

    /// Numbers these messages: the events up to `cursor` that are not planned yet.
    pub(super) fn plan(
        &mut self,
        cursor: Cursor,
        events: impl IntoIterator<Item = (Cursor, Topic)>,
    ) {
        for (cursor, topic) in events {
            self.tracks.entry(topic.name()).or_default().planned.push(cursor);
        }
        self.cursor = cursor;
    }

    /// What is to be published, in the order of the log; within a channel, in the order of
    /// the numbers.
    pub(super) fn planned(&self) -> Vec<Planned> {
        let mut all = Vec::new();
        for topic in Topic::TASKS {
            let Some(track) = self.tracks.get(&topic.name()) else { continue };
            let mut turn = Cursor::START;
            for (cursor, sequence) in track.planned.iter().zip(track.published + 1..) {
                // What was overtaken comes after what overtook it.
                turn = turn.max(*cursor);
                let topic = topic.clone();
                all.push((turn, Planned { cursor: *cursor, topic, sequence }));
            }
        }
        all.sort_by_key(|(turn, _)| *turn);
        all.into_iter().map(|(_, planned)| planned).collect()
    }

    /// Takes answers: of each message, whether it was told or need not be.
    ///
    /// A message that failed keeps its number, unless a later one of its channel is through:
    /// readers would take it for a repeat then, so it gets a new number.
    pub(super) fn settle<'a>(&mut self, answers: impl IntoIterator<Item = (&'a Planned, bool)>) {
        let mut told: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (planned, _) in answers.into_iter().filter(|(_, through)| *through) {
            told.entry(planned.topic.name()).or_default().push(planned.sequence);
        }
        for (name, numbers) in told {
            let (Some(track), Some(last)) = (self.tracks.get_mut(&name), numbers.iter().max())
            else {
                continue;
            };
            let (mut later, mut overtaken) = (Vec::new(), Vec::new());
            for (cursor, sequence) in track.planned.drain(..).zip(track.published + 1..) {
                if sequence > *last {
                    later.push(cursor);
                } else if !numbers.contains(&sequence) {
                    overtaken.push(cursor);
                }
            }
            track.published = track.published.max(*last);
            later.append(&mut overtaken);
            track.planned = later;
        }
    }
}

#[cfg(test)]
#[path = "place/tests.rs"]
mod tests;
