//! The server that is measured, and what it counts.

use std::collections::BTreeMap;

use popkit_store::RedisStore;
use popkit_testkit::{Aof, RedisOptions, RedisServer};

use crate::Failure;

/// A server of the bench's own, on loopback; it ends with the bench.
#[derive(Debug)]
pub struct Server(RedisServer);

/// What a server has counted since [`Server::reset`], by command; what scripts call, too.
#[derive(Debug, Default)]
pub struct Stats(BTreeMap<String, Figures>);

#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    calls: u64,
    micros: u64,
    median: f64,
}

impl Server {
    /// Starts it with this append-only file.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn start(aof: Aof) -> Self {
        // A rewrite of the file would fall into one measurement and not into another.
        let options = RedisOptions::default().aof(aof).arg("auto-aof-rewrite-percentage", "0");
        Self(RedisServer::start(options))
    }

    /// What it is: `Redis 7.0.15`.
    #[must_use]
    pub fn name(&self) -> String {
        let valkey = self.0.try_info("valkey_version").map(|version| format!("Valkey {version}"));
        valkey.unwrap_or_else(|| format!("Redis {}", self.0.info("redis_version")))
    }

    /// What it says of its append-only file: `off`, or when it is synced.
    #[must_use]
    pub fn file(&self) -> String {
        if self.0.info("aof_enabled") == "0" {
            return "off".to_owned();
        }
        let answer = self.0.cli(&["CONFIG", "GET", "appendfsync"]);
        answer.lines().last().unwrap_or_default().to_owned()
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.0.pid()
    }

    /// Throws everything away. Stores are to be opened anew: they know lanes that are gone.
    pub fn clear(&self) {
        self.0.cli(&["FLUSHALL", "SYNC"]);
    }

    /// A store on it with connections of its own, of up to 128 lanes.
    ///
    /// # Errors
    ///
    /// Those of opening.
    pub async fn store(&self) -> Result<RedisStore, Failure> {
        let options: popkit_store::RedisOptions = self.url().parse()?;
        Ok(options.max_lanes(128).open().await?)
    }

    /// Counts from zero.
    pub fn reset(&self) {
        self.0.reset_commandstats();
    }

    /// What was counted.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let latency = self.0.cli(&["INFO", "latencystats"]);
        Stats::read(&self.0.cli(&["INFO", "commandstats"]), &latency)
    }
}

impl Stats {
    fn read(commands: &str, latency: &str) -> Self {
        let mut stats: BTreeMap<_, _> = commands.lines().filter_map(figures).collect();
        for (name, median) in latency.lines().filter_map(median) {
            if let Some(figures) = stats.get_mut(name) {
                figures.median = median;
            }
        }
        Self(stats)
    }

    /// How often a command was called.
    #[must_use]
    pub fn calls(&self, command: &str) -> u64 {
        self.0.get(command).map_or(0, |figures| figures.calls)
    }

    /// What a call of it has cost the server in the mean, in microseconds: its run, without
    /// reading it from the connection, writing the answer, and syncing the file. Where the
    /// server had to give its processor away meanwhile, that counts too.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn micros(&self, command: &str) -> f64 {
        let Some(figures) = self.0.get(command) else { return f64::NAN };
        figures.micros as f64 / figures.calls as f64
    }

    /// The same, of the call in the middle.
    #[must_use]
    pub fn median(&self, command: &str) -> f64 {
        self.0.get(command).map_or(f64::NAN, |figures| figures.median)
    }
}

/// Reads `cmdstat_evalsha:calls=12,usec=700,usec_per_call=58.33,…`.
fn figures(line: &str) -> Option<(String, Figures)> {
    let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(':')?;
    let number = |name| field(rest, name)?.parse().ok();
    let figures = Figures { calls: number("calls")?, micros: number("usec")?, median: f64::NAN };
    Some((name.to_owned(), figures))
}

/// Reads `latency_percentiles_usec_evalsha:p50=71.167,p99=…`.
fn median(line: &str) -> Option<(&str, f64)> {
    let (name, rest) = line.strip_prefix("latency_percentiles_usec_")?.split_once(':')?;
    Some((name, field(rest, "p50")?.parse().ok()?))
}

fn field<'t>(fields: &'t str, name: &str) -> Option<&'t str> {
    let mut pairs = fields.split(',').filter_map(|field| field.split_once('='));
    pairs.find(|pair| pair.0 == name).map(|pair| pair.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_counts_is_read() {
        let stats = Stats::read(
            "# Commandstats\ncmdstat_evalsha:calls=4,usec=100,usec_per_call=25.00,failed_calls=0",
            "# Latencystats\nlatency_percentiles_usec_evalsha:p50=21.001,p99=40.001",
        );
        assert_eq!(stats.calls("evalsha"), 4);
        assert!((stats.micros("evalsha") - 25.0).abs() < 1e-9);
        assert!((stats.median("evalsha") - 21.001).abs() < 1e-9);
        assert_eq!(stats.calls("blpop"), 0);
        assert!(stats.micros("blpop").is_nan());
    }
}
