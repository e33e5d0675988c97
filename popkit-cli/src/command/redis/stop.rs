//! `popkit redis stop`.

use super::choose::{Engine, compose};
use super::docker;
use super::home::{Home, Record};
use super::local::{Found, look, shutdown};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION};

/// The JSON form, version 1.
#[derive(serde::Serialize)]
struct View {
    v: u8,
    stopped: bool,
}

/// Stops the server; where none runs, that is no failure.
pub(super) async fn run(cx: &Context, home: &Home) -> Result<Exit, CliError> {
    let stopped = match home.record()? {
        None => false,
        Some(record) => {
            let _lock = home.lock()?;
            end(home, &record).await?
        }
    };
    if cx.json {
        output::json(&View { v: VERSION, stopped })?;
    } else if stopped {
        output::line("Redis is stopped; its data stays")?;
    } else {
        output::line("Redis is not running; there is nothing to stop")?;
    }
    Ok(Exit::Done)
}

/// Stops it; answers whether it ran.
///
/// # Errors
///
/// Somebody else at its port is left alone, and told.
pub(super) async fn end(home: &Home, record: &Record) -> Result<bool, CliError> {
    if record.by == Engine::Docker {
        let compose = compose().await.map_err(|why| {
            CliError::failed(format!("docker cannot be used: {why}; start its daemon"))
        })?;
        return docker::stop(home, record, &compose).await.map(|()| true);
    }
    let port = record.port;
    match look(home, &record.config(home)?, port).await? {
        Found::Nobody => Ok(false),
        Found::Ours(redis) => shutdown(home, record, &redis).await.map(|()| true),
        Found::Redis(who) => Err(CliError::failed(format!(
            "at port {port} is a Redis that was not started from here ({who}); stop it where it \
             was started"
        ))),
        Found::Other(why) => Err(CliError::failed(format!(
            "at port {port} is something that is not the Redis of this folder: {why}; look who it \
             is: ss -ltnp"
        ))),
    }
}
