//! A configuration as text, without secrets.

use std::fmt;

use super::address::{Address, Servers};
use super::redis_config::RedisConfig;

/// The URL, without user, password and options.
impl fmt::Display for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = if self.tls { "s" } else { "" };
        let db = self.db;
        match &self.servers {
            Servers::Single(Address::Unix(path)) if db == 0 => {
                write!(f, "unix:{}", path.display())
            }
            Servers::Single(Address::Unix(path)) => write!(f, "unix:{}?db={db}", path.display()),
            Servers::Single(address) => write!(f, "redis{s}://{address}/{db}"),
            servers @ Servers::Cluster(_) => write!(f, "redis{s}+cluster://{servers}"),
            servers @ Servers::Sentinel { .. } if db == 0 => {
                write!(f, "redis{s}+sentinel://{servers}")
            }
            servers @ Servers::Sentinel { .. } => {
                write!(f, "redis{s}+sentinel://{servers}?db={db}")
            }
        }
    }
}

/// The URL and the options, without user and password.
impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("url", &self.to_string())
            .field("has_password", &self.password.is_some())
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("retry_on_timeout", &self.retry_on_timeout)
            .field("health_check_interval", &self.health_check_interval)
            .field("protocol", &self.protocol)
            .field("client_name", &self.client_name)
            .field("ca", &self.ca)
            .field("insecure", &self.insecure)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_url_without_secrets() {
        for (url, shown) in [
            ("redis://bob:hunter2@localhost", "redis://localhost:6379/0"),
            ("rediss://:hunter2@[::1]:7/2?timeout=1s", "rediss://[::1]:7/2"),
            ("redis+unix://bob:hunter2@/run/r.sock?db=4", "unix:/run/r.sock?db=4"),
            ("unix:/run/r.sock", "unix:/run/r.sock"),
            ("redis+cluster://bob:hunter2@a:1,b", "redis+cluster://a:1,b:6379"),
            (
                "redis+sentinel://bob:hunter2@a,b:2/main?db=1&sentinel_password=hunter2",
                "redis+sentinel://a:26379,b:2/main?db=1",
            ),
        ] {
            let config: RedisConfig = url.parse().unwrap();
            assert_eq!(config.to_string(), shown);
            let debug = format!("{config:?} {config:#?}");
            assert!(!debug.contains("hunter2") && !debug.contains("bob"), "{debug}");
        }
    }
}
