use popkit_protocol::Timestamp;

use super::*;
use crate::{Position, PublishOptions, Stamp};

/// What a round does to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Do {
    Send,
    /// Fails, surely not applied.
    Fail,
    /// Its answer is lost.
    Lose,
    /// Refused for good.
    Refuse,
}

fn channel(name: &str) -> Channel {
    Channel::new(name).unwrap()
}

fn stamp(sequence: u64) -> Stamp {
    Stamp { producer: ProducerId::from_bits(1), sequence }
}

/// A message per letter, to the channel of that letter; capitals have no stamp.
fn batch(channels: &str) -> Batch {
    let message = |(letter, sequence): (char, u64)| {
        let name = letter.to_ascii_lowercase().to_string();
        let stamped = PublishOptions::default().with_stamp(stamp(sequence));
        let opts = if letter.is_ascii_lowercase() { stamped } else { PublishOptions::default() };
        Publish::new(channel(&name), sequence.to_string()).with_opts(opts)
    };
    Batch::new(channels.chars().zip(1..).map(message).collect())
}

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, "on purpose")
}

fn answer(what: Do) -> Result<Receipt> {
    match what {
        Do::Send => Ok(Receipt::new(Position::new("1").unwrap(), stamp(1), Timestamp::EPOCH)),
        Do::Fail => Err(error(ErrorKind::Unavailable)),
        Do::Lose => Err(error(ErrorKind::Timeout).unknown()),
        Do::Refuse => Err(error(ErrorKind::InvalidInput)),
    }
}

fn round(batch: &mut Batch, doing: &[Do]) -> Result<()> {
    assert_eq!(open(batch).len(), doing.len());
    batch.rounds += 1;
    batch.take(doing.iter().map(|what| answer(*what)).collect())
}

/// Which messages would be sent, counted from 1.
fn open(batch: &mut Batch) -> Vec<usize> {
    let all = batch.entries.iter().zip(1..);
    all.filter(|(entry, _)| entry.answer.is_none()).map(|(_, number)| number).collect()
}

#[test]
fn what_is_repeated_after_a_round() {
    use Do::{Fail, Lose, Refuse, Send};
    for (channels, doing, repeated) in [
        ("aaa", &[Send, Send, Send][..], &[][..]),
        ("aaa", &[Send, Fail, Fail], &[2, 3]),
        ("aaa", &[Send, Lose, Fail], &[2, 3]),
        ("aaa", &[Lose, Lose, Lose], &[1, 2, 3]),
        ("aaa", &[Fail, Send, Fail], &[3]),
        ("aaa", &[Fail, Lose, Fail], &[2, 3]),
        ("aaa", &[Lose, Send, Fail], &[3]),
        ("aaa", &[Fail, Refuse, Fail], &[1, 3]),
        ("aaa", &[Refuse, Send, Send], &[]),
        ("aba", &[Fail, Send, Fail], &[1, 3]),
        ("aab", &[Fail, Send, Fail], &[3]),
        ("aAa", &[Fail, Send, Fail], &[1, 3]),
        ("aAA", &[Fail, Fail, Fail], &[1, 2, 3]),
        ("AAa", &[Fail, Lose, Fail], &[3]),
    ] {
        let mut batch = batch(channels);
        let left = round(&mut batch, doing);
        assert_eq!(open(&mut batch), repeated, "{channels} {doing:?}");
        assert_eq!(left.is_err(), !repeated.is_empty(), "{channels} {doing:?}");
    }
}

#[test]
fn the_answers_say_what_is_known() {
    use Do::{Fail, Lose, Send};
    let mut batch = batch("aaab");
    round(&mut batch, &[Fail, Send, Lose, Fail]).unwrap_err();
    let left = round(&mut batch, &[Fail, Fail]);
    let answers = batch.end(left).unwrap();
    let told: Vec<_> = answers
        .iter()
        .map(|answer| answer.as_ref().map_err(|error| (error.kind(), error.outcome())).err())
        .collect();
    let kind = ErrorKind::Unavailable;
    assert_eq!(
        told,
        [
            Some((kind, OutcomeKind::NotApplied)),
            None,
            Some((kind, OutcomeKind::Unknown)),
            Some((kind, OutcomeKind::NotApplied)),
        ]
    );
    assert_eq!(
        answers[0].as_ref().unwrap_err().to_string(),
        "unavailable: on purpose (not repeated, since a later message of its channel was sent)"
    );
    assert_eq!(answers[3].as_ref().unwrap_err().to_string(), "unavailable: on purpose (tries 2)");
}

#[test]
fn the_longest_pause_that_was_asked_for_is_kept() {
    let mut batch = batch("abc");
    let second = std::time::Duration::from_secs(1);
    let slow = |seconds| Err(error(ErrorKind::RateLimited).with_retry_after(second * seconds));
    batch.rounds = 1;
    let left = batch.take(vec![slow(2), slow(9), answer(Do::Fail)]).unwrap_err();
    assert_eq!(left.retry_after(), Some(second * 9));
}

#[test]
fn a_batch_that_never_reached_the_transport_fails_as_a_whole() {
    let mut untouched = batch("ab");
    untouched.rounds = 2;
    let failure = untouched.failed(error(ErrorKind::Unavailable));
    let failure = untouched.end(Err(failure)).unwrap_err();
    assert_eq!(failure.kind(), ErrorKind::Unavailable);

    // A lost answer is an answer to each message.
    let mut lost = batch("aA");
    lost.rounds = 1;
    let failure = lost.failed(error(ErrorKind::Timeout).unknown());
    assert_eq!(open(&mut lost), [1], "without a stamp it cannot be repeated");
    let answers = lost.end(Err(failure)).unwrap();
    let unknown =
        |answer: &Result<Receipt>| answer.as_ref().unwrap_err().outcome() == OutcomeKind::Unknown;
    assert!(answers.iter().all(unknown), "{answers:?}");
}

#[test]
fn values_of_different_keys_do_not_wait_for_each_other() {
    let latest = |key: &str, sequence| {
        let opts = PublishOptions::default().with_stamp(stamp(sequence));
        let opts = opts.latest(LatestKey::new(key).unwrap());
        Publish::new(channel("a"), "x").with_opts(opts)
    };
    let mut batch = Batch::new(vec![latest("k", 1), latest("j", 2), latest("k", 3)]);
    round(&mut batch, &[Do::Fail, Do::Send, Do::Fail]).unwrap_err();
    assert_eq!(open(&mut batch), [1, 3]);
    round(&mut batch, &[Do::Fail, Do::Send]).unwrap();
}
