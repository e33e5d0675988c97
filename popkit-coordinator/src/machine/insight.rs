//! Insights: the pool, and who gets what.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use popkit_protocol::{AgentId, Envelope, Insight, InsightKind, Message, Timestamp};
use serde::{Deserialize, Serialize};

use super::Machine;
use super::effect::Doc;
use super::input::{InsightSettings, Pull};

/// Bytes of the content of one insight.
const CONTENT: usize = 8 * 1024;
/// Tags of one insight, and bytes of a tag.
const TAGS: (usize, usize) = (32, 128);
/// Insights that another start of an agent is sent at once.
const AGAIN: usize = 16;

/// The insights that count, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Pool(VecDeque<Pooled>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pooled {
    /// As it came, for sending on.
    envelope: Envelope,
    insight: Insight,
    phase: u32,
    since: Timestamp,
}

impl Pool {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn newest_first(&self) -> impl Iterator<Item = &Insight> {
        self.0.iter().rev().map(|pooled| &pooled.insight)
    }

    /// Drops those that are too old.
    pub(super) fn expire(&mut self, steady: Timestamp, ttl: Duration) {
        self.0.retain(|pooled| steady.since(pooled.since) < ttl);
    }

    /// The newest of those that an agent was sent, oldest first. All that it was sent are new
    /// to it again.
    fn sent_before(&mut self, agent: &AgentId, most: usize) -> Vec<Envelope> {
        let mut again = VecDeque::new();
        for pooled in self.0.iter_mut().rev().filter(|old| old.insight.consumed_by.contains(agent))
        {
            if again.len() < most {
                again.push_front(pooled.envelope.clone());
            } else {
                pooled.insight.consumed_by.retain(|reader| reader != agent);
            }
        }
        again.into()
    }

    fn has(&self, insight: &Insight, settings: &InsightSettings) -> bool {
        self.0.iter().any(|old| says_the_same(&old.insight, insight, settings.similarity_percent))
    }

    /// Those for an agent that asks: newest first, where wanted those of the phase before all
    /// others. Notes that it has them.
    fn pull(
        &mut self,
        agent: &AgentId,
        tags: &BTreeSet<String>,
        phase: u32,
        settings: &InsightSettings,
    ) -> Vec<Envelope> {
        let fits = |pooled: &&mut Pooled| {
            let insight = &pooled.insight;
            insight.is_new_to(agent) && (tags.is_empty() || shares(insight, tags, settings.overlap))
        };
        let mut all: Vec<&mut Pooled> = self.0.iter_mut().rev().filter(fits).collect();
        if settings.boost {
            all.sort_by_key(|pooled| pooled.phase != phase);
        }
        let most = usize::try_from(settings.pull).unwrap_or(usize::MAX);
        let take = |pooled: &mut Pooled| {
            pooled.insight.consume(agent);
            pooled.envelope.clone()
        };
        all.into_iter().take(most).map(take).collect()
    }
}

impl Machine {
    pub(super) fn insight(&mut self, agent: &AgentId, envelope: &Envelope) {
        let Message::Insight(insight) = &envelope.message else { return };
        if insight.from.agent() != Some(agent) {
            let reason = format!("the insight claims to be from {}", insight.from);
            self.dead(envelope, reason);
            return;
        }
        let (most, longest) = TAGS;
        let is_large = insight.content.len() > CONTENT
            || insight.tags.len() > most
            || insight.tags.iter().any(|tag| tag.len() > longest);
        if is_large {
            self.dead(
                envelope,
                "an insight has 8 KiB and 32 tags of 128 bytes at most; shorten it",
            );
            return;
        }
        if self.insights.has(insight, &self.settings.insights) {
            self.counters.same_insights += 1;
            return;
        }
        self.counters.insights += 1;
        match insight.kind {
            InsightKind::DocsNeeded => self.counters.docs_needed += 1,
            InsightKind::DocsUpdated => self.counters.docs_updated += 1,
            _ => {}
        }
        self.pool(insight.clone(), envelope.clone());
        if insight.kind == InsightKind::DocsUpdated {
            self.papers_changed(agent);
        }
        self.save(Doc::Insights);
    }

    fn pool(&mut self, mut insight: Insight, envelope: Envelope) {
        if self.settings.insights.share {
            for reader in self.readers(&insight) {
                insight.consume(&reader);
                self.pass_on(&envelope, &reader);
            }
        }
        let most = usize::try_from(self.settings.insights.pool).unwrap_or(usize::MAX).max(1);
        while self.insights.0.len() >= most {
            self.insights.0.pop_front();
        }
        let (phase, since) = (self.objective.current_phase, self.clock.steady());
        self.insights.0.push_back(Pooled { envelope, insight, phase, since });
    }

    /// Sends an insight on. It has as long to arrive as any has: in the pool it is kept longer
    /// than messages live.
    fn pass_on(&mut self, envelope: &Envelope, to: &AgentId) {
        let age = self.clock.wall().since(envelope.sent_at);
        let ttl = envelope.ttl.max(age.saturating_add(self.settings.insights.ttl));
        self.forward(&envelope.clone().with_ttl(ttl), to);
    }

    /// Another start of an agent has read nothing of what the earlier one was sent: the newest
    /// come once more, for the others it may ask.
    pub(super) fn share_again(&mut self, agent: &AgentId) {
        let again = self.insights.sent_before(agent, AGAIN);
        for envelope in &again {
            self.pass_on(envelope, agent);
        }
        if !again.is_empty() {
            self.save(Doc::Insights);
        }
    }

    /// The agents that an insight concerns at once.
    fn readers(&self, insight: &Insight) -> Vec<AgentId> {
        let overlap = self.settings.insights.overlap;
        let concerns = |agent: &AgentId| {
            insight.is_new_to(agent) && shares(insight, &self.tags_of(agent), overlap)
        };
        self.roster.present().into_iter().filter(concerns).collect()
    }

    /// What an agent works on: by its own word, and by the tasks it has.
    fn tags_of(&self, agent: &AgentId) -> BTreeSet<String> {
        let mut tags = self.jobs.tags_of(agent);
        tags.extend(self.roster.get(agent).into_iter().flat_map(|m| m.tags.iter().cloned()));
        tags
    }

    /// An agent checks in and asks for insights.
    pub(super) fn pull(&mut self, pull: Pull) {
        let Pull { agent, tags } = pull;
        let agent = &agent;
        if self.end().is_some() || !self.roster.is_present(agent) {
            return;
        }
        let mut wanted = self.tags_of(agent);
        wanted.extend(tags);
        let phase = self.objective.current_phase;
        let settings = self.settings.insights.clone();
        let pulled = self.insights.pull(agent, &wanted, phase, &settings);
        for envelope in &pulled {
            self.pass_on(envelope, agent);
        }
        if !pulled.is_empty() {
            self.save(Doc::Insights);
        }
    }
}

/// Whether enough tags are common. At least one must be.
fn shares(insight: &Insight, tags: &BTreeSet<String>, overlap: u32) -> bool {
    let common = insight.tags.iter().collect::<BTreeSet<_>>();
    let common = common.into_iter().filter(|tag| tags.contains(*tag)).count();
    common >= usize::try_from(overlap).unwrap_or(usize::MAX).max(1)
}

fn says_the_same(old: &Insight, new: &Insight, percent: u8) -> bool {
    if old.says_the_same(new) {
        return true;
    }
    if percent >= 100 || old.kind != new.kind {
        return false;
    }
    let words = |insight: &Insight| -> BTreeSet<String> {
        let text = insight.content.to_lowercase();
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (old, new) = (words(old), words(new));
    let (common, all) = (old.intersection(&new).count(), old.union(&new).count());
    all > 0 && common * 100 >= usize::from(percent) * all
}
