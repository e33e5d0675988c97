//! The channels that are there, by their streams on a Redis server.

use std::collections::HashSet;

use popkit_protocol::{AgentId, Channel, Namespace as Session, Topic};
use popkit_redis::{Command, Keyspace, Redis, RedisConfig, Reply, RestConfig, Result, escape_glob};

use crate::context::{connection, is_rest, option};

/// Keys that the server looks at in one go.
const GLANCE: u32 = 1000;

/// The streams of channels on a server. It is asked over a connection of its own.
#[derive(Debug)]
pub(crate) struct Streams {
    url: String,
    redis: Option<Redis>,
    /// Agents that were told already.
    seen: HashSet<AgentId>,
}

impl Streams {
    /// On the server of this transport, which need not be reachable.
    pub(super) fn of(url: &str) -> Self {
        Self { url: url.to_owned(), redis: None, seen: HashSet::new() }
    }

    /// The agents of a session whose channels were made since the last call.
    pub(super) async fn new_agents(&mut self, session: &Session) -> Vec<AgentId> {
        match self.agents(session).await {
            Ok(mut agents) => {
                agents.retain(|agent| self.seen.insert(agent.clone()));
                agents.sort();
                agents
            }
            Err(error) => {
                // Whoever reads the channels tells of the server.
                tracing::debug!(%error, "agents that were written to could not be found");
                Vec::new()
            }
        }
    }

    async fn agents(&mut self, session: &Session) -> Result<Vec<AgentId>> {
        let redis = match &self.redis {
            Some(redis) => redis.clone(),
            None => self.redis.insert(self.connect().await?).clone(),
        };
        let Some(prefix) = self.prefix(session, redis.capabilities().cluster) else {
            return Ok(Vec::new());
        };
        let pattern = format!("{}*", escape_glob(&prefix));
        let (mut agents, mut cursor) = (Vec::new(), "0".to_owned());
        loop {
            let scan = Command::new("SCAN").arg(&cursor).args(["MATCH", &pattern]);
            let scan = scan.arg("COUNT").arg(GLANCE).args(["TYPE", "stream"]).near(&prefix);
            let mut parts = redis.execute(scan).await?.into_array()?.into_iter();
            let next = parts.next().unwrap_or(Reply::Nil).into_text()?;
            for key in parts.next().unwrap_or(Reply::Nil).into_array()? {
                let key = key.into_text()?;
                // What else belongs to a channel has a `~` in its name, which no agent has.
                agents.extend(key.strip_prefix(&prefix).and_then(|id| AgentId::new(id).ok()));
            }
            if next == "0" {
                return Ok(agents);
            }
            cursor = next;
        }
    }

    async fn connect(&self) -> Result<Redis> {
        let url = connection(&self.url);
        if self.is_billed() {
            return Redis::connect_rest(RestConfig::from_url(&url)?).await;
        }
        Redis::connect(url.parse::<RedisConfig>()?).await
    }

    /// Whether each question costs.
    pub(super) fn is_billed(&self) -> bool {
        is_rest(&self.url)
    }

    /// What the keys of the logs of the agents' channels begin with.
    fn prefix(&self, session: &Session, cluster: bool) -> Option<String> {
        let root = option(&self.url, "root");
        let plain = Session::unnamed();
        let base = root.map_or_else(|| Ok(plain.clone()), |root| plain.clone().with_root(root));
        let any = AgentId::new("x").ok()?;
        let channel: Channel = session.channel(&Topic::Agent(any));
        let key = Keyspace::new(&base.ok()?, cluster).stream(&channel);
        key.strip_suffix('x').map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::SessionId;

    use super::*;

    #[test]
    fn the_keys_are_those_of_the_transport() {
        let team = Session::of(&SessionId::new("team").unwrap());
        let of = |url: &str, session: &Session, cluster| {
            Streams::of(url).prefix(session, cluster).unwrap()
        };
        assert_eq!(of("redis://h", &Session::unnamed(), false), "pop:stream:agent:");
        assert_eq!(of("redis://h", &Session::unnamed(), true), "pop:{default}:stream:agent:");
        assert_eq!(of("redis://h", &team, false), "pop:{team}:stream:agent:");
        assert_eq!(of("redis://h?root=my", &team, false), "my:stream:~pop:{team}:agent:");
    }
}
