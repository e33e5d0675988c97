//! One server with its folder: started, ended and started again on the same files.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::program::redis_server;
use super::running::Running;
use crate::redis::DEADLINE;
use crate::redis::wire::{Access, Reply};
use crate::wait::poll;
use crate::{Scratch, scratch};

/// How much of the log a message shows.
const TAIL: usize = 40;

/// A Redis server or a sentinel, and what it keeps.
#[derive(Debug)]
pub(crate) struct Instance {
    /// What it is called in messages.
    name: String,
    access: Access,
    /// Further arguments of the program.
    args: &'static [&'static str],
    /// Ended before the folder goes.
    running: Mutex<Option<Running>>,
    folder: Scratch,
}

impl Instance {
    /// Makes the folder with its configuration; nothing runs yet.
    ///
    /// `write` is given the folder and gives the text of `redis.conf` and how the server is asked.
    ///
    /// # Panics
    ///
    /// When the folder cannot be filled.
    #[track_caller]
    pub(crate) fn new(
        name: String,
        args: &'static [&'static str],
        write: impl FnOnce(&Path) -> (String, Access),
    ) -> Self {
        let folder = scratch();
        let (config, access) = write(folder.path());
        let config = format!("{config}logfile {}\n", quoted(&folder.join("redis.log")));
        if let Err(error) = fs::write(folder.join("redis.conf"), config) {
            panic!("no redis.conf in {}: {error}", folder.path().display());
        }
        Self { name, access, args, running: Mutex::new(None), folder }
    }

    /// Starts the process and waits until it answers.
    ///
    /// # Panics
    ///
    /// When it ends, or does not answer in time; the message shows its log.
    #[track_caller]
    pub(crate) fn launch(&self) {
        let mut command = redis_server();
        command.arg(self.folder.join("redis.conf")).args(self.args);
        command.current_dir(self.folder.path());
        let mut slot = self.slot();
        let running = slot.insert(Running::spawn(&mut command));
        let started = poll(DEADLINE, || match running.ended() {
            Some(status) => Some(Err(format!("ended with {status}"))),
            // Until then it refuses connections, or answers that it is loading its data.
            None => matches!(self.access.ask(&["PING"]), Ok(Reply::Text(_))).then_some(Ok(())),
        });
        if let Some(Ok(())) = started {
            return;
        }
        let why = match started {
            Some(Err(reason)) => reason,
            _ => format!("no answer within {DEADLINE:?}"),
        };
        let output = running.output();
        panic!("{} does not start: {why}\n{output}--- log\n{}", self.name, self.tail());
    }

    /// Asks one command on a connection of its own.
    ///
    /// # Panics
    ///
    /// When there is no answer. An error that the server answers is a [`Reply`].
    #[track_caller]
    pub(crate) fn ask(&self, command: &[&str]) -> Reply {
        match self.access.ask(command) {
            Ok(reply) => reply,
            Err(error) => {
                let verb = command.first().unwrap_or(&"");
                panic!("{}: {verb}: {error}\n--- log\n{}", self.name, self.tail());
            }
        }
    }

    /// Asks one command that is not expected to fail.
    ///
    /// # Panics
    ///
    /// When there is no answer, or when it is an error.
    #[track_caller]
    pub(crate) fn tell(&self, command: &[&str]) -> Reply {
        match self.ask(command) {
            Reply::Error(reason) => {
                panic!("{} refuses {}: {reason}", self.name, command.first().unwrap_or(&""))
            }
            reply => reply,
        }
    }

    /// The process id, while a process runs.
    #[track_caller]
    pub(crate) fn pid(&self) -> Option<u32> {
        let mut slot = self.slot();
        let running = slot.as_mut()?;
        running.ended().is_none().then(|| running.id())
    }

    /// Ends the process with SIGKILL; one that is down stays down.
    #[track_caller]
    pub(crate) fn kill(&self) {
        if let Some(running) = self.slot().take() {
            running.kill();
        }
    }

    /// Asks the process to end, and waits for it; one that is down stays down.
    #[track_caller]
    pub(crate) fn stop(&self) {
        if let Some(running) = self.slot().take() {
            running.terminate();
        }
    }

    /// Freezes the process; one that is down is left alone.
    #[track_caller]
    pub(crate) fn pause(&self) {
        if let Some(running) = self.slot().as_mut() {
            running.freeze();
        }
    }

    /// Lets a frozen process go on.
    #[track_caller]
    pub(crate) fn resume(&self) {
        if let Some(running) = self.slot().as_mut() {
            running.thaw();
        }
    }

    /// The folder with everything the server has written.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything that the server has logged, over all its starts.
    pub(crate) fn log(&self) -> String {
        fs::read(self.folder.join("redis.log"))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The end of the log, for a message.
    fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default().join("\n")
    }

    fn slot(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What every server has in its configuration.
pub(crate) fn base(folder: &Path, port: Option<SocketAddr>) -> String {
    let port = port.map_or(0, |addr| addr.port());
    format!("bind 127.0.0.1\nprotected-mode yes\nport {port}\ndir {}\n", quoted(folder))
}

/// A path as a word of `redis.conf`.
pub(crate) fn quoted(path: &Path) -> String {
    word(&path.display().to_string())
}

/// A text as a word of `redis.conf`.
pub(crate) fn word(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted() {
        assert_eq!(word(r#"a "b" \c"#), r#""a \"b\" \\c""#);
    }
}
