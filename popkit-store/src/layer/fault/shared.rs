//! What all clones of a fault layer share.

use popkit_protocol::layer::FaultPlan;
use tokio::sync::watch;

use super::FaultOptions;
use crate::layer::Operation;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) plan: FaultPlan<Operation>,
    link: watch::Sender<Link>,
}

/// The way to the store. The number of cuts tells a caller that it was cut, even when it is
/// up again by the time the caller looks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Link {
    pub(super) down: bool,
    pub(super) cuts: u64,
}

impl Shared {
    pub(super) fn new(options: FaultOptions) -> Self {
        Self { plan: FaultPlan::new(options), link: watch::Sender::new(Link::default()) }
    }

    pub(super) fn set_down(&self, down: bool) {
        self.link.send_modify(|link| {
            link.cuts += u64::from(down && !link.down);
            link.down = down;
        });
    }

    pub(super) fn is_down(&self) -> bool {
        self.link.borrow().down
    }

    pub(super) fn link(&self) -> watch::Receiver<Link> {
        self.link.subscribe()
    }
}
