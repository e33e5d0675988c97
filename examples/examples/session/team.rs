//! Child processes of the example.

use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::Failure;

/// The variable by which a child learns where the session plays. A URL may hold a password,
/// and arguments are seen by everybody.
pub(crate) const PLACE: &str = "POPKIT_EXAMPLE_PLACE";

/// How long a child may need to end when its work is over.
const PATIENCE: Duration = Duration::from_secs(30);

/// This program several times more. Whoever still runs is killed when this is dropped; where
/// this process is killed itself they end because their standard input does.
#[derive(Debug)]
pub(crate) struct Team {
    /// What each of them finds in its environment.
    pub(crate) variables: Vec<(String, String)>,
    /// Those that are waited for, by name.
    pub(crate) members: Vec<(String, Child)>,
}

impl Team {
    pub(crate) fn new(place: &str) -> Self {
        Self { variables: vec![(PLACE.to_owned(), place.to_owned())], members: Vec::new() }
    }

    /// Starts one: `power_mode agent reader`.
    pub(crate) fn start(&mut self, role: &str, name: &str) -> Result<(), Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([role, name]).envs(self.variables.iter().cloned());
        command.stdin(Stdio::piped()).kill_on_drop(true);
        self.members.push((name.to_owned(), command.spawn()?));
        Ok(())
    }

    /// Waits for all; each must end well.
    pub(crate) async fn finish(mut self) -> Result<(), Failure> {
        for (name, member) in &mut self.members {
            // Waiting would close it, and a child ends with it.
            let _open = member.stdin.take();
            let ended = timeout(PATIENCE, member.wait()).await;
            let status = ended.map_err(|_| format!("{name} does not end"))??;
            if !status.success() {
                return Err(format!("{name} ended with {status}").into());
            }
        }
        Ok(())
    }
}

/// In a child: ends it as soon as its standard input does, that is when its parent is gone.
pub(crate) fn end_with_parent() -> Result<(), Failure> {
    let watch = || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(1)
    };
    std::thread::Builder::new().name("parent".to_owned()).spawn(watch)?;
    Ok(())
}
