//! `popkit agent`, in sessions whose coordinator runs in the test.

mod ask;
mod look;
mod run;
mod stage;

use std::time::Duration;

pub(crate) use stage::{Stage, finish};

/// How long anything may take on a machine that is busy.
pub(crate) const LONG: Duration = Duration::from_secs(60);
