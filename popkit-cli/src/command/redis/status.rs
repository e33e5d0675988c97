//! `popkit redis status`.

use popkit_redis::RedisConfig;

use super::choose::Engine;
use super::home::{Home, PORT, Record};
use super::local::{Found, look};
use crate::backend::server;
use crate::backend::{Server, Source};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// Says whether the server is ready (0) or not (1), and how it stands.
pub(super) async fn run(cx: &Context, home: &Home) -> Result<Exit, CliError> {
    let record = home.record()?;
    let started = record.clone().unwrap_or_else(|| Record::new(Engine::Local, PORT, false));
    let config = started.config(home)?;
    let port = started.port;
    let redis = match look(home, &config, port).await.map_err(not_ready)? {
        Found::Nobody => {
            let message =
                format!("Redis is not running (port {port}); start it: popkit redis start");
            return Err(CliError::failed(message));
        }
        Found::Other(why) => {
            let message = format!("at port {port} is something that does not serve: {why}");
            return Err(CliError::failed(format!("{message}; look who it is: ss -ltnp")));
        }
        Found::Ours(redis) => redis,
        Found::Redis(who) => {
            if record.as_ref().is_some_and(|record| record.by == Engine::Local) {
                return Err(CliError::failed(format!(
                    "at port {port} is a Redis that was not started from here ({who}); stop it, or \
                     start this one at another port: popkit redis start --port N"
                )));
            }
            if record.is_none() {
                output::note(format!("port {port} has a Redis that was not started from here"));
            }
            connect(&config).await?
        }
    };
    let looked = Server::look(cx, &config, &redis).await;
    // Nothing is under way any more.
    let _ = redis.close().await;
    let looked = looked.map_err(not_ready)?;
    server::report(cx, &looked, Source::Started)?;
    looked.settings.refuse_eviction().map_err(not_ready)?;
    Ok(Exit::Done)
}

async fn connect(config: &RedisConfig) -> Result<popkit_redis::Redis, CliError> {
    server::connect(config).await.map_err(not_ready)
}

/// Whatever it is: it is not ready, and that is 1.
fn not_ready(error: impl Into<CliError>) -> CliError {
    let error = error.into();
    CliError::failed(format!("Redis is not ready: {error}"))
}
