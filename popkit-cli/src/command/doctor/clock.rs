//! How far the server's clock is from ours.

use std::time::Duration;

use popkit_protocol::{Clock as _, SystemClock, Timestamp};
use popkit_redis::{Command, ErrorKind, Redis, Reply, Result};

use crate::backend::Check;
use crate::error::CliError;

/// A difference that somebody may notice.
const NOTICED: Duration = Duration::from_secs(1);
/// One by which messages that count for a minute are taken for expired.
const HARMFUL: Duration = Duration::from_secs(30);

/// Compares the clocks. A server that does not tell the time is left alone.
pub(super) async fn look(redis: &Redis, key: &str) -> Option<Check> {
    let before = SystemClock.now();
    let told = match redis.execute(Command::new("TIME").near(key)).await.and_then(time) {
        Ok(told) => told,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return None,
        Err(error) => return Some(Check::bad("clock", error)),
    };
    let after = SystemClock.now();
    Some(judge(before, told, after))
}

/// What the server told in between lies in between, if the clocks agree.
fn judge(before: Timestamp, told: Timestamp, after: Timestamp) -> Check {
    let (apart, word) = match () {
        () if told > after => (told.since(after), "behind"),
        () if told < before => (before.since(told), "ahead of"),
        () => return Check::good("clock", "as the server's"),
    };
    let seconds = apart.as_secs_f64();
    let text = format!("this machine is {seconds:.1} s {word} the server");
    let mend = "let both follow NTP (timedatectl set-ntp true)";
    match apart {
        apart if apart >= HARMFUL => Check::bad(
            "clock",
            CliError::failed(format!("{text}: messages may be taken for expired; {mend}")),
        ),
        apart if apart >= NOTICED => Check::remark("clock", format!("{text}; {mend}")),
        _ => Check::good("clock", "as the server's"),
    }
}

fn time(reply: Reply) -> Result<Timestamp> {
    let [seconds, micros] = reply.into_tuple()?;
    let (seconds, micros) = (seconds.into_count()?, micros.into_count()?);
    Ok(Timestamp::from_micros(seconds.saturating_mul(1_000_000).saturating_add(micros)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Verdict;

    #[test]
    fn the_difference_decides() {
        let at = |seconds: u64| Timestamp::from_millis(seconds * 1000);
        for (told, verdict, says) in [
            (at(100), Verdict::Good, "as the server's"),
            (at(105), Verdict::Remark, "4.0 s behind the server"),
            (at(96), Verdict::Remark, "4.0 s ahead of the server"),
            (at(200), Verdict::Bad, "99.0 s behind the server: messages may be taken for expired"),
        ] {
            let check = judge(at(100), told, at(101));
            assert_eq!(check.verdict, verdict, "{}", check.text);
            assert!(check.text.contains(says), "{}", check.text);
        }
    }
}
