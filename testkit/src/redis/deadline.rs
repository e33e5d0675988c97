//! How long servers are waited for.

use std::time::Duration;

/// How long a server may take for anything it is asked, on a machine that is busy.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);
