//! The `redis` block of the documented configuration file.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::redis_config::RedisConfig;
use crate::{Error, ErrorKind, Result};

/// The `redis` block of `config.json`. Every key has an effect; what is missing has its
/// default.
///
/// | Key | Meaning | Default |
/// |---|---|---|
/// | `host`, `port`, `db` | the server | `localhost`, 6379, 0 |
/// | `password` | for the user `default`; null for none | none |
/// | `socket_timeout` | seconds that an answer is waited for; null for the default | 5 |
/// | `retry_on_timeout` | whether a read without an answer is tried once more | true |
/// | `health_check_interval` | idle seconds before a connection is tested; 0 for never | 30 |
#[derive(Clone, Deserialize)]
#[serde(default)]
pub struct RedisBlock {
    host: String,
    port: u16,
    db: u32,
    #[serde(deserialize_with = "secret")]
    password: Option<SecretString>,
    socket_timeout: Option<f64>,
    retry_on_timeout: bool,
    health_check_interval: f64,
    #[serde(flatten)]
    unknown: BTreeMap<String, IgnoredAny>,
}

impl Default for RedisBlock {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: RedisConfig::PORT,
            db: 0,
            password: None,
            socket_timeout: None,
            retry_on_timeout: true,
            health_check_interval: 30.0,
            unknown: BTreeMap::new(),
        }
    }
}

impl RedisBlock {
    /// The keys that have no meaning here: for the report of whoever reads the file.
    pub fn unknown_keys(&self) -> impl Iterator<Item = &str> {
        self.unknown.keys().map(String::as_str)
    }

    /// The configuration that it describes.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` for a time that is negative or no number.
    pub fn into_config(self) -> Result<RedisConfig> {
        let mut config = RedisConfig::tcp(self.host, self.port)
            .db(self.db)
            .retry_on_timeout(self.retry_on_timeout)
            .health_check_interval(seconds("health_check_interval", self.health_check_interval)?);
        if let Some(timeout) = self.socket_timeout {
            config = config.timeout(seconds("socket_timeout", timeout)?);
        }
        config.password = self.password;
        Ok(config)
    }
}

/// Without the password.
impl fmt::Debug for RedisBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBlock")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("db", &self.db)
            .field("has_password", &self.password.is_some())
            .field("socket_timeout", &self.socket_timeout)
            .field("retry_on_timeout", &self.retry_on_timeout)
            .field("health_check_interval", &self.health_check_interval)
            .field("unknown", &self.unknown.keys())
            .finish()
    }
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.filter(|text| !text.is_empty()).map(SecretString::from))
}

fn seconds(name: &str, number: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(number).map_err(|_| {
        let message = format!("redis.{name} of {number}: expected seconds, for instance 5");
        Error::new(ErrorKind::InvalidConfig, message)
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn read(json: &str) -> RedisBlock {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_key_has_an_effect() {
        let block = read(
            r#"{"host": "127.0.0.1", "port": 16379, "db": 2, "password": "hunter2",
                "socket_timeout": 1.5, "retry_on_timeout": false, "health_check_interval": 0}"#,
        );
        let config = block.into_config().unwrap();
        assert_eq!(config.to_string(), "redis://127.0.0.1:16379/2");
        assert_eq!(config.timeout, Duration::from_millis(1500));
        assert!(!config.retry_on_timeout && config.health_check_interval.is_zero());
        assert_eq!(config.password.unwrap().expose_secret(), "hunter2");
    }

    #[test]
    fn the_shipped_block_and_an_empty_one_have_the_defaults() {
        let shipped = r#"{"host": "localhost", "port": 16379, "db": 0, "password": null,
            "socket_timeout": 5, "retry_on_timeout": true, "health_check_interval": 30}"#;
        let (shipped, empty) = (read(shipped).into_config(), read("{}").into_config());
        let (shipped, empty) = (shipped.unwrap(), empty.unwrap());
        assert_eq!(shipped.to_string(), "redis://localhost:16379/0");
        assert_eq!(empty.to_string(), "redis://localhost:6379/0");
        assert_eq!(shipped.timeout, empty.timeout);
        assert!(shipped.password.is_none() && empty.password.is_none());
    }

    #[test]
    fn unknown_keys_are_told_and_the_password_is_not() {
        let block = read(r#"{"hots": "x", "password": "hunter2"}"#);
        assert_eq!(block.unknown_keys().collect::<Vec<_>>(), ["hots"]);
        assert!(!format!("{block:?}").contains("hunter2"));
    }

    #[test]
    fn a_time_must_be_one() {
        let error = read(r#"{"socket_timeout": -1}"#).into_config().unwrap_err();
        assert!(error.message().contains("redis.socket_timeout of -1"), "{error}");
    }
}
