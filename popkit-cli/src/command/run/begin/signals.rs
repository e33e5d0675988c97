//! Being told to stop.

use std::io;

/// The signals that end a run.
#[derive(Debug)]
pub(in super::super) struct Signals {
    #[cfg(unix)]
    all: [tokio::signal::unix::Signal; 2],
}

#[cfg(unix)]
impl Signals {
    /// From now on they no longer end the process by themselves.
    pub(in super::super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        // Not the hang-up: handling it would undo `nohup`.
        let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        Ok(Self { all: [interrupt?, terminate?] })
    }

    /// Completes at the next one.
    ///
    /// # Cancel safety
    ///
    /// Dropped, no signal is lost.
    pub(in super::super) async fn next(&mut self) {
        let [interrupt, terminate] = &mut self.all;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// From now on they no longer end the process by themselves.
    pub(in super::super) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Completes at the next one.
    pub(in super::super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
