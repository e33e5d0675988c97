//! The last answered step of a slot, in few bytes: it is written with every step.

use popkit_protocol::{
    AgentId, ClaimId, Fence, LeaseToken, TaskId, TaskState, TransitionError, Trigger,
};

use crate::backend::sqlite::classify::{Sql, corrupt};
use crate::{Finished, LeaseLost};

const ACCEPTED: u8 = 0;
const LOST: u8 = 1;
const REFUSED: u8 = 2;
/// In the place of a state: there is none.
const NONE: u8 = u8::MAX;

/// Appends what a step answered: its finishes and the tokens of its claims.
pub(super) fn encode(finished: &[Finished], claimed: &[LeaseToken], to: &mut Vec<u8>) {
    length(finished.len(), to);
    for one in finished {
        match one {
            Finished::Accepted(state) => to.extend([ACCEPTED, state_number(*state)]),
            Finished::Lost(lost) => {
                to.extend([LOST, lost.state.map_or(NONE, state_number)]);
                to.extend(lost.attempt.to_le_bytes());
                text(lost.task.as_str(), to);
                text(lost.held_by.as_ref().map_or("", AgentId::as_str), to);
            }
            Finished::Refused(error) => {
                to.extend([REFUSED, state_number(error.from), trigger_number(error.by)]);
            }
        }
    }
    length(claimed.len(), to);
    for token in claimed {
        text(token.task.as_str(), to);
        to.extend(token.fence.number().to_le_bytes());
        to.extend(token.claim.bits().to_le_bytes());
    }
}

/// Reads it again.
pub(super) fn decode(bytes: &[u8]) -> Sql<(Vec<Finished>, Vec<LeaseToken>)> {
    let mut rest = Reader(bytes);
    rest.answer().ok_or_else(|| corrupt("the last answer of a slot cannot be read"))
}

/// A count or length: at most 256 finishes, ids of 128 bytes.
fn length(count: usize, to: &mut Vec<u8>) {
    to.extend(u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes());
}

fn text(text: &str, to: &mut Vec<u8>) {
    length(text.len(), to);
    to.extend(text.as_bytes());
}

fn state_number(state: TaskState) -> u8 {
    place_in(&TaskState::ALL, &state)
}

fn trigger_number(by: Trigger) -> u8 {
    place_in(&Trigger::ALL, &by)
}

/// New values are added at the end of these lists.
fn place_in<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|other| other == one).and_then(|i| u8::try_from(i).ok()).unwrap_or(NONE)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn length(&mut self) -> Option<usize> {
        self.array().map(|bytes| usize::from(u16::from_le_bytes(bytes)))
    }

    fn text(&mut self) -> Option<&'a str> {
        let count = self.length()?;
        std::str::from_utf8(self.bytes(count)?).ok()
    }

    fn state(&mut self) -> Option<Option<TaskState>> {
        match self.byte()? {
            NONE => Some(None),
            number => TaskState::ALL.get(usize::from(number)).map(|state| Some(*state)),
        }
    }

    fn finished(&mut self) -> Option<Finished> {
        Some(match self.byte()? {
            ACCEPTED => Finished::Accepted(self.state()??),
            LOST => {
                let state = self.state()?;
                let attempt = u32::from_le_bytes(self.array()?);
                let mut lost = LeaseLost::unknown(TaskId::new(self.text()?).ok()?);
                let agent = self.text()?;
                if !agent.is_empty() {
                    lost.held_by = Some(AgentId::new(agent).ok()?);
                }
                (lost.state, lost.attempt) = (state, attempt);
                Finished::Lost(lost)
            }
            REFUSED => {
                let from = self.state()??;
                let by = *Trigger::ALL.get(usize::from(self.byte()?))?;
                Finished::Refused(TransitionError::new(from, by))
            }
            _ => return None,
        })
    }

    fn token(&mut self) -> Option<LeaseToken> {
        Some(LeaseToken {
            task: TaskId::new(self.text()?).ok()?,
            fence: Fence::from_number(u64::from_le_bytes(self.array()?)),
            claim: ClaimId::from_bits(u128::from_le_bytes(self.array()?)),
        })
    }

    fn answer(&mut self) -> Option<(Vec<Finished>, Vec<LeaseToken>)> {
        let count = self.length()?;
        let finished = (0..count).map(|_| self.finished()).collect::<Option<_>>()?;
        let count = self.length()?;
        let claimed = (0..count).map(|_| self.token()).collect::<Option<_>>()?;
        self.0.is_empty().then_some((finished, claimed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Vec<Finished>, Vec<LeaseToken>) {
        let task = |name: &str| TaskId::new(name).unwrap();
        let mut lost = LeaseLost::unknown(task("lost"));
        let gone = lost.clone();
        lost.state = Some(TaskState::Active);
        lost.held_by = Some("agent-2".try_into().unwrap());
        lost.attempt = 7;
        let mut finished: Vec<_> = TaskState::ALL.map(Finished::Accepted).into();
        finished.extend([Finished::Lost(lost), Finished::Lost(gone)]);
        finished.extend(
            Trigger::ALL.map(|by| Finished::Refused(TransitionError::new(TaskState::Done, by))),
        );
        let claimed = (0..3).map(|n| LeaseToken {
            task: task(&format!("claimed-{n}")),
            fence: Fence::from_number(u64::MAX - n),
            claim: ClaimId::from_bits(u128::MAX - u128::from(n)),
        });
        (finished, claimed.collect())
    }

    #[test]
    fn every_answer_survives() {
        let (finished, claimed) = sample();
        let mut bytes = Vec::new();
        encode(&finished, &claimed, &mut bytes);
        assert_eq!(decode(&bytes).unwrap(), (finished, claimed));
    }

    #[test]
    fn damage_is_found_and_never_panics() {
        let (finished, claimed) = sample();
        let mut bytes = Vec::new();
        encode(&finished, &claimed, &mut bytes);
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "{end}");
        }
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0xff;
            let _ = decode(&flipped);
        }
    }
}
