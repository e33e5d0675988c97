//! Falsifying what a reader wrote down: a check that never failed proves nothing.

use clap::ValueEnum;
use popkit_benches::Failure;

use crate::job::Job;
use crate::reader::Told;

/// What is done to the journal of one reader, as it is read for the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Spoil {
    /// A message is taken out.
    Drop,
    /// A message is told twice.
    Twice,
    /// Two messages of one publisher change places.
    Swap,
    /// A message is one that nobody published.
    Foreign,
    /// A gap comes from nowhere.
    Gap,
    /// The slow reader's gap is not told.
    Hush,
    /// The slow reader's gap counts one too few.
    Miscount,
}

impl Spoil {
    /// Whose journal.
    pub(crate) fn victim(self, job: &Job) -> u64 {
        match self {
            Self::Hush | Self::Miscount => job.slow_reader(),
            _ => 0,
        }
    }

    /// Does it, in the middle.
    pub(crate) fn apply(self, told: &mut Vec<Told>) -> Result<(), Failure> {
        let nothing = || Failure::from("nothing to falsify");
        let middle = told.len() / 2;
        let message = |told: &Told| matches!(told, Told::M(..));
        let gap = |told: &Told| matches!(told, Told::Gap(..));
        match self {
            Self::Drop => drop(told.remove(at(told, middle, message).ok_or_else(nothing)?)),
            Self::Twice => {
                let place = at(told, middle, message).ok_or_else(nothing)?;
                let again = told.get(place).cloned().ok_or_else(nothing)?;
                told.push(again);
            }
            Self::Swap => {
                let (one, other) = twins(told).ok_or_else(nothing)?;
                told.swap(one, other);
            }
            Self::Foreign => told.push(Told::Foreign("spoilt".to_owned())),
            Self::Gap => {
                let gap = Told::Gap("spoilt".to_owned(), "retention".to_owned(), Some(1));
                told.insert(middle, gap);
            }
            Self::Hush => drop(told.remove(at(told, 0, gap).ok_or_else(nothing)?)),
            Self::Miscount => {
                let place = at(told, 0, gap).ok_or_else(nothing)?;
                if let Some(Told::Gap(_, _, Some(count))) = told.get_mut(place) {
                    *count -= 1;
                }
            }
        }
        Ok(())
    }
}

/// The first place, from one on, with what fits.
fn at(told: &[Told], from: usize, fits: impl Fn(&Told) -> bool) -> Option<usize> {
    told.iter().skip(from).position(fits).map(|place| from + place)
}

/// The first two messages of one publisher in one channel.
fn twins(told: &[Told]) -> Option<(usize, usize)> {
    told.iter().enumerate().find_map(|(one, first)| {
        let pair = pair(first)?;
        Some((one, at(told, one + 1, |told| self::pair(told) == Some(pair))?))
    })
}

fn pair(told: &Told) -> Option<(u64, usize)> {
    match told {
        Told::M(publisher, channel, _) => Some((*publisher, *channel)),
        _ => None,
    }
}
