//! `popkit task progress`.

use clap::Args;
use popkit_protocol::{Json, Progress, TaskId};
use popkit_store::{Beat, Heartbeat};

use super::super::Desk;
use super::finish;
use super::held::{self, Held, Which};
use crate::error::CliError;
use crate::exit::Exit;
use crate::input;

/// The arguments of `popkit task progress`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct ProgressArgs {
    /// How far the work is: 0.0 to 1.0, or 0% to 100%
    #[arg(value_parser = fraction)]
    fraction: f64,
    /// What is being done
    note: Option<String>,
    /// The task [env: POPKIT_TASK_ID] [default: the only one the agent holds]
    #[arg(long, value_name = "ID")]
    id: Option<TaskId>,
    #[command(flatten)]
    which: Which,
    /// Save a point that the next attempt can go on from: JSON, @FILE, or - for standard
    /// input
    #[arg(long, value_name = "JSON")]
    checkpoint: Option<String>,
}

/// Reports progress and renews the lease.
pub(in crate::command::task) async fn run(
    args: ProgressArgs,
    desk: &Desk,
) -> Result<Exit, CliError> {
    let checkpoint =
        args.checkpoint.map(|given| input::json("--checkpoint", &given)).transpose()?;
    let held = held::find(desk, args.which, args.id).await?;
    let progress = Progress::new(args.fraction, args.note.unwrap_or_default());
    beat(desk, &held, Some(progress), checkpoint).await
}

/// Renews a lease, with news where there are any.
pub(super) async fn beat(
    desk: &Desk,
    held: &Held,
    progress: Option<Progress>,
    checkpoint: Option<Json>,
) -> Result<Exit, CliError> {
    let mut beat = Beat::new(held.token.clone());
    beat.progress = progress;
    beat.checkpoint = checkpoint;
    let heartbeat = Heartbeat::new(held.holder, held.lease).with(beat);
    let reply = desk.tasks.heartbeat(heartbeat).await?;
    if let Some(loss) = reply.lost.first() {
        return Err(finish::lost(held, loss)?);
    }
    match reply.renewed.first() {
        Some((id, state)) => finish::say(desk, id, *state),
        None => Err(CliError::failed("the store gave no answer to the heartbeat")),
    }
}

fn fraction(text: &str) -> Result<f64, String> {
    let (number, whole) = match text.strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (text, 1.0),
    };
    match number.trim().parse::<f64>() {
        Ok(share) if (0.0..=whole).contains(&share) => Ok(share / whole),
        _ => Err("expected 0.0 to 1.0, or 0% to 100%".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_percents() {
        for (text, share) in [("0", 0.0), ("0.25", 0.25), ("40%", 0.4), ("100%", 1.0)] {
            assert_eq!(fraction(text), Ok(share));
        }
        for bad in ["", "2", "-0.1", "101%", "NaN", "x%", "%"] {
            assert!(fraction(bad).is_err(), "{bad}");
        }
    }
}
