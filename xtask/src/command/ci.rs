//! `cargo xtask ci`: every check but the tests, which `cargo xtask test` runs before it.

use super::{examples, package, policy, sizes};
use crate::fault::Fault;
use crate::step::{self, seconds};
use crate::stopwatch::Stopwatch;
use crate::workspace::cargo;

/// Runs the checks, the quick ones first, and stops at the first that fails.
pub(crate) fn run() -> Result<(), Fault> {
    // Their code is checked, not their speed, so the profile that is built already will do.
    let benches = ["bench", "--workspace", "--all-features", "--no-run", "--profile", "dev"];
    let watch = Stopwatch::start();
    step::timed("form", || step::run(&mut cargo(["fmt", "--all", "--check"])))?;
    step::timed("file sizes", sizes::run)?;
    step::timed("policy", policy::run)?;
    step::timed("lints", lints)?;
    step::timed("docs", docs)?;
    step::timed("examples", examples::run)?;
    step::timed("benches, built only", || step::run(&mut cargo(benches)))?;
    step::timed("packages, not built", || package::run(false))?;
    println!("all checks passed in {}", seconds(watch.elapsed()));
    Ok(())
}

/// Clippy with all features, with the default ones, and on the seams without any: a feature gate
/// that is missing shows only where other crates do not switch the feature on.
fn lints() -> Result<(), Fault> {
    let selections: [&[&str]; 4] = [
        &["--workspace", "--all-targets", "--all-features"],
        &["--workspace", "--all-targets"],
        &["--package", "popkit-store", "--no-default-features"],
        &["--package", "popkit-transport", "--no-default-features"],
    ];
    for selection in selections {
        let mut command = cargo(["clippy"]);
        command.args(selection).args(["--", "-D", "warnings"]);
        step::run(&mut command)?;
    }
    Ok(())
}

fn docs() -> Result<(), Fault> {
    let mut command = cargo(["doc", "--workspace", "--no-deps", "--all-features"]);
    step::run(command.env("RUSTDOCFLAGS", "-Dwarnings"))
}
