//! What all clones of a fault layer share.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use popkit_protocol::layer::{FaultPlan, Injection};
use tokio::sync::watch;

use super::{FaultOptions, unavailable};
use crate::Result;
use crate::layer::Operation;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) plan: FaultPlan<Operation>,
    link: watch::Sender<Link>,
}

/// The way to the transport. The number of cuts tells a caller that it was cut, even when it
/// is up again by the time the caller looks.
#[derive(Debug, Clone, Copy, Default)]
struct Link {
    down: bool,
    cuts: u64,
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

    /// Makes a call with what is its turn, unless the transport is cut off, before or
    /// meanwhile.
    pub(super) async fn connected<A, Fut>(
        &self,
        operation: Operation,
        call: impl FnOnce(Injection) -> Fut + Send,
    ) -> Result<A>
    where
        A: Send,
        Fut: Future<Output = Result<A>> + Send,
    {
        let mut link = self.link.subscribe();
        let now = *link.borrow();
        if now.down {
            self.plan.refused(operation);
            return Err(unavailable(operation, "the transport is cut off"));
        }
        let mut call = pin!(call(self.plan.decide(operation)));
        let mut cut = pin!(async move {
            let _ = link.wait_for(|link| link.cuts != now.cuts).await;
        });
        // The call first: what is ready at the same time was answered before the cut.
        let answer = poll_fn(|cx| match call.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => cut.as_mut().poll(cx).map(|()| None),
        });
        if let Some(answer) = answer.await {
            return answer;
        }
        self.plan.cut_off(operation);
        let error = unavailable(operation, "the transport was cut off meanwhile");
        Err(if operation.is_read() { error } else { error.unknown() })
    }
}
