//! What a configuration must obey before anything connects.

use std::time::Duration;

use super::address::{Address, Servers};
use super::redis_config::RedisConfig;
use crate::{Error, ErrorKind, Result};

impl RedisConfig {
    /// That it can be used; done by connecting, too.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` with the first thing that is wrong: an unencrypted connection to another
    /// machine that was not asked for, a value out of its range, a part of popkit that was not
    /// built in.
    pub fn check(&self) -> Result<()> {
        self.check_built_in()?;
        self.check_servers()?;
        self.check_secrecy()?;
        self.check_ranges()
    }

    fn check_built_in(&self) -> Result<()> {
        let lacks = match &self.servers {
            Servers::Cluster(_) if !cfg!(feature = "cluster") => "cluster",
            Servers::Sentinel { .. } if !cfg!(feature = "sentinel") => "sentinel",
            _ if self.tls && !cfg!(feature = "tls") => "tls",
            _ => return Ok(()),
        };
        refuse(format!("this build has no Redis {lacks}; build it with the feature redis-{lacks}"))
    }

    fn check_servers(&self) -> Result<()> {
        if self.servers.addresses().is_empty() {
            return refuse("no server is given; for instance redis://localhost:6379");
        }
        let on_socket = |address: &Address| matches!(address, Address::Unix(_));
        if self.tls && self.servers.addresses().iter().any(on_socket) {
            return refuse("TLS over a Unix socket is not possible; leave it out");
        }
        match &self.servers {
            Servers::Cluster(_) if self.db != 0 => {
                refuse(format!("database {} of a cluster: there is only 0", self.db))
            }
            Servers::Sentinel { master, .. } if master.is_empty() => refuse(
                "the name of the primary is missing; for instance \
                 redis+sentinel://localhost:26379/mymaster",
            ),
            _ => Ok(()),
        }
    }

    /// Nothing goes to another machine unencrypted unless that was asked for, and no password
    /// is forgotten or useless.
    fn check_secrecy(&self) -> Result<()> {
        self.servers.addresses().iter().try_for_each(|address| self.check_address(address))?;
        if self.ca.is_some() && !self.tls {
            return refuse("ca=FILE is for TLS; use rediss://");
        }
        for (user, password) in
            [(&self.user, &self.password), (&self.sentinel_user, &self.sentinel_password)]
        {
            if user.is_some() && password.is_none() {
                return refuse("a user is given and no password; give both, or neither");
            }
        }
        Ok(())
    }

    /// That what goes to this address cannot be read on the way, unless that is wanted.
    pub(crate) fn check_address(&self, address: &Address) -> Result<()> {
        if self.tls || self.insecure || address.is_local() {
            return Ok(());
        }
        refuse(format!(
            "everything would go to {address} unencrypted; use rediss:// (TLS), or add \
             insecure=true where the network can be trusted"
        ))
    }

    fn check_ranges(&self) -> Result<()> {
        let range = Duration::from_millis(10)..=Duration::from_secs(600);
        for (name, value) in [("timeout", self.timeout), ("connect_timeout", self.connect_timeout)]
        {
            if !range.contains(&value) {
                return refuse(format!("{name} of {value:?}: expected 10 ms to 10 min"));
            }
        }
        let interval = self.health_check_interval;
        let range = Duration::from_millis(10)..=Duration::from_secs(24 * 3600);
        if !interval.is_zero() && !range.contains(&interval) {
            return refuse(format!(
                "health_check_interval of {interval:?}: expected 10 ms to 1 day, or 0 for never"
            ));
        }
        let graphic = |name: &String| {
            (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if self.client_name.as_ref().is_some_and(|name| !graphic(name)) {
            return refuse("client_name: expected 1 to 64 printable characters without spaces");
        }
        Ok(())
    }
}

fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::new(ErrorKind::InvalidConfig, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(url: &str) -> String {
        let config: RedisConfig = url.parse().unwrap();
        config.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn plain_tcp_leaves_this_machine_only_when_asked_to() {
        assert_eq!(says("redis://127.0.0.1"), "fine");
        assert_eq!(says("redis://[::1]:7000/2"), "fine");
        assert!(
            says("redis://:pw@redis:6379").contains("to redis:6379 unencrypted; use rediss://")
        );
        assert_eq!(says("redis://redis?insecure=true"), "fine");
    }

    #[test]
    fn what_cannot_work_is_refused_with_its_mend() {
        for (url, expected) in [
            ("redis://localhost?ca=/x.pem", "use rediss://"),
            ("redis://alice@localhost", "a user is given and no password"),
            ("redis://localhost?timeout=1us", "timeout of 1µs: expected 10 ms to 10 min"),
            ("redis://localhost?connect_timeout=1h", "connect_timeout of 3600s"),
            ("redis://localhost?health_check_interval=2d", "expected 10 ms to 1 day"),
            ("redis://localhost?client_name=a%20b", "without spaces"),
        ] {
            assert!(says(url).contains(expected), "{url}: {}", says(url));
        }
        assert!(RedisConfig::new(Servers::Cluster(Vec::new())).check().is_err());
        assert!(RedisConfig::unix("/run/redis.sock").tls(true).check().is_err());
    }

    #[cfg(all(feature = "cluster", feature = "sentinel", feature = "tls"))]
    #[test]
    fn every_kind_of_server_is_accepted_where_it_is_built_in() {
        for url in [
            "rediss://example.org",
            "redis+cluster://127.0.0.1:1,127.0.0.1:2",
            "rediss+sentinel://a,b/main?db=2",
            "unix:/run/redis.sock",
        ] {
            assert_eq!(says(url), "fine", "{url}");
        }
        let cluster = Servers::Cluster(vec![Address::tcp("localhost", 1)]);
        assert!(RedisConfig::new(cluster).db(3).check().is_err());
    }

    #[cfg(not(any(feature = "cluster", feature = "sentinel", feature = "tls")))]
    #[test]
    fn what_is_not_built_in_is_named() {
        assert!(says("redis+cluster://localhost").contains("the feature redis-cluster"));
        assert!(says("redis+sentinel://localhost/m").contains("the feature redis-sentinel"));
        assert!(says("rediss://localhost").contains("the feature redis-tls"));
    }
}
