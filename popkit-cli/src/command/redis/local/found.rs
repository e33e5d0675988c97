//! Who listens on a port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use popkit_redis::{ErrorKind, Redis, RedisConfig};

use crate::backend::server::Info;
use crate::command::redis::home::Home;
use crate::error::CliError;

/// How long a port of this machine may take to let somebody in.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who listens on a port of this machine.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nobody.
    Nobody,
    /// The server that was started from this folder.
    Ours(Redis),
    /// Another Redis, in a few words.
    Redis(String),
    /// Another program, in a few words.
    Other(String),
}

/// Looks who is there.
///
/// # Errors
///
/// What says nothing about who it is.
pub(crate) async fn look(home: &Home, config: &RedisConfig, port: u16) -> Result<Found, CliError> {
    if is_free(port) {
        return Ok(Found::Nobody);
    }
    let redis = match Redis::connect(config.clone()).await {
        Ok(redis) => redis,
        Err(error) => {
            let found = match error.kind() {
                ErrorKind::Unauthenticated => Found::Redis("one that wants a password".to_owned()),
                ErrorKind::Unsupported => Found::Redis("one that is older than 7.0".to_owned()),
                ErrorKind::Unavailable if is_free(port) => Found::Nobody,
                _ => Found::Other(error.to_string()),
            };
            return Ok(found);
        }
    };
    let info = Info::ask(&redis, "", &["server"]).await?;
    if info.field("config_file").is_some_and(|file| is_same(file, &home.file("redis.conf"))) {
        return Ok(Found::Ours(redis));
    }
    let version = info.field("redis_version").unwrap_or("of an unknown version");
    let process = info.field("process_id").unwrap_or("unknown");
    // Nothing is under way.
    let _ = redis.close().await;
    Ok(Found::Redis(format!("{version}, process {process}")))
}

/// Whether nobody listens there.
pub(super) fn is_free(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let tried = TcpStream::connect_timeout(&address, PATIENCE);
    tried.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

fn is_same(told: &str, file: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    Path::new(told) == file || real(Path::new(told)).is_some_and(|told| real(file) == Some(told))
}
