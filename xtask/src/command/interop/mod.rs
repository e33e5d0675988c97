//! `cargo xtask interop`: the official Upstash clients of other languages against the Upstash
//! double of popkit-testkit.
//!
//! It shows that the double is what those clients take for the service. Nothing here knows popkit's
//! own client. Since checks that cannot fail prove nothing, the double is then broken on purpose,
//! and each break must be noticed. It needs npm's and PyPI's registries, so it is not a test.

mod clients;
mod control;
mod double;
mod pairs;
mod part;
mod report;
mod script;

use clients::Clients;
use control::CONTROLS;
use double::Double;
use part::Part;
use report::Report;

use super::setup;
use crate::fault::Fault;
use crate::step;

/// Runs everything, prints a table, and fails unless every line of it is as it must be.
pub(crate) fn run() -> Result<(), Fault> {
    setup::run()?;
    setup::run_interop()?;
    step::timed("the double", double::build)?;
    let clients = Clients::install()?;
    let mut report = Report::default();
    step::timed("checks", || {
        let double = Double::start(None)?;
        for part in Part::ALL {
            let outcome = part.run(&clients, double.place())?;
            report.part(part, &outcome);
        }
        Ok(())
    })?;
    step::timed("broken doubles", || {
        for control in CONTROLS {
            // Each has one of its own: what a check has written must not meet another.
            let double = Double::start(Some(control.broken))?;
            let outcome = control.part.run(&clients, double.place())?;
            report.control(control, &outcome);
        }
        Ok(())
    })?;
    report.finish()
}
