//! The newest names of something.

use std::collections::{BTreeSet, VecDeque};

/// Names that are remembered; the oldest gives way.
const MOST: usize = 1024;

/// The newest names.
#[derive(Debug)]
pub(super) struct Recent<T> {
    all: BTreeSet<T>,
    order: VecDeque<T>,
}

impl<T: Ord + Clone> Recent<T> {
    pub(super) fn new() -> Self {
        Self { all: BTreeSet::new(), order: VecDeque::new() }
    }

    /// Notes a name; `false` where it is remembered.
    pub(super) fn is_new(&mut self, name: T) -> bool {
        if !self.all.insert(name.clone()) {
            return false;
        }
        self.order.push_back(name);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_name_is_forgotten() {
        let mut recent = Recent::new();
        assert!((0..=MOST).all(|name| recent.is_new(name)));
        assert!(!recent.is_new(MOST) && !recent.is_new(1));
        assert!(recent.is_new(0), "it was forgotten");
        assert_eq!((recent.all.len(), recent.order.len()), (MOST, MOST));
    }
}
