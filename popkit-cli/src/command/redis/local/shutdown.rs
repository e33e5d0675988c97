//! Asking a server to end, until it has.

use std::time::Duration;

use popkit_redis::{Command, Redis, server_error};
use tokio::time::{Instant, sleep};

use super::found::is_free;
use crate::command::redis::home::{Home, Record};
use crate::error::CliError;

/// How long it may take to write its files.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two looks.
const REST: Duration = Duration::from_millis(20);

/// Sends `SHUTDOWN`, and waits until the port is free: the server closes it when its files are
/// written. It is never killed.
///
/// # Errors
///
/// Where it refuses, or still runs after a minute.
pub(in super::super) async fn shutdown(
    home: &Home,
    record: &Record,
    redis: &Redis,
) -> Result<(), CliError> {
    let begun = Instant::now();
    let mut refused = None;
    while !is_free(record.port) {
        if begun.elapsed() >= PATIENCE {
            let why = refused.unwrap_or_else(|| "it still runs".to_owned());
            let log = home.file("redis.log");
            return Err(CliError::failed(format!(
                "Redis did not end within {PATIENCE:?}: {why}; see {}",
                log.display()
            )));
        }
        // A server that ends gives no answer. It refuses while it writes its file anew.
        let answer = redis.execute(Command::new("SHUTDOWN")).await;
        refused = answer.err().and_then(|e| server_error(&e).map(ToString::to_string));
        sleep(REST).await;
    }
    Ok(())
}
