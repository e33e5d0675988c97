//! This program once more, as a process of its own.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use crate::Failure;

/// A second process of this program. It is killed when this is dropped; where this process is
/// killed itself, it ends because its standard input does, see [`end_with_parent`].
#[derive(Debug)]
pub struct Peer {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts it with these arguments. What it writes to its standard error is seen on ours.
    ///
    /// # Errors
    ///
    /// Those of starting a process.
    pub fn start<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a process without its pipes".into());
        };
        Ok(Self { child, stdin, stdout: BufReader::new(stdout) })
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Writes it a line.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn say(&mut self, line: &str) -> Result<(), Failure> {
        Ok(self.stdin.write_all(format!("{line}\n").as_bytes())?)
    }

    /// Waits for its next line, without the end of the line.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn hear(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        if self.stdout.read_line(&mut line)? == 0 {
            return Err(format!("the process ended early: {}", self.child.wait()?).into());
        }
        Ok(line.trim_end().to_owned())
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Failure> {
        Ok(self.child.try_wait()?)
    }

    /// Ends it with SIGKILL and waits for its end; one that has ended is left in peace.
    ///
    /// # Errors
    ///
    /// The system does not do it.
    pub fn kill(&mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Both fail only for a process that is gone, which is what is wanted.
        let _ = self.kill();
    }
}

/// In the second process: ends it as soon as its standard input does, that is when the first
/// one is gone. Only for a process that reads nothing from there.
///
/// # Errors
///
/// No thread can be started.
pub fn end_with_parent() -> Result<(), Failure> {
    let watch = || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(1)
    };
    std::thread::Builder::new().name("parent".to_owned()).spawn(watch)?;
    Ok(())
}
