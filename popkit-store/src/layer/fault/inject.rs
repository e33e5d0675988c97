//! Letting it happen.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use popkit_protocol::layer::Injection;
use tokio::time::sleep;

use super::Fault;
use crate::layer::Operation;
use crate::{Error, ErrorKind, Result};

impl<S: Send + Sync> Fault<S> {
    /// Executes a call, or does to it what is its turn.
    pub(super) async fn inject<T, F, Fut>(&self, operation: Operation, call: F) -> Result<T>
    where
        T: Send,
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
    {
        let mut link = self.shared.link();
        let now = *link.borrow();
        if now.down {
            self.shared.plan.refused(operation);
            return Err(unavailable(operation, "the store is cut off"));
        }
        let injection = self.shared.plan.decide(operation);
        let mut call = pin!(perform(operation, injection, call));
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
        self.shared.plan.cut_off(operation);
        let error = unavailable(operation, "the store was cut off meanwhile");
        Err(if operation.is_read() { error } else { error.unknown() })
    }
}

async fn perform<T, F, Fut>(operation: Operation, injection: Injection, mut call: F) -> Result<T>
where
    T: Send,
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<T>> + Send,
{
    match injection {
        Injection::Fail => Err(unavailable(operation, "failed on purpose")),
        Injection::SlowDown(pause) => {
            let error = Error::new(ErrorKind::RateLimited, "slowed down on purpose");
            Err(error.at("fault", operation.name()).with_retry_after(pause))
        }
        Injection::Lose => {
            drop(call().await);
            let error = Error::new(ErrorKind::Timeout, "the answer was lost on purpose");
            Err(error.at("fault", operation.name()).unknown())
        }
        Injection::Delay(delay) => {
            sleep(delay).await;
            call().await
        }
        Injection::DelayReply(delay) => {
            let answer = call().await;
            sleep(delay).await;
            answer
        }
        Injection::Twice => {
            drop(call().await);
            call().await
        }
        // `Pass`, and what a later version may add.
        _ => call().await,
    }
}

fn unavailable(operation: Operation, message: &str) -> Error {
    Error::new(ErrorKind::Unavailable, message).at("fault", operation.name())
}
