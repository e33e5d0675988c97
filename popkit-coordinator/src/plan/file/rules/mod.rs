//! Tasks, agents and phases held against each other.

mod agents;
mod cycle;
mod names;
mod needs;
mod phases;

use super::read::{Draft, Report};

pub(crate) fn check(draft: &Draft, prompts: bool, report: &mut Report) {
    names::check(draft, report);
    phases::check(draft, report);
    needs::check(draft, report);
    cycle::check(draft, report);
    agents::check(draft, prompts, report);
}
