//! Judging the journals: what every reader was told against what every publisher was answered.

use std::collections::{BTreeMap, BTreeSet};

use popkit_benches::Failure;

use crate::job::Job;
use crate::nemesis::Raced;
use crate::reader::{self, Told};
use crate::spoil::Spoil;
use crate::trail::{self, Line, Run};
use crate::verdict::{Faults, Verdict};

/// A publisher and a channel, by their numbers.
type Pair = (u64, usize);

/// Reads all journals and counts. With `spoil` one of them is falsified first.
pub(crate) fn check(job: &Job, raced: &Raced, spoil: Option<Spoil>) -> Result<Verdict, Failure> {
    let mut verdict = Verdict {
        publishers: job.tight_publisher() + 1,
        readers: job.slow_reader() + 1,
        publishers_killed: raced.publishers_killed,
        readers_killed: raced.readers_killed,
        server_kills: raced.server_kills,
        resets: raced.resets,
        reader_down: raced.reader_down,
        published_in: raced.published_in,
        ..Verdict::default()
    };
    let (mut answered, mut tight_repeats) = (BTreeMap::new(), 0);
    for number in 0..=job.tight_publisher() {
        for line in crate::journal::read(&trail::journal(job, number))? {
            match line {
                Line::Acked(runs) => enter(&mut answered, number, &runs),
                Line::Again(runs) => {
                    let count = trail::count(&runs);
                    verdict.repeated += count;
                    tight_repeats += if number == job.tight_publisher() { count } else { 0 };
                }
                Line::Life { .. } | Line::Trying(_) => {}
            }
        }
        for channel in job.channels_of(number) {
            let known = answered.get(&(number, channel)).map_or(0, BTreeSet::len) as u64;
            verdict.published += known;
            verdict.faults.unanswered += job.quota(number, channel).saturating_sub(known);
        }
    }
    for number in 0..=job.slow_reader() {
        let mut told = Vec::new();
        for line in crate::journal::read::<reader::Line>(&reader::journal(job, number))? {
            verdict.dropped += line.dropped;
            told.extend(line.told);
        }
        if let Some(spoil) = spoil.filter(|spoil| spoil.victim(job) == number) {
            spoil.apply(&mut told)?;
        }
        if number == job.slow_reader() {
            let quota = job.quota(job.tight_publisher(), job.tight_channel());
            let (faults, missed) = gaps(&told, quota, tight_repeats);
            verdict.faults.add(faults);
            verdict.gaps = missed.len() as u64;
            verdict.missed = missed.into_iter().flatten().sum();
        } else {
            let all = answered.iter().filter(|((publisher, _), _)| *publisher < job.publishers);
            verdict.faults.add(everything(&told, all));
        }
    }
    Ok(verdict)
}

fn enter(answered: &mut BTreeMap<Pair, BTreeSet<u64>>, publisher: u64, runs: &[Run]) {
    for Run(channel, first, count) in runs {
        answered.entry((publisher, *channel)).or_default().extend(*first..first + count);
    }
}

/// Judges a reader that has to be told everything, once and in order.
fn everything<'a>(
    told: &[Told],
    answered: impl Iterator<Item = (&'a Pair, &'a BTreeSet<u64>)>,
) -> Faults {
    let mut faults = Faults::default();
    let mut known: BTreeMap<Pair, BTreeSet<u64>> = BTreeMap::new();
    for told in told {
        match told {
            Told::M(publisher, channel, number) => {
                let known = known.entry((*publisher, *channel)).or_default();
                let is_late = known.last().is_some_and(|last| last > number);
                if !known.insert(*number) {
                    faults.duplicates += 1;
                } else if is_late {
                    faults.out_of_order += 1;
                }
            }
            Told::Gap(..) | Told::Reset(_) => faults.gaps_unexplained += 1,
            Told::Foreign(_) => faults.foreign += 1,
        }
    }
    for (pair, numbers) in answered {
        let known = known.get(pair);
        let lost = numbers.iter().filter(|number| known.is_none_or(|k| !k.contains(number)));
        faults.lost += lost.count() as u64;
    }
    faults
}

/// Judges a reader of one publisher's `quota` messages, of which few are kept: what it was told
/// and what it was told to be missing must be all, in order. What was sent again may be in the
/// log twice, and a gap counts it twice, too. Answers also with the counts of the gaps.
fn gaps(told: &[Told], quota: u64, mut repeats: u64) -> (Faults, Vec<Option<u64>>) {
    let (mut faults, mut missed) = (Faults::default(), Vec::new());
    // After a gap that does not know how many are missing.
    let (mut next, mut unsure) = (1, false);
    for told in told {
        match told {
            Told::M(.., number) if *number < next && next - number <= repeats => {
                repeats -= next - number;
                next = number + 1;
            }
            Told::M(.., number) if *number < next => faults.duplicates += 1,
            Told::M(.., number) => {
                faults.miscounted += if unsure { 0 } else { number - next };
                (next, unsure) = (number + 1, false);
            }
            Told::Gap(_, cause, count) if cause == "retention" => {
                missed.push(*count);
                next += count.unwrap_or_default();
                unsure |= count.is_none();
            }
            Told::Gap(..) | Told::Reset(_) => faults.gaps_unexplained += 1,
            Told::Foreign(_) => faults.foreign += 1,
        }
    }
    let over = next.saturating_sub(quota + 1).min(repeats);
    faults.miscounted += if unsure { 0 } else { (quota + 1).abs_diff(next - over) };
    (faults, missed)
}

#[cfg(test)]
mod tests;
