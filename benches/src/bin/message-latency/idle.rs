//! What a reader costs that is told nothing.

use std::time::Duration;

use popkit_benches::peer::{Peer, end_with_parent};
use popkit_benches::{Failure, clock};
use popkit_protocol::Channel;
use popkit_transport::TransportExt as _;
use tokio::time::Instant;

use crate::between::say;
use crate::{Args, Bench, Role, runtime};

/// How often a reader looks that nobody wakes, by default.
const POLL: Duration = Duration::from_millis(50);

/// How an idle process passes its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It reads so many channels, with notices of the system or by polling alone.
    Reading { channels: usize, watch: bool },
    /// The floor: a timer at the pace of polling.
    Timer,
}

impl Bench {
    /// The share of one processor that each of these idle processes takes, in percent. They are
    /// idle at the same time.
    pub(crate) fn idle(&self, rests: &[Rest]) -> Result<Vec<f64>, Failure> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        let mut peers = Vec::new();
        for (number, rest) in rests.iter().enumerate() {
            let mut more = vec![format!("--idle-s={}", self.args.idle_s)];
            let role = match rest {
                Rest::Timer => Role::Timer,
                Rest::Reading { channels, watch } => {
                    let path = folder.path().join(number.to_string());
                    more.push(format!("--open=file:{}?watch={watch}", path.display()));
                    more.push(format!("--channels={channels}"));
                    Role::Idle
                }
            };
            peers.push(Self::peer(role, &more)?);
        }
        let percent = |peer: &mut Peer| Ok(peer.hear()?.parse()?);
        peers.iter_mut().map(percent).collect()
    }
}

/// The second process: rests, and says how much of a processor that took.
pub(crate) fn rest(role: Role, args: &Args) -> Result<(), Failure> {
    end_with_parent()?;
    let rest = Duration::from_secs_f64(args.idle_s);
    runtime(1)?.block_on(async {
        if role == Role::Timer {
            return measure(async {
                let until = Instant::now() + rest;
                while Instant::now() < until {
                    tokio::time::sleep(POLL).await;
                }
                Ok(())
            })
            .await;
        }
        let transport = popkit_transport::open(&args.open).await?;
        let names = (0..args.channels).map(|number| Channel::new(format!("idle:{number}")));
        let channels = names.collect::<Result<Vec<_>, _>>()?;
        let mut reader = transport.subscribe(&channels).await?;
        measure(async {
            match reader.next_within(rest).await? {
                Some(event) => Err(format!("nothing is due, yet {event:?} is told").into()),
                None => Ok(()),
            }
        })
        .await
    })
}

async fn measure(rest: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    say("ready")?;
    let (used, begun) = (clock::processor(), clock::monotonic());
    rest.await?;
    let (used, passed) = (clock::processor() - used, clock::monotonic() - begun);
    #[allow(clippy::cast_precision_loss, reason = "a share for people")]
    say(used as f64 / passed as f64 * 100.0)
}
