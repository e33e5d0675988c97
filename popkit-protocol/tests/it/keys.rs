//! Different names never meet under one key.

use std::collections::{BTreeSet, HashMap};

use popkit_protocol::id::file_name;
use popkit_protocol::task::Requirement;
use popkit_protocol::{AgentId, Capability, LaneKey, TaskKind};
use proptest::prelude::*;

use crate::strategies::{requirement, task_id};

/// Requirements over few and short names, so that parts of one are parts of another.
fn near() -> impl Strategy<Value = Requirement> {
    let name = || prop::sample::select(vec!["a", "b", "ab", "a-b", "a.b", "kind", "all", "agent"]);
    let all = prop::collection::btree_set(name(), 0..4);
    (name(), all, prop::option::of(name())).prop_map(|(kind, all, agent)| {
        let mut wants = Requirement::new(TaskKind::new(kind).unwrap());
        wants.capabilities = all.into_iter().map(|c| Capability::new(c).unwrap()).collect();
        wants.agent = agent.map(|a| AgentId::new(a).unwrap());
        wants
    })
}

proptest! {
    #[test]
    fn different_requirements_have_different_lanes(
        all in prop::collection::vec(prop_oneof![near(), requirement()], 2..24),
    ) {
        let mut lanes: HashMap<LaneKey, &Requirement> = HashMap::new();
        for wants in &all {
            let same = *lanes.entry(wants.lane()).or_insert(wants);
            prop_assert_eq!(same, wants);
        }
    }

    #[test]
    fn a_lane_does_not_depend_on_the_order_of_making(wants in requirement()) {
        let mut other = Requirement::new(wants.kind.clone());
        other.agent = wants.agent.clone();
        other.capabilities = wants.capabilities.iter().rev().cloned().collect();
        prop_assert_eq!(other.lane(), wants.lane());
        prop_assert_eq!(wants.lane().to_string().parse::<LaneKey>(), Ok(wants.lane()));
    }

    #[test]
    fn different_ids_have_different_file_names_whatever_the_case(
        ids in prop::collection::btree_set(task_id(), 2..8),
    ) {
        let mut twins = BTreeSet::new();
        for id in &ids {
            twins.insert(id.as_str().to_owned());
            twins.insert(id.as_str().to_ascii_lowercase());
            twins.insert(id.as_str().to_ascii_uppercase());
        }
        let names: BTreeSet<String> =
            twins.iter().map(|id| file_name(id).to_ascii_lowercase()).collect();
        prop_assert_eq!(names.len(), twins.len());
        prop_assert!(names.iter().all(|name| !name.contains(['/', '\\', ':']) && name != ".."));
    }
}
