//! Being told to stop: SIGINT (Ctrl-C) and SIGTERM.

use crate::error::CliError;

/// The signals that end a command. From the making of this on they no longer end the
/// process by themselves.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    all: [tokio::signal::unix::Signal; 2],
}

#[cfg(unix)]
impl Signals {
    /// # Errors
    ///
    /// Where the system refuses to tell of signals.
    pub(crate) fn new() -> Result<Self, CliError> {
        use tokio::signal::unix::{SignalKind, signal};
        let refused = |e| CliError::failed(format!("cannot listen for signals: {e}"));
        // Not the hang-up: handling it would undo `nohup`.
        let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        Ok(Self { all: [interrupt.map_err(refused)?, terminate.map_err(refused)?] })
    }

    /// Completes at the next one.
    ///
    /// # Cancel safety
    ///
    /// Dropped, no signal is lost: one that came meanwhile is told by the next call.
    pub(crate) async fn next(&mut self) {
        let [interrupt, terminate] = &mut self.all;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Never fails here.
    pub(crate) fn new() -> Result<Self, CliError> {
        Ok(Self {})
    }

    /// Completes at the next one.
    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
