//! Collecting what a process writes, so that a full pipe never stops it.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::wait::poll;

/// The output of one pipe so far, filled by a thread of its own.
#[derive(Debug)]
pub(super) struct Capture {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Capture {
    /// Starts reading; a pipe that is absent gives nothing.
    pub(super) fn start(pipe: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            if let Some(pipe) = pipe {
                drain(pipe, &sink);
            }
        });
        Self { bytes, reader }
    }

    /// What has come so far, with U+FFFD for what is not UTF-8.
    pub(super) fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits for the end of the pipe; a grandchild that holds it open ends the wait at `deadline`.
    pub(super) fn settle(&self, deadline: Duration) {
        poll(deadline, || self.reader.is_finished().then_some(()));
    }
}

fn drain(mut pipe: impl Read, sink: &Mutex<Vec<u8>>) {
    let mut chunk = [0; 8192];
    while let Ok(count) = pipe.read(&mut chunk) {
        let Some(read @ [_, ..]) = chunk.get(..count) else {
            return;
        };
        sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(read);
    }
}
