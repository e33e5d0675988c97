//! What came out of a run. Pure: tasks and their times in, a report out.

mod cause;
mod compute;
mod file;
mod markdown;
mod model;
mod path;
mod table;

pub(super) use cause::{cause, clean};
pub(super) use compute::{Basis, compute};
pub(super) use file::{Format, write};
pub(super) use model::{Checked, CriterionReport, Outcome, Report};
pub(super) use table::{seconds, table};
