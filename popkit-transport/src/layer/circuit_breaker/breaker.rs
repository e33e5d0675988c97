//! The states of a circuit breaker: a machine without a clock.

use std::collections::VecDeque;
use std::time::Duration;

use popkit_protocol::Timestamp;

use super::CircuitBreakerOptions;

/// What a circuit breaker does with calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CircuitState {
    /// It lets them through.
    Closed {
        /// The failures within the window that ends with the last one.
        failures: usize,
    },
    /// It refuses them.
    Open {
        /// Until then; the next call after that is let through to see.
        until: Timestamp,
    },
    /// It let one through to see, and refuses the others.
    HalfOpen,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The backend did what it was asked.
    Good,
    /// It could not be reached, or not in time.
    Bad,
    /// Nothing is known of the backend: the call was wrong in itself, or was dropped.
    Nothing,
}

/// The permission to make a call. Its number tells a late answer from those that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
pub(super) struct Breaker {
    options: CircuitBreakerOptions,
    state: State,
    /// Counts the changes of state, and the calls let through to see.
    era: u64,
}

#[derive(Debug)]
enum State {
    Closed { failures: VecDeque<Timestamp> },
    Open { since: Timestamp },
    HalfOpen { probe_since: Option<Timestamp> },
}

impl Breaker {
    pub(super) fn new(options: CircuitBreakerOptions) -> Self {
        Self { options, state: State::Closed { failures: VecDeque::new() }, era: 0 }
    }

    pub(super) fn state(&self) -> CircuitState {
        match &self.state {
            State::Closed { failures } => CircuitState::Closed { failures: failures.len() },
            State::Open { since } => {
                CircuitState::Open { until: since.after(self.options.cool_down) }
            }
            State::HalfOpen { .. } => CircuitState::HalfOpen,
        }
    }

    /// Lets a call through, or says how long it will refuse the next ones.
    pub(super) fn admit(&mut self, now: Timestamp) -> Result<Ticket, Duration> {
        let cool_down = self.options.cool_down;
        match &mut self.state {
            State::Closed { .. } => return Ok(Ticket(self.era)),
            State::HalfOpen { probe_since: None } => {}
            // One that gives no sign of life for that long does not keep all others away.
            State::Open { since } | State::HalfOpen { probe_since: Some(since) } => {
                // A clock that was set back must not make the pause longer than one more.
                *since = (*since).min(now);
                let rest = cool_down.saturating_sub(now.since(*since));
                if !rest.is_zero() {
                    return Err(rest);
                }
            }
        }
        self.enter(State::HalfOpen { probe_since: Some(now) });
        Ok(Ticket(self.era))
    }

    /// Takes the end of a call that was let through. What was let through in an earlier state
    /// says nothing about this one.
    pub(super) fn ended(&mut self, ticket: Ticket, ending: Ending, now: Timestamp) {
        if ticket.0 != self.era {
            return;
        }
        let opens = match &mut self.state {
            State::Closed { failures } => {
                ending == Ending::Bad && {
                    let window = self.options.window;
                    failures.iter_mut().for_each(|at| *at = (*at).min(now));
                    failures.retain(|at| now.since(*at) <= window);
                    failures.push_back(now);
                    failures.len() >= self.options.failures
                }
            }
            State::HalfOpen { .. } => match ending {
                Ending::Good => return self.enter(State::Closed { failures: VecDeque::new() }),
                Ending::Nothing => return self.enter(State::HalfOpen { probe_since: None }),
                Ending::Bad => true,
            },
            State::Open { .. } => false,
        };
        if opens {
            self.enter(State::Open { since: now });
        }
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.era += 1;
    }
}

#[cfg(test)]
mod tests;
