//! What all of it costs while nothing happens.

use std::collections::BTreeMap;
use std::time::Duration;

use popkit_benches::Failure;
use popkit_coordinator::Shutdown;
use tokio::time::{Instant, sleep};

use crate::coordinator::Leader;
use crate::crowd::Crowd;
use crate::scene::Scene;
use crate::{Args, say};

/// The lease of a worker that says nothing of it.
const LEASE: Duration = Duration::from_secs(15);
/// What has just happened is over by then.
const SETTLE: Duration = Duration::from_secs(5);

/// Lets all agents wait for orders and for work, and measures the coordinator's share of a
/// processor; then what the server is asked with the coordinator, and without it.
pub(crate) async fn measure(
    scene: &Scene,
    crowd: &Crowd,
    leader: &mut Leader,
    args: &Args,
) -> Result<(), Failure> {
    let shutdown = Shutdown::new();
    let working = crowd.work(LEASE, &shutdown)?;
    sleep(SETTLE.min(args.rest())).await;
    let (before, begun) = (leader.processor()?, Instant::now());
    let together = watch(scene, args).await;
    let used = leader.processor()?.saturating_sub(before);
    let share = used.as_secs_f64() / begun.elapsed().as_secs_f64() * 100.0;
    say(format!("| coordinator while all are idle, in % of a core | {share:.2} | | | < 5 |"))?;
    if together.is_empty() {
        shutdown.drain();
        return working.end().await;
    }
    leader.kill()?;
    let agents = watch(scene, args).await;
    shutdown.drain();
    working.end().await?;
    say("\n| commands per second of the server while all are idle | agents | coordinator |")?;
    say("|---|--:|--:|")?;
    let span = args.rest().as_secs_f64().max(1.0);
    let row = |what: &str, pick: &dyn Fn(&BTreeMap<String, u64>) -> u64| {
        let (all, agents) = (pick(&together), pick(&agents));
        #[allow(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = |count: u64| count as f64 / span;
        let (agents, coordinator) = (rate(agents), rate(all) - rate(agents));
        say(format!("| {what} | {agents:.1} | {coordinator:.1} |"))
    };
    row("all, those of scripts among them", &|commands| commands.values().sum())?;
    for name in together.keys() {
        row(&format!("`{name}`"), &|commands| commands.get(name).copied().unwrap_or(0))?;
    }
    Ok(())
}

/// What the server is asked meanwhile.
async fn watch(scene: &Scene, args: &Args) -> BTreeMap<String, u64> {
    scene.reset();
    sleep(args.rest()).await;
    scene.commands()
}
