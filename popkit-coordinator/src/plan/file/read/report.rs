//! Everything that is wrong, as it is found.

use crate::plan::file::PlanIssue;
use crate::plan::file::place::Place;

/// Pairs of characters that are compared in one file: a suggestion is no reason to take long.
const COMPARISONS: usize = 20_000_000;

#[derive(Debug, Default)]
pub(crate) struct Report {
    issues: Vec<PlanIssue>,
    comparisons: usize,
}

impl Report {
    pub(crate) fn new(issues: Vec<PlanIssue>) -> Self {
        Self { issues, comparisons: 0 }
    }

    pub(crate) fn add(&mut self, place: Place, message: impl Into<String>) {
        self.issues.push(place.issue(message));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.issues.is_empty()
    }

    pub(crate) fn into_issues(self) -> Vec<PlanIssue> {
        self.issues
    }

    /// The known name that was probably meant.
    pub(crate) fn nearest<'k>(
        &mut self,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Option<&'k str> {
        let length = name.chars().count();
        let most = (length / 3).clamp(1, 3);
        if length > 128 {
            return None;
        }
        let mut best: Option<(usize, &str)> = None;
        for candidate in known {
            if self.comparisons >= COMPARISONS {
                break;
            }
            self.comparisons += 1;
            if candidate.len().abs_diff(name.len()) > 4 * most {
                continue;
            }
            self.comparisons += candidate.len() * name.len();
            let (a, b) = (name.to_ascii_lowercase(), candidate.to_ascii_lowercase());
            let distance = strsim::osa_distance(&a, &b);
            if distance <= most
                && distance < length
                && best.is_none_or(|(least, _)| distance < least)
            {
                best = Some((distance, candidate));
            }
        }
        best.map(|(_, name)| name)
    }

    /// ` (did you mean "x"?)`, or what `otherwise` says when nothing is near.
    pub(crate) fn hint<'k>(
        &mut self,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
        otherwise: &str,
    ) -> String {
        match self.nearest(name, known) {
            Some(near) => format!(" (did you mean {near:?}?)"),
            None => format!(" ({otherwise})"),
        }
    }
}
