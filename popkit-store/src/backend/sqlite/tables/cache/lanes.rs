//! The lane registry, as the writer last read it.

use std::collections::HashMap;
use std::sync::Arc;

use popkit_protocol::{LaneKey, Profile, Requirement};

use super::super::lane::read_rule;
use super::super::statements::Statements;
use crate::LaneRule;
use crate::backend::sqlite::classify::{Sql, corrupt};

/// Profiles whose lanes are remembered: more than the agents of one process need.
const KNOWN: usize = 64;

#[derive(Debug, Default)]
pub(in crate::backend::sqlite) struct Lanes {
    /// In the order of their numbers, which are never used again.
    lanes: Vec<(u32, Requirement)>,
    /// The rules that there are: few lanes have one.
    rules: Vec<(u32, LaneRule)>,
    keys: HashMap<LaneKey, u32>,
    known: Vec<(Profile, Arc<[u32]>)>,
    /// The version in the table that this is a copy of; none: it is to be read again.
    version: Option<i64>,
    /// Lanes that the running job has asked for: nothing stands in them yet, but will.
    pinned: Vec<u32>,
}

impl Lanes {
    pub(in crate::backend::sqlite) fn is_at(&self, version: i64) -> bool {
        self.version == Some(version)
    }

    pub(in crate::backend::sqlite) fn forget(&mut self) {
        self.version = None;
        self.pinned.clear();
    }

    pub(in crate::backend::sqlite) fn unpin(&mut self) {
        self.pinned.clear();
    }

    pub(in crate::backend::sqlite) fn pin(&mut self, number: u32) {
        if !self.pinned.contains(&number) {
            self.pinned.push(number);
        }
    }

    pub(in crate::backend::sqlite) fn load(
        &mut self,
        sql: &mut Statements<'_>,
        version: i64,
    ) -> Sql<()> {
        self.lanes.clear();
        self.rules.clear();
        self.keys.clear();
        self.known.clear();
        let mut rows = sql.lanes.query([])?;
        while let Some(row) = rows.next()? {
            let number: u32 = row.get(0)?;
            let text = row.get_ref(1)?.as_str().map_err(|e| corrupt(e.to_string()))?;
            let requirement: Requirement =
                serde_json::from_str(text).map_err(|e| corrupt(format!("lane {number}: {e}")))?;
            self.keys.insert(requirement.lane(), number);
            self.lanes.push((number, requirement));
            self.put_rule(number, read_rule(row, 2)?);
        }
        self.version = Some(version);
        Ok(())
    }

    pub(in crate::backend::sqlite) fn number(&self, key: LaneKey) -> Option<u32> {
        self.keys.get(&key).copied()
    }

    pub(in crate::backend::sqlite) fn len(&self) -> usize {
        self.lanes.len()
    }

    fn put_rule(&mut self, number: u32, rule: LaneRule) {
        self.rules.retain(|(other, _)| *other != number);
        if !rule.is_none() {
            self.rules.push((number, rule));
        }
    }

    pub(in crate::backend::sqlite) fn rule(&self, number: u32) -> LaneRule {
        let found = self.rules.iter().find(|(other, _)| *other == number);
        found.map(|(_, rule)| *rule).unwrap_or_default()
    }

    pub(in crate::backend::sqlite) fn set_rule(
        &mut self,
        number: u32,
        rule: LaneRule,
        version: i64,
    ) {
        self.put_rule(number, rule);
        self.known.clear();
        self.version = Some(version);
    }

    pub(in crate::backend::sqlite) fn is_limited(&self, number: u32) -> bool {
        self.rules.iter().any(|(other, rule)| *other == number && rule.limit.is_some())
    }

    /// The first lane that nothing stands in, nobody asked for and no rule is kept of.
    pub(in crate::backend::sqlite) fn free(&self, is_empty: impl Fn(u32) -> bool) -> Option<u32> {
        let kept = |number| self.pinned.contains(&number) || !self.rule(number).is_none();
        let mut numbers = self.lanes.iter().map(|(number, _)| *number);
        numbers.find(|number| !kept(*number) && is_empty(*number))
    }

    pub(in crate::backend::sqlite) fn add(
        &mut self,
        number: u32,
        requirement: &Requirement,
        version: i64,
    ) {
        self.keys.insert(requirement.lane(), number);
        self.lanes.push((number, requirement.clone()));
        self.known.clear();
        self.version = Some(version);
    }

    pub(in crate::backend::sqlite) fn remove(&mut self, number: u32) {
        self.lanes.retain(|(other, _)| *other != number);
        self.keys.retain(|_, other| *other != number);
        self.known.clear();
    }

    pub(in crate::backend::sqlite) fn eligible(&mut self, profile: &Profile) -> Arc<[u32]> {
        let same = |known: &Profile| known.is_same(profile) || known == profile;
        if let Some((_, lanes)) = self.known.iter().find(|(known, _)| same(known)) {
            return Arc::clone(lanes);
        }
        let serves = self.lanes.iter().filter(|(_, requirement)| profile.serves(requirement));
        let numbers = serves.map(|(number, _)| *number);
        let lanes: Arc<[u32]> = numbers.filter(|number| !self.rule(*number).paused).collect();
        if self.known.len() == KNOWN {
            self.known.remove(0);
        }
        self.known.push((profile.clone(), Arc::clone(&lanes)));
        lanes
    }
}
