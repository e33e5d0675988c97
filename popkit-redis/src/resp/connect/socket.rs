//! A stream of bytes to a server.

use std::io;
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};

use crate::resp::lost;
use crate::{Address, Error, ErrorKind, RedisConfig, Result};

/// Anything that carries bytes in both directions.
pub(in crate::resp) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}

/// Connects to this host and port.
pub(super) async fn tcp(config: &RedisConfig, host: &str, port: u16) -> Result<TcpStream> {
    let at = Address::tcp(host, port).to_string();
    let found = lookup_host((host, port)).await.map_err(|_| {
        let message = format!("cannot find the host {host}; check its name");
        Error::new(ErrorKind::Unavailable, message)
    })?;
    let addresses: Vec<_> = found.collect();
    let opened = TcpStream::connect(&addresses[..]).await;
    let stream = opened.map_err(|error| lost::unreachable(config, &at, &error))?;
    set_options(&stream, config).map_err(|error| lost::unreachable(config, &at, &error))?;
    Ok(stream)
}

/// Small writes go out at once, and a peer that is gone without a word is noticed: by probes
/// while nothing is sent, by missing acknowledgements while something is.
fn set_options(stream: &TcpStream, config: &RedisConfig) -> io::Result<()> {
    let settings = settings(config);
    stream.set_nodelay(settings.nodelay())?;
    let socket = SockRef::from(stream);
    if let Some(probes) = settings.keepalive() {
        socket.set_tcp_keepalive(probes)?;
    }
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    socket.set_tcp_user_timeout(settings.user_timeout())?;
    Ok(())
}

/// The same options as the crate wants them.
pub(super) fn settings(config: &RedisConfig) -> TcpSettings {
    let probes = TcpKeepalive::new()
        .with_time(Duration::from_secs(15))
        .with_interval(Duration::from_secs(5));
    let settings = TcpSettings::default().set_nodelay(true).set_keepalive(probes);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let settings = settings.set_user_timeout((config.timeout * 2).max(Duration::from_secs(10)));
    #[cfg(not(any(target_os = "android", target_os = "fuchsia", target_os = "linux")))]
    let _ = config;
    settings
}

/// Connects to this Unix socket.
#[cfg(unix)]
pub(super) async fn unix(
    config: &RedisConfig,
    path: &std::path::Path,
) -> Result<tokio::net::UnixStream> {
    let opened = tokio::net::UnixStream::connect(path).await;
    opened.map_err(|error| lost::unreachable(config, &path.display().to_string(), &error))
}
