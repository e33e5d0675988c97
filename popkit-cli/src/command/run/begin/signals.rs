//! Being told to stop.

use std::io;

/// The signals that end a run.
#[derive(Debug)]
pub(in super::super) struct Signals {
    #[cfg(unix)]
    all: [tokio::signal::unix::Signal; 3],
}

#[cfg(unix)]
impl Signals {
    /// From now on they no longer end the process by themselves.
    pub(in super::super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(signal);
        Ok(Self { all: [interrupt?, terminate?, hangup?] })
    }

    /// Completes at the next one.
    ///
    /// # Cancel safety
    ///
    /// Dropped, no signal is lost.
    pub(in super::super) async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.all;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
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
