//! What to do when a reader cannot read.

use std::time::Duration;

use tokio::time::sleep;

use crate::error::CliError;
use crate::output;

/// The rest after a failure.
const REST: Duration = Duration::from_millis(500);

/// Failures of a reader that goes on: each outage is told once.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    told: bool,
}

impl Trouble {
    /// It works, or works again.
    pub(crate) fn over(&mut self) {
        self.told = false;
    }

    /// Tells it and rests, where waiting may help.
    ///
    /// # Errors
    ///
    /// The error, where it does not.
    pub(crate) async fn wait(
        &mut self,
        error: impl Into<CliError>,
        is_retryable: bool,
    ) -> Result<(), CliError> {
        let error = error.into();
        if !is_retryable {
            return Err(error);
        }
        if !std::mem::replace(&mut self.told, true) {
            output::note(format!("popkit: {error}; trying again"));
        }
        sleep(REST).await;
        Ok(())
    }
}
