//! The same calls without popkit, through the client library that popkit uses.

use hdrhistogram::Histogram;
use popkit_protocol::{IdSource as _, RandomIds};
use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo as _, Value, cmd, pipe};
use tokio::time::Instant;

use super::Server;
use crate::Failure;
use crate::load::Measured;

/// Bytes of a task's state, and of what was asked for, as the store has them: a state has 80 when
/// it is read to be claimed, 275 when it is written then and read to be finished, 190 when it is
/// done.
const STATE: usize = 205;
const SPEC: usize = 190;
/// Tasks that are inserted at once.
const BATCH: usize = 1_000;
/// What the keys begin with: nothing that a store uses.
const KEYS: &str = "floor:";
/// Lease, in microseconds.
const LEASE: u64 = 600_000_000;

/// A client of the server without popkit.
#[derive(Debug)]
pub struct Floor {
    client: Client,
    connection: MultiplexedConnection,
}

impl Floor {
    /// Connects.
    ///
    /// # Errors
    ///
    /// Nothing answers there.
    pub async fn connect(server: &Server) -> Result<Self, Failure> {
        let quick = TcpSettings::default().set_nodelay(true);
        let info = server.url().into_connection_info()?.set_tcp_settings(quick);
        let client = Client::open(info)?;
        let connection = open(&client).await?;
        Ok(Self { client, connection })
    }

    /// One more connection, whose calls may block.
    pub(super) async fn another(&self) -> Result<MultiplexedConnection, Failure> {
        open(&self.client).await
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Asks for a sign of life, `times` over.
    ///
    /// # Errors
    ///
    /// Those of the server.
    pub async fn ping(&mut self, times: usize) -> Result<Measured, Failure> {
        let mut clock = Laps::start(times)?;
        while clock.lap() {
            let () = cmd("PING").query_async(&mut self.connection).await?;
        }
        clock.end()
    }

    /// Completes and claims `steps` times by a minimal script, over so many lanes.
    ///
    /// # Errors
    ///
    /// Those of the server.
    pub async fn claim(&mut self, lanes: usize, steps: usize) -> Result<Measured, Failure> {
        self.fill(lanes, steps + steps / 10 + 64).await?;
        let mut load = cmd("SCRIPT");
        load.arg("LOAD").arg(include_str!("floor.lua"));
        let script: String = load.query_async(&mut self.connection).await?;
        let mut keys = ["st", "run", "spec"].map(|name| format!("{KEYS}{name}")).to_vec();
        keys.extend((0..lanes).map(|lane| format!("{KEYS}lane:{lane}")));
        let holder = RandomIds.holder().to_string();
        let (mut task, mut lease) = (String::new(), String::new());
        let mut clock = Laps::start(steps)?;
        while clock.lap() {
            let mut call = cmd("EVALSHA");
            call.arg(&script).arg(keys.len()).arg(&keys).arg(&task).arg(&lease);
            call.arg(&holder).arg(RandomIds.claim().to_string()).arg(LEASE);
            let spec: Vec<u8>;
            (task, lease, spec) = call.query_async(&mut self.connection).await?;
            std::hint::black_box(spec);
        }
        let found = clock.end()?;
        let (): () = cmd("DEL").arg(&keys).query_async(&mut self.connection).await?;
        Ok(found)
    }

    async fn fill(&mut self, lanes: usize, tasks: usize) -> Result<(), Failure> {
        let (state, spec) = (format!("y{}", "-".repeat(STATE - 1)), "s".repeat(SPEC));
        for from in (0..tasks).step_by(BATCH) {
            let mut batch = pipe();
            for number in from..tasks.min(from + BATCH) {
                let (id, lane) = (RandomIds.task_id().to_string(), number % lanes);
                batch.cmd("HSET").arg(format!("{KEYS}st")).arg(&id).arg(&state).ignore();
                batch.cmd("HSET").arg(format!("{KEYS}spec")).arg(&id).arg(&spec).ignore();
                batch.cmd("ZADD").arg(format!("{KEYS}lane:{lane}")).arg(number).arg(id).ignore();
            }
            let _: Value = batch.query_async(&mut self.connection).await?;
        }
        Ok(())
    }
}

async fn open(client: &Client) -> Result<MultiplexedConnection, Failure> {
    let patient = AsyncConnectionConfig::new().set_response_timeout(None);
    Ok(client.get_multiplexed_async_connection_with_config(&patient).await?)
}

/// Times what is done again and again; a tenth more is done first and does not count.
struct Laps {
    histogram: Histogram<u64>,
    left: usize,
    counted: usize,
    begun: Option<Instant>,
    first: Instant,
    trouble: Option<Failure>,
}

impl Laps {
    fn start(counted: usize) -> Result<Self, Failure> {
        let (histogram, left) = (Histogram::new(3)?, counted + counted / 10);
        let first = Instant::now();
        Ok(Self { histogram, left, counted, begun: None, first, trouble: None })
    }

    /// Ends a lap and begins the next; `false` after the last.
    fn lap(&mut self) -> bool {
        let now = Instant::now();
        if let Some(begun) = self.begun.replace(now)
            && self.left < self.counted
        {
            let nanos = u64::try_from((now - begun).as_nanos()).unwrap_or(u64::MAX);
            self.trouble = self.histogram.record(nanos).err().map(Into::into);
        }
        if self.left == self.counted {
            self.first = now;
        }
        if self.left == 0 || self.trouble.is_some() {
            return false;
        }
        self.left -= 1;
        true
    }

    fn end(self) -> Result<Measured, Failure> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
        let per_second = self.counted as f64 / self.first.elapsed().as_secs_f64();
        Ok(Measured { histogram: self.histogram, per_second })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_laps_do_not_count() {
        let mut laps = Laps::start(20).unwrap();
        let mut done = 0;
        while laps.lap() {
            done += 1;
        }
        assert_eq!(done, 22);
        assert_eq!(laps.end().unwrap().histogram.len(), 20);
    }

    #[tokio::test]
    async fn the_floor_claims_each_task_once() {
        let server = Server::start(popkit_testkit::Aof::Off);
        let mut floor = Floor::connect(&server).await.unwrap();
        assert_eq!(floor.ping(5).await.unwrap().histogram.len(), 5);
        for lanes in [1, 3] {
            server.reset();
            assert_eq!(floor.claim(lanes, 20).await.unwrap().histogram.len(), 20);
            let stats = server.stats();
            // Each is taken out of its lane, and all but the last out of those that are held.
            assert_eq!((stats.calls("evalsha"), stats.calls("zrem")), (22, 43));
        }
    }
}
