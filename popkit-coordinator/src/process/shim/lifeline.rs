//! The shim's end of the pipe from the runner: the input, then the lifeline.

use std::io::{self, Read};
use std::os::fd::AsFd;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::net::unix::pipe;

/// The length line is a decimal `u64` and a newline.
const MAX_HEADER: u64 = 32;

/// Standard input, which has to be a pipe.
pub(super) fn open() -> io::Result<BufReader<pipe::Receiver>> {
    let stdin = io::stdin().as_fd().try_clone_to_owned()?;
    Ok(BufReader::new(pipe::Receiver::from_owned_fd(stdin)?))
}

/// The input, or `None` if the lifeline closed before all of it arrived.
///
/// All of it is read before the command starts. Were it forwarded piece by
/// piece, a command that does not read would also keep the shim from
/// reading, and so from seeing the end of the lifeline.
pub(super) async fn read_input(lifeline: &mut (impl AsyncBufRead + Unpin)) -> Option<Vec<u8>> {
    let mut header = String::new();
    let mut start = (&mut *lifeline).take(MAX_HEADER);
    start.read_line(&mut header).await.ok()?;
    let length: u64 = header.strip_suffix('\n')?.parse().ok()?;
    let mut input = Vec::new();
    let count = lifeline.take(length).read_to_end(&mut input).await.ok()?;
    (count as u64 == length).then_some(input)
}

/// Completes when the runner has closed the lifeline, or is gone.
pub(super) async fn closed(lifeline: &mut (impl AsyncRead + Unpin)) {
    let mut ignored = [0; 64];
    while matches!(lifeline.read(&mut ignored).await, Ok(count) if count > 0) {}
}

/// Whether the lifeline is closed right now.
///
/// Asks the system itself, because tokio learns of it only when the runtime
/// next looks for events. The pipe does not block since [`open`].
pub(super) fn is_closed() -> bool {
    matches!(io::stdin().lock().read(&mut [0]), Ok(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn input_is_all_or_nothing() {
        async fn read(mut bytes: &[u8]) -> Option<Vec<u8>> {
            read_input(&mut bytes).await
        }
        assert_eq!(read(b"3\nabc").await, Some(b"abc".to_vec()));
        assert_eq!(read(b"0\n").await, Some(Vec::new()));
        for cut in [&b""[..], b"3", b"3\nab", b"x\nabc", b"-1\n"] {
            assert_eq!(read(cut).await, None, "{cut:?}");
        }
    }
}
