//! Channels.

use std::time::Duration;

use popkit_protocol::compat::python::Python;
use popkit_protocol::message::Object;
use popkit_protocol::{
    AgentId, Clock as _, Envelope, Message, Namespace, Party, RandomIds, SystemClock, Topic,
};
use popkit_redis::{Command, Error, ErrorKind, Notice, Topics};
use tokio::time::{Instant, timeout};

use super::Bench;
use crate::backend::Check;
use crate::backend::server::time;
use crate::error::CliError;

/// How long a message is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// For how long the messages of the test count.
const TTL: Duration = Duration::from_secs(60);

/// A channel of this test alone.
pub(super) async fn round_trip(bench: &Bench<'_>) -> Check {
    let channel = bench.key("channel");
    let heard = hear(bench, &channel, bench.id.as_bytes()).await;
    Check::of("pub/sub", heard.map(|span| format!("a message came back in {}", time(span))))
}

/// The channels of the documentation: the six well-known ones, and one of an agent.
pub(super) fn topics(bench: &Bench<'_>) -> Result<Vec<Topic>, CliError> {
    let mut topics = Topic::WELL_KNOWN.to_vec();
    topics.push(Topic::Agent(nobody(bench)?));
    Ok(topics)
}

/// One of them.
pub(super) async fn channel(bench: &Bench<'_>, topic: &Topic) -> Check {
    let channel = session(bench).channel(topic);
    let heard = async {
        let probe = probe(bench)?;
        Ok::<_, CliError>(hear(bench, channel.as_str(), &probe).await?)
    };
    let heard = heard.await.map(|span| format!("{channel}: heard in {}", time(span)));
    Check::of("channel", heard.map_err(|error| error.at(&channel)))
}

fn session(bench: &Bench<'_>) -> Namespace {
    bench.cx.session().map_or_else(Namespace::unnamed, Namespace::of)
}

/// An agent that does not exist.
fn nobody(bench: &Bench<'_>) -> Result<AgentId, CliError> {
    Ok(AgentId::new(format!("test-{}", bench.id))?)
}

/// A message that everybody can read, the originals included, and that nobody acts on.
fn probe(bench: &Bench<'_>) -> Result<Vec<u8>, CliError> {
    let nobody = Party::Agent(nobody(bench)?);
    let said = Object::default().with("text", "popkit backend test")?;
    let message = Message::Query(said);
    let envelope =
        Envelope::new(&RandomIds, SystemClock.now(), nobody.clone(), nobody, message).with_ttl(TTL);
    Ok(Python::default().encode(&envelope)?)
}

/// Listens, publishes, and waits for what was published; others may speak meanwhile.
async fn hear(bench: &Bench<'_>, channel: &str, payload: &[u8]) -> Result<Duration, Error> {
    let mut listener = bench.redis.subscribe(Topics::channels([channel])).await?;
    let sent = Instant::now();
    let publish = Command::new("PUBLISH").arg(channel).arg(payload.to_vec());
    bench.redis.execute(publish).await?;
    let heard = timeout(PATIENCE, async {
        loop {
            match listener.next().await? {
                Notice::Message { payload: found, .. } if found == payload => return Ok(()),
                _ => {}
            }
        }
    });
    match heard.await {
        Ok(result) => result.map(|()| sent.elapsed()),
        Err(_) => {
            let message = format!(
                "a message on {channel} was taken and not heard within {PATIENCE:?}; is there a \
                 proxy that keeps subscriptions back? connect to the server itself"
            );
            Err(Error::new(ErrorKind::Timeout, message))
        }
    }
}
