//! An agent: it says that its part of each phase is done, until it is killed or the session ends.

use std::time::Duration;

use popkit_coordinator::agent::handle::Report;
use popkit_coordinator::{AgentOptions, Order};
use popkit_protocol::AgentId;

use crate::VICTIM;
use crate::session::{Failure, Stage, say};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn work(stage: &Stage, name: &str) -> Result<(), Failure> {
    let options = AgentOptions::new(AgentId::new(name)?).with_period(Duration::from_secs(1));
    let session = stage.join(options).await?;
    loop {
        let order = session.next(PATIENCE).await?;
        match order.ok_or("nobody says anything any more")? {
            Order::Barrier(barrier) if (name, barrier.name.as_str()) == VICTIM => {
                say(format!("  {name}: the others have to wait, this takes long"))?;
                // Its heartbeats go on, so it is waited for.
                tokio::time::sleep(PATIENCE).await;
            }
            Order::Barrier(barrier) => {
                session.arrive(&barrier).await?;
                say(format!("  {name}: stands at {}", barrier.name))?;
            }
            Order::Phase(start) => {
                say(format!("  {name}: does its part of {}", start.phase))?;
                let approach = format!("{} by {name}", start.phase);
                let report = Report::done().with_approach(approach, "failover");
                session.report(start.phase_index, report).await?;
            }
            Order::AgentDown(down) => say(format!("  {name}: hears that {} is lost", down.agent))?,
            Order::Ended(ended) if ended.is_complete() => return Ok(()),
            Order::Ended(ended) => return Err(ended.how().to_owned().into()),
            _ => {}
        }
    }
}
