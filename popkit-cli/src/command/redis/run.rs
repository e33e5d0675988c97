//! Other programs, with a limit of time.

use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// Why a program gave no good answer, in a few words.
pub(super) type Trouble = String;

/// Runs a program to its end and gives its standard output. One that takes longer is killed.
pub(super) async fn run(command: &mut Command, limit: Duration) -> Result<String, Trouble> {
    let output = finish(command, limit).await?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    // It stands in the midst of a sentence.
    let said = said.map(|line| line.trim_end_matches(['.', '?', '!']).to_owned());
    Err(said.unwrap_or_else(|| format!("it ended with {}", output.status)))
}

async fn finish(command: &mut Command, limit: Duration) -> Result<Output, Trouble> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    match timeout(limit, command.output()).await {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {limit:?}")),
    }
}
