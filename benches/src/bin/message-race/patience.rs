//! Trying again while the server is away. The race itself has a limit.

use std::time::Duration;

use popkit_benches::Failure;
use popkit_transport::Result as Answer;

/// Between two tries.
const NAP: Duration = Duration::from_millis(20);

/// Tries until it succeeds, or fails for a reason that does not pass.
pub(crate) async fn persist<T>(mut attempt: impl AsyncFnMut() -> Answer<T>) -> Result<T, Failure> {
    loop {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) if error.is_retryable() => tokio::time::sleep(NAP).await,
            Err(error) => return Err(error.into()),
        }
    }
}
