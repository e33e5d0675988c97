//! Running commands on the server behind, as the service would: what it refuses is refused, what it
//! bills is counted.

mod billing;
mod broken;
mod limits;
mod pipeline;
mod refuse;
mod script;
mod single;
mod transaction;

use single::single;

pub(super) use limits::{is_quota, quota, request as too_long};
pub(super) use pipeline::pipeline;
pub(super) use script::Scripts;
pub(super) use transaction::{Transaction, transaction};
