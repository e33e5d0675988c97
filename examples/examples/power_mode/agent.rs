//! An agent. It stands for a model or a person at an editor: what it finds is in the script,
//! what it hears is real.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use popkit_coordinator::agent::handle::Report;
use popkit_coordinator::{AgentHandle, AgentOptions, Order};
use popkit_protocol::message::{HumanRequired, PhaseStart};
use popkit_protocol::{AgentId, Insight, InsightKind, Object};

use crate::script::{ASKS, FOUND, TEAM, file};
use crate::session::{Failure, Stage, say};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Tool calls of one agent, and how many of them lie between two check-ins.
const CALLS: (u32, u32) = (6, 3);

struct Agent<'n> {
    name: &'n str,
    session: AgentHandle,
    /// What the others have found.
    heard: Vec<Insight>,
    /// What a check-in brought beside insights.
    orders: VecDeque<Order>,
}

/// Joins the session and does what it is told, until the session is over.
pub(crate) async fn work(stage: &Stage, name: &str) -> Result<(), Failure> {
    let (_, tags) = TEAM.iter().find(|(member, _)| *member == name).ok_or("no such agent")?;
    let options = AgentOptions::new(AgentId::new(name)?).with_tags(*tags);
    let options = options.with_period(Duration::from_secs(5)).with_check_in_every(CALLS.1);
    let session = stage.join(options).await?;
    Agent { name, session, heard: Vec::new(), orders: VecDeque::new() }.live().await
}

impl Agent<'_> {
    async fn live(&mut self) -> Result<(), Failure> {
        loop {
            let order = match self.orders.pop_front() {
                Some(order) => Some(order),
                None => self.session.next(PATIENCE).await?,
            };
            match order.ok_or("nobody says anything any more")? {
                Order::Barrier(barrier) => self.session.arrive(&barrier).await?,
                Order::Phase(start) => self.phase(start).await?,
                Order::Insight(insight) => self.heard.push(*insight),
                Order::Ended(ended) if ended.is_complete() => return Ok(()),
                Order::Ended(ended) => return Err(ended.how().to_owned().into()),
                _ => {}
            }
        }
    }

    async fn phase(&mut self, start: PhaseStart) -> Result<(), Failure> {
        let report = match start.phase.as_str() {
            "explore" => self.explore().await?,
            "design" => self.design(&start).await?,
            "implement" => self.implement().await?,
            _ => self.review(&start).await?,
        };
        let report = report.with_approach(format!("{} by {}", start.phase, self.name), "sign-in");
        self.session.report(start.phase_index, report).await?;
        Ok(())
    }

    async fn explore(&self) -> Result<Report, Failure> {
        for (_, text, tag) in FOUND.iter().filter(|(by, ..)| *by == self.name) {
            self.session.share(InsightKind::Discovery, *text, [*tag]).await?;
            self.tell(&format!("found: {text} [{tag}]"))?;
        }
        Ok(Report::done())
    }

    /// With all that the others have found, and with what came out of the phase before.
    async fn design(&mut self, start: &PhaseStart) -> Result<Report, Failure> {
        let all = FOUND.iter().filter(|(by, ..)| *by != self.name).map(|(_, text, _)| *text);
        self.hear(all.collect()).await?;
        let before = results_of(start)?;
        let built_on = self.heard.len();
        self.tell(&format!("designs with {built_on} insights and the results of {before:?}"))?;
        Ok(Report::done().with("built_on", &built_on)?.with("results_of", &before)?)
    }

    async fn implement(&mut self) -> Result<Report, Failure> {
        let file = file(self.name);
        self.session.share(InsightKind::Discovery, format!("I change {file}"), ["sign-in"]).await?;
        let mut report = Report::done();
        if self.name == ASKS.0 {
            self.tell(&format!("asks a person: {}", ASKS.1))?;
            let ruling = self.session.decide(HumanRequired::new(ASKS.1), PATIENCE).await?;
            let answer = if ruling.approved { "yes" } else { "no" };
            self.tell(&format!("was told {answer}: {}", ruling.notes.unwrap_or_default()))?;
            report = report.with("allowed", &ruling.approved)?;
        }
        for _ in 0..CALLS.0 {
            self.session.touched(file);
            let Some(check_in) = self.session.tool_call("Edit").await? else { continue };
            self.tell(&format!("checks in, and learns of {} insights", check_in.insights.len()))?;
            self.heard.extend(check_in.insights);
            self.orders.extend(check_in.orders);
        }
        Ok(report.with("file", file)?.with("tool_calls", &self.session.state().tool_call_count)?)
    }

    async fn review(&mut self, start: &PhaseStart) -> Result<Report, Failure> {
        let others = TEAM.iter().filter(|(member, _)| *member != self.name);
        let all: Vec<_> = others.map(|(member, _)| format!("I change {}", file(member))).collect();
        self.hear(all.iter().map(String::as_str).collect()).await?;
        let before = results_of(start)?;
        self.tell(&format!("has read the results of {before:?}: nothing to say against them"))?;
        Ok(Report::done().with("results_of", &before)?)
    }

    /// Asks for insights until it has heard all of these, each of them once.
    async fn hear(&mut self, mut missing: BTreeSet<&str>) -> Result<(), Failure> {
        let mut ids = BTreeSet::new();
        for insight in &self.heard {
            missing.remove(insight.content.as_str());
            ids.insert(insight.id.clone());
        }
        while !missing.is_empty() {
            let found = self.session.pull(["mail"], PATIENCE).await?;
            if found.is_empty() {
                return Err(format!("{} has never heard {missing:?}", self.name).into());
            }
            for insight in found {
                missing.remove(insight.content.as_str());
                if !ids.insert(insight.id.clone()) {
                    return Err(format!("{} heard twice: {}", self.name, insight.content).into());
                }
                self.heard.push(insight);
            }
        }
        Ok(())
    }

    fn tell(&self, what: &str) -> Result<(), Failure> {
        say(format!("  {}: {what}", self.name))
    }
}

/// Whose results of the phase before are handed on.
fn results_of(start: &PhaseStart) -> Result<BTreeSet<String>, Failure> {
    let agent = |json: &popkit_protocol::Json| -> Result<String, Failure> {
        let result: Object = json.decode()?;
        Ok(result.get("agent").ok_or("a result that does not say whose it is")?)
    };
    start.previous_results.iter().map(agent).collect()
}
