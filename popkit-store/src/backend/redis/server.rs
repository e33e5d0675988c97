//! How the server is reached.

use popkit_redis::{Redis, RedisConfig};

use super::classify::convert;
use crate::Result;

/// How the server is reached: over connections, or over HTTPS.
#[derive(Debug, Clone)]
pub(super) enum Server {
    /// Over connections of its own protocol.
    Native(Box<RedisConfig>),
    /// Over HTTPS, as Upstash offers it.
    #[cfg(feature = "upstash")]
    Rest(Box<popkit_redis::RestConfig>),
}

impl Server {
    /// What a URL, without the options of the store, names. The environment completes the URL
    /// of a REST service.
    pub(super) fn of(url: &str) -> Result<Self> {
        match url.split(':').next() {
            Some("upstash" | "https" | "http") => rest(url),
            _ => Ok(Self::Native(Box::new(url.parse().map_err(convert)?))),
        }
    }

    pub(super) async fn connect(self) -> Result<Redis> {
        let redis = match self {
            Self::Native(config) => Redis::connect(*config).await,
            #[cfg(feature = "upstash")]
            Self::Rest(config) => Redis::connect_rest(*config).await,
        };
        redis.map_err(convert)
    }
}

#[cfg(feature = "upstash")]
fn rest(url: &str) -> Result<Server> {
    let config = popkit_redis::RestConfig::from_url(url).map_err(convert)?;
    Ok(Server::Rest(Box::new(config)))
}

#[cfg(not(feature = "upstash"))]
fn rest(_: &str) -> Result<Server> {
    let message = "this build has no Upstash; build it with the feature upstash";
    Err(crate::Error::new(crate::ErrorKind::InvalidConfig, message))
}
