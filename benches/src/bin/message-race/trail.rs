//! What a publisher writes down: what it is about to send, and what is kept.

use std::collections::BTreeMap;
use std::path::PathBuf;

use popkit_protocol::ProducerId;
use serde::{Deserialize, Serialize};

use crate::job::Job;

/// Messages of one channel that follow each other: its number, the first, how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run(pub(crate) usize, pub(crate) u64, pub(crate) u64);

/// A line of a publisher's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// It was started, for the first time or again.
    Life { producer: ProducerId, pid: u32 },
    /// It is about to send these.
    Trying(Vec<Run>),
    /// It was killed while it sent these, or nobody said what became of them, and is about to
    /// send them again.
    Again(Vec<Run>),
    /// They are kept.
    Acked(Vec<Run>),
}

impl Line {
    /// How many messages it says to be kept.
    pub(crate) fn acked(&self) -> u64 {
        match self {
            Self::Acked(runs) => count(runs),
            Self::Life { .. } | Self::Trying(_) | Self::Again(_) => 0,
        }
    }
}

/// How many messages these are.
pub(crate) fn count(runs: &[Run]) -> u64 {
    runs.iter().map(|Run(.., count)| count).sum()
}

pub(crate) fn journal(job: &Job, number: u64) -> PathBuf {
    job.folder().join(format!("publisher-{number}.journal"))
}

/// What the journal says of earlier lives.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) producer: Option<ProducerId>,
    /// The last message of each channel that was tried.
    pub(crate) last: BTreeMap<usize, u64>,
    /// Tried, and not answered.
    pub(crate) open: BTreeMap<usize, Run>,
}

impl Known {
    pub(crate) fn of(lines: &[Line]) -> Self {
        let mut known = Self::default();
        for line in lines {
            match line {
                Line::Life { producer, .. } => known.producer = Some(*producer),
                Line::Trying(runs) => {
                    for run @ Run(channel, first, count) in runs {
                        known.last.insert(*channel, first + count - 1);
                        known.open.insert(*channel, *run);
                    }
                }
                Line::Again(_) => {}
                Line::Acked(runs) => {
                    for Run(channel, ..) in runs {
                        known.open.remove(channel);
                    }
                }
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_tells_what_was_tried_and_not_answered() {
        let producer = ProducerId::from_bits(7);
        let lines = [
            Line::Life { producer, pid: 1 },
            Line::Trying(vec![Run(0, 1, 1)]),
            Line::Trying(vec![Run(1, 1, 4), Run(2, 1, 2)]),
            Line::Acked(vec![Run(0, 1, 1)]),
            Line::Again(vec![Run(1, 1, 4), Run(2, 1, 2)]),
            Line::Trying(vec![Run(0, 2, 3)]),
            Line::Acked(vec![Run(1, 1, 4), Run(2, 1, 2)]),
        ];
        let known = Known::of(&lines);
        assert_eq!(known.producer, Some(producer));
        assert_eq!(known.last, BTreeMap::from([(0, 4), (1, 4), (2, 2)]));
        assert_eq!(known.open, BTreeMap::from([(0, Run(0, 2, 3))]));
    }
}
