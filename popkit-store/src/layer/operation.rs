//! The calls of the two seams, named.

use std::fmt;

/// One call of [`TaskStore`](crate::TaskStore) or [`StateStore`](crate::StateStore): what a
/// deadline or an injected fault is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operation {
    /// [`TaskStore::insert_opts`](crate::TaskStore::insert_opts).
    Insert,
    /// [`TaskStore::step`](crate::TaskStore::step).
    Step,
    /// [`TaskStore::heartbeat`](crate::TaskStore::heartbeat).
    Heartbeat,
    /// [`TaskStore::wait`](crate::TaskStore::wait).
    Wait,
    /// [`TaskStore::change`](crate::TaskStore::change).
    Change,
    /// [`TaskStore::get_many`](crate::TaskStore::get_many).
    Get,
    /// [`TaskStore::query`](crate::TaskStore::query).
    Query,
    /// [`TaskStore::counts`](crate::TaskStore::counts).
    Counts,
    /// [`TaskStore::history`](crate::TaskStore::history).
    History,
    /// [`TaskStore::prune`](crate::TaskStore::prune).
    Prune,
    /// [`TaskStore::close`](crate::TaskStore::close).
    Close,
    /// [`StateStore::load`](crate::StateStore::load).
    Load,
    /// [`StateStore::append`](crate::StateStore::append).
    Append,
    /// [`StateStore::save`](crate::StateStore::save).
    Save,
    /// [`StateStore::delete`](crate::StateStore::delete).
    Delete,
    /// [`StateStore::list`](crate::StateStore::list).
    List,
    /// [`TaskStore::set_lane`](crate::TaskStore::set_lane).
    SetLane,
    /// [`TaskStore::lanes`](crate::TaskStore::lanes).
    Lanes,
}

impl Operation {
    /// Its name, as [`Error::operation`](crate::Error::operation) gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Step => "step",
            Self::Heartbeat => "heartbeat",
            Self::Wait => "wait",
            Self::Change => "change",
            Self::Get => "get",
            Self::Query => "query",
            Self::Counts => "counts",
            Self::History => "history",
            Self::Prune => "prune",
            Self::Close => "close",
            Self::Load => "load",
            Self::Append => "append",
            Self::Save => "save",
            Self::Delete => "delete",
            Self::List => "list",
            Self::SetLane => "set_lane",
            Self::Lanes => "lanes",
        }
    }

    /// Whether it changes nothing that a caller could see. A wait is no read: a store with
    /// hand-off claims in it.
    #[must_use]
    pub const fn is_read(self) -> bool {
        matches!(
            self,
            Self::Get
                | Self::Query
                | Self::Counts
                | Self::History
                | Self::Load
                | Self::List
                | Self::Lanes
        )
    }
}

impl From<Operation> for u64 {
    /// Its place in the list: what chance of its own follows from.
    fn from(operation: Operation) -> Self {
        operation as Self
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
