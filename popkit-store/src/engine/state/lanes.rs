//! The lane registry and the ready tasks.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use popkit_protocol::{LaneKey, Profile, Requirement, Score};

use crate::{Error, ErrorKind, LaneCount, LaneRule, LaneStatus, Result};

#[derive(Debug)]
pub(super) struct LaneBook {
    max: usize,
    lanes: Vec<LaneState>,
    keys: HashMap<LaneKey, u32>,
    /// What was found out for the profiles seen last; emptied when the lanes change.
    known: Vec<(Profile, Arc<[u32]>)>,
}

/// Profiles whose lanes are remembered: more than the agents of one process need.
const KNOWN: usize = 64;

#[derive(Debug)]
struct LaneState {
    requirement: Requirement,
    rule: LaneRule,
    ready: BTreeSet<Score>,
    /// Leases of its tasks.
    held: u64,
    /// Tasks of it that have not ended.
    open: u64,
    /// Registered for a task that is about to come: it must not give way to another lane of
    /// the same batch.
    reserved: bool,
}

impl LaneState {
    fn status(&self) -> LaneStatus {
        let ready = self.ready.len() as u64;
        LaneStatus::new(self.requirement.clone(), self.rule).counted(ready, self.held, self.open)
    }

    fn claimable(&self) -> u64 {
        self.rule.places(self.held).min(self.ready.len() as u64)
    }
}

impl LaneBook {
    pub(super) fn new(max: usize) -> Self {
        Self { max, lanes: Vec::new(), keys: HashMap::new(), known: Vec::new() }
    }

    pub(super) fn register(&mut self, requirement: &Requirement) -> Result<()> {
        let key = requirement.lane();
        if let Some((_, lane)) = self.lane(key) {
            lane.reserved = true;
            return Ok(());
        }
        let lane = LaneState {
            requirement: requirement.clone(),
            rule: LaneRule::default(),
            ready: BTreeSet::new(),
            held: 0,
            open: 0,
            reserved: true,
        };
        let number = if self.keys.len() < self.max {
            self.lanes.push(lane);
            self.lanes.len() - 1
        } else {
            let idle = |lane: &LaneState| !lane.reserved && lane.open == 0 && lane.rule.is_none();
            let Some(free) = self.lanes.iter().position(idle) else {
                // The batch is refused: nothing will come to the lanes it reserved.
                self.lanes.iter_mut().for_each(|lane| lane.reserved = false);
                return Err(full(self.max, requirement));
            };
            if let Some(slot) = self.lanes.get_mut(free) {
                self.keys.remove(&slot.requirement.lane());
                *slot = lane;
            }
            free
        };
        self.keys.insert(key, u32::try_from(number).unwrap_or(u32::MAX));
        self.known.clear();
        Ok(())
    }

    pub(super) fn eligible(&mut self, profile: &Profile) -> Arc<[u32]> {
        let same = |known: &Profile| known.is_same(profile) || known == profile;
        if let Some((_, lanes)) = self.known.iter().find(|(known, _)| same(known)) {
            return Arc::clone(lanes);
        }
        let numbered = (0_u32..).zip(&self.lanes);
        let lanes: Arc<[u32]> = numbered
            .filter(|(_, lane)| !lane.rule.paused && profile.serves(&lane.requirement))
            .map(|(number, _)| number)
            .collect();
        if self.known.len() == KNOWN {
            self.known.remove(0);
        }
        self.known.push((profile.clone(), Arc::clone(&lanes)));
        lanes
    }

    pub(super) fn head(&self, lane: u32) -> Option<Score> {
        let lane = self.lanes.get(lane as usize)?;
        if lane.rule.places(lane.held) == 0 {
            return None;
        }
        lane.ready.first().copied()
    }

    /// How many tasks of a lane can be claimed now.
    pub(super) fn claimable(&self, lane: u32) -> u64 {
        self.lanes.get(lane as usize).map_or(0, LaneState::claimable)
    }

    /// Sets a lane's rule. Where more can be claimed by it than before, answers with the
    /// lane and how many more.
    pub(super) fn set_rule(&mut self, key: LaneKey, rule: LaneRule) -> Option<(u32, u64)> {
        let (number, lane) = self.lane(key)?;
        // A rule needs no task to come.
        lane.reserved = false;
        let before = (lane.rule, lane.claimable());
        lane.rule = rule;
        let more = lane.claimable().saturating_sub(before.1);
        if before.0.paused != rule.paused {
            self.known.clear();
        }
        (more > 0).then_some((number, more))
    }

    pub(super) fn status(&self, requirement: &Requirement) -> LaneStatus {
        let lane = self.keys.get(&requirement.lane());
        match lane.and_then(|number| self.lanes.get(*number as usize)) {
            Some(lane) => lane.status(),
            None => LaneStatus::new(requirement.clone(), LaneRule::default()),
        }
    }

    /// In the order of the requirements, without the lanes that are not used.
    pub(super) fn statuses(&self) -> Vec<LaneStatus> {
        let mut all: Vec<_> =
            self.lanes.iter().map(LaneState::status).filter(LaneStatus::is_used).collect();
        all.sort_by(|a, b| a.requirement.cmp(&b.requirement));
        all
    }

    fn lane(&mut self, key: LaneKey) -> Option<(u32, &mut LaneState)> {
        let number = *self.keys.get(&key)?;
        Some((number, self.lanes.get_mut(number as usize)?))
    }

    pub(super) fn add_ready(&mut self, key: LaneKey, score: Score) -> Option<u32> {
        let (number, lane) = self.lane(key)?;
        lane.ready.insert(score);
        Some(number)
    }

    pub(super) fn remove_ready(&mut self, key: LaneKey, score: Score) {
        if let Some((_, lane)) = self.lane(key) {
            lane.ready.remove(&score);
        }
    }

    pub(super) fn lease_began(&mut self, key: LaneKey) {
        if let Some((_, lane)) = self.lane(key) {
            lane.held += 1;
        }
    }

    /// Answers with the lane where that frees a place in it.
    pub(super) fn lease_ended(&mut self, key: LaneKey) -> Option<u32> {
        let (number, lane) = self.lane(key)?;
        lane.held -= 1;
        lane.rule.limit.map(|_| number)
    }

    pub(super) fn opened(&mut self, key: LaneKey) {
        if let Some((_, lane)) = self.lane(key) {
            lane.open += 1;
            lane.reserved = false;
        }
    }

    pub(super) fn ended(&mut self, key: LaneKey) {
        if let Some((_, lane)) = self.lane(key) {
            lane.open -= 1;
        }
    }

    pub(super) fn requirement(&self, lane: u32) -> Option<&Requirement> {
        self.lanes.get(lane as usize).map(|lane| &lane.requirement)
    }

    /// In the order of the requirements, without the lanes that nothing stands in.
    pub(super) fn counts(&self) -> Vec<LaneCount> {
        let used = self.lanes.iter().filter(|lane| lane.open > 0);
        let mut counts: Vec<_> = used
            .map(|l| LaneCount::new(l.requirement.clone(), l.ready.len() as u64, l.open))
            .collect();
        counts.sort_by(|a, b| a.requirement.cmp(&b.requirement));
        counts
    }
}

/// The refusal of a lane too many.
pub(crate) fn full(max: usize, requirement: &Requirement) -> Error {
    let message = format!(
        "{requirement} needs a lane, and all {max} lanes of the store are in use; \
         use fewer combinations of kind, capabilities and agent, or open the store with more lanes"
    );
    Error::new(ErrorKind::Full, message)
}
