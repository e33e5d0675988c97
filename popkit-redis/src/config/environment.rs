//! The configuration that the environment names.

use std::env::{self, VarError};
use std::str::FromStr;

use super::redis_config::RedisConfig;
use crate::{Error, ErrorKind, Result};

impl RedisConfig {
    /// What the environment says: `REDIS_URL`; else `REDIS_HOST` and `REDIS_PORT` (of which
    /// one suffices) with `REDIS_USERNAME`, `REDIS_PASSWORD` and `REDIS_DB`; else nothing.
    /// Empty variables count as missing.
    ///
    /// # Errors
    ///
    /// `InvalidConfig`, naming the variable and not its value.
    pub fn from_env() -> Result<Option<Self>> {
        Self::from_variables(|name| env::var(name))
    }

    /// The same of these variables, as [`env::var`] gives them.
    ///
    /// # Errors
    ///
    /// `InvalidConfig`, naming the variable and not its value.
    pub fn from_variables(
        variable: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<Option<Self>> {
        let read = |name: &str| match variable(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(wrong(name, "it is no UTF-8 text")),
        };
        if let Some(url) = read("REDIS_URL")? {
            return match url.parse() {
                Ok(config) => Ok(Some(config)),
                Err(error) => {
                    let error: Error = error;
                    Err(wrong("REDIS_URL", error.message()))
                }
            };
        }
        let (host, port) = (read("REDIS_HOST")?, read("REDIS_PORT")?);
        if host.is_none() && port.is_none() {
            return Ok(None);
        }
        let port = port.map_or(Ok(Self::PORT), |port| number("REDIS_PORT", &port))?;
        let mut config = Self::tcp(host.as_deref().unwrap_or("localhost"), port);
        if let Some(user) = read("REDIS_USERNAME")? {
            config = config.user(user);
        }
        if let Some(password) = read("REDIS_PASSWORD")? {
            config = config.password(password);
        }
        if let Some(db) = read("REDIS_DB")? {
            config = config.db(number("REDIS_DB", &db)?);
        }
        Ok(Some(config))
    }
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T> {
    value.parse().map_err(|_| wrong(name, "expected a number"))
}

fn wrong(name: &str, what: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("{name}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<RedisConfig>> {
        RedisConfig::from_variables(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
        })
    }

    #[test]
    fn the_url_wins_over_the_single_variables() {
        let both = [("REDIS_URL", "redis://localhost:1/2"), ("REDIS_HOST", "other")];
        assert_eq!(read(&both).unwrap().unwrap().to_string(), "redis://localhost:1/2");
        let single = [("REDIS_HOST", "10.0.0.1"), ("REDIS_PASSWORD", "hunter2"), ("REDIS_DB", "4")];
        let config = read(&single).unwrap().unwrap();
        assert_eq!(config.to_string(), "redis://10.0.0.1:6379/4");
        assert!(config.password.is_some());
        let port = read(&[("REDIS_PORT", "7"), ("REDIS_HOST", "")]).unwrap().unwrap();
        assert_eq!(port.to_string(), "redis://localhost:7/0");
    }

    #[test]
    fn without_a_server_there_is_no_configuration() {
        assert!(read(&[("REDIS_PASSWORD", "hunter2"), ("REDIS_URL", "")]).unwrap().is_none());
    }

    #[test]
    fn what_is_wrong_names_the_variable_alone() {
        for (name, value) in [("REDIS_PORT", "hunter2"), ("REDIS_URL", "redis://:hun/ter2@x")] {
            let text = read(&[(name, value)]).unwrap_err().to_string();
            assert!(text.contains(name) && !text.contains("hun"), "{text}");
        }
    }
}
