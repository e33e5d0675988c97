//! What a month costs, at rest and at work.
//!
//! What the service bills for a task and for a message was counted on a double of it, which
//! bills as the vendor documents: every command of a script, too. A test holds these numbers
//! against a session of tasks and messages.

use std::time::Duration;

use clap::Args;
use popkit_protocol::duration;

use crate::context::option;

/// What the vendor takes for 100,000 commands, in cents of a US dollar.
pub(crate) const CENTS: u64 = 20;
/// Commands a month that the free plan has.
pub(crate) const FREE: u64 = 500_000;
/// When the vendor's page said so.
pub(crate) const AS_OF: &str = "2026-08-21";

/// Seconds in 30 days.
const MONTH: f64 = 30.0 * 24.0 * 3600.0;
/// Pauses are longer than they need be by this much, on average, lest all ask at once.
const JITTER: f64 = 1.125;
/// A run of a plan, from its beginning to its end.
pub(crate) const RUN: u64 = 200;
/// A task in it: added, claimed, finished, and the news of that.
pub(crate) const TASK: u64 = 27;
/// A message: published. Its readers find it by the questions that they ask anyway.
pub(crate) const MESSAGE: u64 = 6;
/// A look for tasks that nobody tells of, such as those of holders that fell silent.
const LOOK: f64 = 4.0;
/// How often it is made: the lease of a run, in seconds.
const LEASE: f64 = 180.0;

/// How much is done.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct LoadArgs {
    /// Upstash: estimate the cost of so many tasks a day [default: 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=MOST))]
    tasks: Option<u64>,
    /// Upstash: and of so many messages a day [default: 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=MOST))]
    messages: Option<u64>,
    /// Upstash: and of so many processes that wait for either, day and night [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=MOST))]
    processes: Option<u64>,
}

/// Beyond this an estimate is no use.
const MOST: u64 = 100_000_000;

impl LoadArgs {
    /// Whether somebody said something.
    pub(crate) fn is_given(&self) -> bool {
        self.tasks.is_some() || self.messages.is_some() || self.processes.is_some()
    }

    /// Tasks a day.
    pub(crate) fn tasks(&self) -> u64 {
        self.tasks.unwrap_or(1000)
    }

    /// Messages a day.
    pub(crate) fn messages(&self) -> u64 {
        self.messages.unwrap_or(1000)
    }

    /// Processes that wait.
    pub(crate) fn processes(&self) -> u64 {
        self.processes.unwrap_or(1)
    }
}

/// How often a process asks for what is new, as the options of the URL say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Polling {
    /// The shortest pause.
    pub(crate) least: Duration,
    /// The longest one.
    pub(crate) most: Duration,
    /// Whether hints come, which make the pauses at rest longer.
    pub(crate) hints: bool,
    /// When a subscription that hears nothing is made anew.
    silence: Duration,
    /// What this process may use in 30 days, where that is bounded.
    pub(crate) budget: Option<u64>,
}

impl Polling {
    /// By the options of this URL.
    pub(crate) fn of(url: &str) -> Self {
        let time = |name, usual: Duration| {
            option(url, name).and_then(|text| duration::parse(text).ok()).unwrap_or(usual)
        };
        let hints = option(url, "sse") == Some("on");
        let most = time("poll_most", Duration::from_secs(15)) * if hints { 4 } else { 1 };
        let least = time("poll_least", Duration::from_millis(250)).min(most);
        let silence = time("silence", Duration::from_secs(300));
        let budget = option(url, "budget").and_then(|text| text.parse().ok());
        Self { least, most, hints, silence, budget }
    }

    /// What one process asks in a minute of rest, subscriptions included.
    pub(crate) fn a_minute(&self) -> f64 {
        let asked = 60.0 / (self.most.as_secs_f64() * JITTER);
        let anew = if self.hints { 2.0 * 60.0 / self.silence.as_secs_f64() } else { 0.0 };
        asked + anew + LOOK * 60.0 / LEASE
    }

    /// Questions that follow a lone event until the pauses are the longest again, beyond those
    /// of rest.
    fn after_event(&self) -> f64 {
        let doublings = (self.most.as_secs_f64() / self.least.as_secs_f64()).max(1.0).log2();
        doublings.ceil()
    }
}

/// What 30 days are billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Month {
    /// Commands.
    pub(crate) commands: u64,
}

impl Month {
    /// So many processes that wait for tasks and messages, and nothing happens.
    pub(crate) fn at_rest(processes: u64, polling: &Polling) -> Self {
        Self::of(MONTH / 60.0 * polling.a_minute() * processes as f64)
    }

    /// The same with this done, spread over the day.
    pub(crate) fn at_work(load: &LoadArgs, polling: &Polling) -> Self {
        let (tasks, messages) = (load.tasks(), load.messages());
        let done = 30.0 * (TASK * tasks + MESSAGE * messages) as f64;
        let rest = MONTH / 60.0 * polling.a_minute();
        let asked = rest + 30.0 * (tasks + messages) as f64 * polling.after_event();
        // Whatever happens, nobody asks more often than this.
        let most = MONTH / (polling.least.as_secs_f64() * JITTER);
        Self::of(done + asked.min(most) * load.processes() as f64)
    }

    fn of(commands: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let commands = commands.round() as u64;
        Self { commands }
    }

    /// Its price in US dollars, without what is free.
    pub(crate) fn dollars(self) -> f64 {
        self.commands as f64 * CENTS as f64 / 1e7
    }

    /// Whether the free plan has as many.
    pub(crate) fn is_free(self) -> bool {
        self.commands <= FREE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rest_costs_by_the_pauses_and_hints_make_it_cheaper() {
        for (url, expected) in [
            ("upstash:", 211_200),
            ("upstash:?sse=on", 113_280),
            ("upstash:?poll_most=30s", 134_400),
            ("upstash:?poll_most=nonsense", 211_200),
        ] {
            assert_eq!(Month::at_rest(1, &Polling::of(url)).commands, expected, "{url}");
        }
    }

    #[test]
    fn work_costs_by_the_piece_and_by_the_questions_after_it() {
        let load = |tasks, messages, processes| LoadArgs { tasks, messages, processes };
        let polling = Polling::of("upstash:");
        let month = |load: LoadArgs| Month::at_work(&load, &polling).commands;
        assert_eq!(month(load(Some(0), Some(0), Some(2))), 422_400);
        assert_eq!(month(load(Some(10), Some(0), None)), 211_200 + 30 * 10 * (TASK + 6));
        assert_eq!(month(load(Some(0), Some(10), None)), 211_200 + 30 * 10 * (MESSAGE + 6));
        // Nobody asks more often than each 250 ms, whatever comes.
        let most = month(load(Some(0), Some(MOST), None)) - 30 * MESSAGE * MOST;
        assert_eq!(most, 9_216_000);
    }

    #[test]
    fn a_price_is_in_dollars() {
        let month = Month { commands: 500_000 };
        assert!((month.dollars() - 1.0).abs() < 1e-9 && month.is_free());
    }
}
