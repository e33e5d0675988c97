//! `cargo xtask setup`: finds what the tests need, and installs it where that is possible.
//!
//! A new need is a row in `requirement.rs`; how a system installs things is in `system.rs`; what it
//! takes to recognise one server is in a file of its name.

mod interop;
mod redis;
mod requirement;
mod system;

pub(crate) use requirement::has_nextest;
use requirement::{REQUIREMENTS, Requirement};
use system::System;

use crate::fault::Fault;

/// Goes through the table, and stops at the first need that cannot be met.
pub(crate) fn run() -> Result<(), Fault> {
    REQUIREMENTS.iter().try_for_each(meet)
}

/// The same for what only the clients in other languages need.
pub(crate) fn run_interop() -> Result<(), Fault> {
    interop::REQUIREMENTS.iter().try_for_each(meet)
}

fn meet(requirement: &Requirement) -> Result<(), Fault> {
    let name = requirement.name;
    if let Some(found) = (requirement.detect)() {
        println!("setup: {name}: {found}");
        return Ok(());
    }
    if let Some(instead) = requirement.instead {
        println!("setup: {name}: not found, {instead}");
        return Ok(());
    }
    System::detect().install(requirement)?;
    match (requirement.detect)() {
        Some(found) => {
            println!("setup: {name}: {found}, installed");
            Ok(())
        }
        None => Err(Fault::new(
            format!("{name} is still not found after its installation"),
            requirement.otherwise,
        )),
    }
}
