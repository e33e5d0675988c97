//! A server process that runs.

use std::process::{Command, ExitStatus};

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::leash::Leash;
use crate::Child;
use crate::redis::DEADLINE;

/// The process on its leash; killed on drop.
#[derive(Debug)]
pub(super) struct Running {
    /// Let go before the child is waited for, while the process id cannot be another's.
    leash: Option<Leash>,
    child: Child,
}

impl Running {
    #[track_caller]
    pub(super) fn spawn(command: &mut Command) -> Self {
        let child = Child::spawn(command);
        let leash = Some(Leash::tie(child.id()));
        Self { leash, child }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the process has written outside its log: the complaints about its configuration.
    pub(super) fn output(&self) -> String {
        format!("{}{}", self.child.stdout(), self.child.stderr())
    }

    /// The exit status, once the process has ended.
    #[track_caller]
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait()?;
        self.leash = None;
        // What it wrote last may arrive just after its end.
        Some(self.child.wait(DEADLINE))
    }

    /// Ends the process with SIGKILL.
    #[track_caller]
    pub(super) fn kill(mut self) {
        self.leash = None;
        self.child.kill9();
        self.child.wait(DEADLINE);
    }

    /// Asks the process to end in good order, and waits until it has.
    #[track_caller]
    pub(super) fn terminate(mut self) {
        self.child.cont();
        self.child.terminate();
        self.child.wait(DEADLINE);
        self.leash = None;
    }

    /// Freezes the process, and returns once it does nothing more.
    #[track_caller]
    pub(super) fn freeze(&mut self) {
        self.child.stop();
        let Some(pid) = i32::try_from(self.id()).ok().and_then(Pid::from_raw) else {
            return;
        };
        // The signal takes effect at some point after it was sent. The state is left to be asked for
        // again, and an end is waited for too, so that this returns in any case.
        let states = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(error) = waitid(WaitId::Pid(pid), states) {
            if error != Errno::INTR {
                panic!("process {pid:?} cannot be waited for: {error}");
            }
        }
    }

    /// Lets a frozen process go on.
    #[track_caller]
    pub(super) fn thaw(&mut self) {
        self.child.cont();
    }
}
