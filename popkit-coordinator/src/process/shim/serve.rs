//! What the shim does.

use std::convert::Infallible;
use std::ffi::OsString;
use std::fmt::Display;
use std::future::pending;
use std::io::{self, ErrorKind, Write};
use std::os::unix::process::{ExitStatusExt, parent_id};
use std::pin::pin;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, getpid};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{sleep, timeout};

use super::super::group;
use super::lifeline;

const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;
const MISUSED: u8 = 2;
/// The code of a shim that was stopped; the runner does not look at it.
const STOPPED: u8 = 128 + 15;

/// How often a stopping group is asked whether it is empty.
const POLL: Duration = Duration::from_millis(10);

struct Order {
    grace: Duration,
    program: OsString,
    args: Vec<OsString>,
}

pub(super) fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let code = parse(args).and_then(|order| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        runtime.block_on(serve(order))
    });
    ExitCode::from(code.unwrap_or_else(|reason| {
        complain(&format_args!("cannot act as a shim: {reason}"));
        MISUSED
    }))
}

/// Says one line on standard error, if there still is one.
fn complain(what: &dyn Display) {
    let _ = writeln!(io::stderr(), "popkit: {what}");
}

fn parse(mut args: impl Iterator<Item = OsString>) -> Result<Order, String> {
    let usage = || "expected --grace-ms N -- command".to_owned();
    if args.next().is_none_or(|arg| arg != "--grace-ms") {
        return Err(usage());
    }
    let grace = args.next().and_then(|arg| arg.to_str()?.parse().ok());
    let grace = Duration::from_millis(grace.ok_or_else(usage)?);
    if args.next().is_none_or(|arg| arg != "--") {
        return Err(usage());
    }
    Ok(Order { grace, program: args.next().ok_or_else(usage)?, args: args.collect() })
}

async fn serve(order: Order) -> Result<u8, String> {
    let own = getpid();
    // The shim signals its whole group. If that is not a group made for
    // it, it would take down whoever started it by hand.
    if group::of(own) != Some(own) {
        return Err("not the leader of a process group".to_owned());
    }
    // Read now, while the runner is certainly the parent.
    let home = i32::try_from(parent_id()).ok().and_then(Pid::from_raw).and_then(group::of);
    let _signals = survive_signals().map_err(|error| error.to_string())?;
    let mut pipe = lifeline::open().map_err(|error| error.to_string())?;
    let Some(input) = lifeline::read_input(&mut pipe).await else {
        return Ok(STOPPED);
    };
    let mut child = match start(&order) {
        Ok(child) => child,
        Err(code) => return Ok(code),
    };
    let stdin = child.stdin.take();
    let ended = {
        let feed = pin!(feed(stdin, input));
        tokio::select! {
            biased;
            status = child.wait() => Some(status),
            () = lifeline::closed(&mut pipe) => None,
            never = feed => match never {},
        }
    };
    let status = match ended {
        Some(status) => {
            // Outside of its group the shim can sweep it and still pass the
            // exit code on. If it cannot leave, it sweeps itself along when
            // nobody is there for the code, or else leaves it to the runner.
            if leave(home) || lifeline::is_closed() {
                group::kill(own);
            }
            status
        }
        None => stop(own, home, &mut child, order.grace).await,
    };
    Ok(status.map_or(STOPPED, code_of))
}

/// Installs handlers for the signals that would end the shim.
///
/// Handled rather than ignored, because a handler is reset in the command
/// when it is executed, while "ignored" would be inherited by it. The
/// signals then do nothing here: the shim's own SIGTERM to the group also
/// arrives, and so does that of a command that signals its own group.
fn survive_signals() -> io::Result<[Signal; 4]> {
    Ok([
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
        signal(SignalKind::hangup())?,
        signal(SignalKind::quit())?,
    ])
}

fn start(order: &Order) -> Result<Child, u8> {
    Command::new(&order.program).args(&order.args).stdin(Stdio::piped()).spawn().map_err(|error| {
        let program = &order.program;
        let dir = std::env::current_dir().unwrap_or_default();
        if error.kind() == ErrorKind::NotFound {
            complain(&format_args!("command {program:?} was not found in {dir:?}"));
            NOT_FOUND
        } else {
            complain(&format_args!("cannot execute {program:?} in {dir:?}: {error}"));
            NOT_EXECUTABLE
        }
    })
}

/// Writes the input to the command and closes its standard input.
async fn feed(stdin: Option<ChildStdin>, input: Vec<u8>) -> Infallible {
    if let Some(mut stdin) = stdin {
        // The command need not read its input.
        let _ = stdin.write_all(&input).await;
    }
    drop(input);
    pending().await
}

/// Stops the group: SIGTERM, the grace period, SIGKILL (the shim included).
///
/// Others in the group have the whole grace period, also when the command
/// itself ends before them. It is cut short when nobody is left.
async fn stop(
    own: Pid,
    home: Option<Pid>,
    child: &mut Child,
    grace: Duration,
) -> io::Result<ExitStatus> {
    group::terminate(own);
    let ended = async {
        let status = child.wait().await;
        while others_left(own, home) {
            sleep(POLL).await;
        }
        status
    };
    let ended = timeout(grace, ended).await;
    group::kill(own);
    ended.unwrap_or_else(|late| Err(late.into()))
}

/// Whether anyone but the shim is in its group; `false` if it cannot know.
///
/// Only from outside of the group can it tell. It comes back at once, because
/// as long as there is something to stop it must not share the fate of the
/// runner's group: that can be the group of another run, about to be killed.
fn others_left(own: Pid, home: Option<Pid>) -> bool {
    if !leave(home) {
        return false;
    }
    let left = group::has_members(own);
    group::join(own);
    left
}

/// Leaves the own group for that of the runner, where that still exists.
fn leave(home: Option<Pid>) -> bool {
    home.is_some_and(group::join)
}

fn code_of(status: ExitStatus) -> u8 {
    let code = match (status.code(), status.signal()) {
        (Some(code), _) => code,
        (None, Some(signal)) => 128 + signal,
        (None, None) => 1,
    };
    u8::try_from(code).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_parsed_or_refused() {
        let parse = |line: &str| parse(line.split_whitespace().map(OsString::from));
        let order = parse("--grace-ms 7 -- sh -c --").ok().unwrap();
        assert_eq!(order.grace, Duration::from_millis(7));
        assert_eq!((order.program, order.args), ("sh".into(), vec!["-c".into(), "--".into()]));
        for bad in ["", "--grace-ms", "--grace-ms x -- a", "--grace-ms 1 a", "--grace-ms 1 --"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
