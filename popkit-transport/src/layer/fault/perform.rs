//! Letting it happen.

use popkit_protocol::layer::Injection;
use tokio::time::sleep;

use crate::layer::Operation;
use crate::{Error, ErrorKind, Result};

/// Executes a call, or does to it what is its turn.
pub(super) async fn perform<A, F, Fut>(
    operation: Operation,
    injection: Injection,
    mut call: F,
) -> Result<A>
where
    A: Send,
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<A>> + Send,
{
    if let Some(error) = refusal(operation, injection) {
        return Err(error);
    }
    if let Injection::Delay(delay) = injection {
        sleep(delay).await;
    }
    if injection == Injection::Twice {
        drop(call().await);
    }
    let answer = call().await;
    match injection {
        Injection::Lose => return Err(lost(operation)),
        Injection::DelayReply(delay) => sleep(delay).await,
        _ => {}
    }
    answer
}

/// The error of a call that is not executed at all.
pub(super) fn refusal(operation: Operation, injection: Injection) -> Option<Error> {
    match injection {
        Injection::Fail => Some(unavailable(operation, "failed on purpose")),
        Injection::SlowDown(pause) => {
            let error = Error::new(ErrorKind::RateLimited, "slowed down on purpose");
            Some(error.at("fault", operation.name()).with_retry_after(pause))
        }
        _ => None,
    }
}

pub(super) fn lost(operation: Operation) -> Error {
    let error = Error::new(ErrorKind::Timeout, "the answer was lost on purpose");
    let error = error.at("fault", operation.name());
    if operation.is_read() { error } else { error.unknown() }
}

pub(super) fn unavailable(operation: Operation, message: &str) -> Error {
    Error::new(ErrorKind::Unavailable, message).at("fault", operation.name())
}
