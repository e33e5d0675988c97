//! The boundaries of an objective, as far as the machine holds them. The others are the
//! guard's.

use std::time::Duration;

use popkit_protocol::session::{BoundaryKind, ViolationAction};
use popkit_protocol::{Boundary, Objective};

use crate::machine::input::Settings;

/// What happens when a limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::machine) enum Breach {
    /// It is noted.
    Note,
    /// The session ends.
    End,
    /// A person decides.
    Ask,
}

/// The limits of a session. The first boundary of a kind that counts and can be read wins
/// over the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::machine) struct Bounds {
    pub(in crate::machine) runtime: Duration,
    pub(in crate::machine) on_runtime: Breach,
    pub(in crate::machine) cost_micros: Option<u64>,
    pub(in crate::machine) on_cost: Breach,
    /// Globs of the files that may be touched; empty: all.
    pub(in crate::machine) files: Vec<String>,
}

pub(in crate::machine) fn bounds(objective: &Objective, settings: &Settings) -> Bounds {
    let find = |kind: BoundaryKind| {
        let mut all = objective.boundaries.iter();
        all.find_map(|b| Some((number(b).filter(|_| b.enforced && b.kind == kind)?, breach(b))))
    };
    let (runtime, on_runtime) = match find(BoundaryKind::TimeLimit) {
        Some((secs, breach)) => (Duration::from_secs_f64(secs), breach),
        None => (settings.limits.runtime, Breach::Ask),
    };
    let (cost_micros, on_cost) = match find(BoundaryKind::CostLimit) {
        Some((amount, breach)) => (Some(micros(amount)), breach),
        None => (settings.limits.cost_micros, Breach::Ask),
    };
    let is_files = |b: &&Boundary| b.enforced && b.kind == BoundaryKind::FilePattern;
    let files = objective.boundaries.iter().filter(is_files).filter_map(Boundary::texts).flatten();
    Bounds { runtime, on_runtime, cost_micros, on_cost, files: files.collect() }
}

/// A number that can be a limit: up to a thousand years, or as many units of a currency.
fn number(boundary: &Boundary) -> Option<f64> {
    boundary.number().filter(|n| (0.0..=3.0e10).contains(n))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 3e16, see `number`"
)]
fn micros(amount: f64) -> u64 {
    (amount * 1e6).round() as u64
}

fn breach(boundary: &Boundary) -> Breach {
    match boundary.violation_action {
        ViolationAction::Alert => Breach::Note,
        ViolationAction::Block => Breach::End,
        // Whatever comes later is stricter than a note.
        _ => Breach::Ask,
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::{Json, RandomIds, Timestamp};

    use super::*;

    fn boundary(kind: BoundaryKind, value: &str, action: ViolationAction) -> Boundary {
        Boundary::new(kind, "x", Json::from_text(value).unwrap(), action)
    }

    #[test]
    fn boundaries_win_over_settings_where_they_count() {
        let time = |value| boundary(BoundaryKind::TimeLimit, value, ViolationAction::Block);
        let cost = boundary(BoundaryKind::CostLimit, "2.5", ViolationAction::Alert);
        let files = boundary(BoundaryKind::FilePattern, "[\"src/**\"]", ViolationAction::Alert);
        let all =
            [time("1e99"), time("-1"), time("90").with_enforced(false), time("60"), cost, files];
        let objective = Objective::new(&RandomIds, Timestamp::EPOCH, "x").with_boundaries(all);
        let found = bounds(&objective, &Settings::default());
        assert_eq!((found.runtime.as_secs(), found.on_runtime), (60, Breach::End));
        assert_eq!((found.cost_micros, found.on_cost), (Some(2_500_000), Breach::Note));
        assert_eq!(found.files, ["src/**"]);
    }
}
