//! The runner's side of a run.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Pid;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::capture::Collector;
use super::check;
use super::error::ProcessError;
use super::group;
use super::outcome::{Exit, Finished};
use super::spec::{ChildSpec, ShimCommand, Stream};

/// How long output is still read after the group is gone. What is in the pipes
/// by then takes no time; this is for a stream that someone else holds open.
const DRAIN: Duration = Duration::from_millis(500);

/// How much later than the grace period the shim may end before the runner
/// takes over, for instance because somebody stopped it with SIGSTOP.
const SHIM_MARGIN: Duration = Duration::from_secs(2);

/// See [`Runner::run`](super::Runner::run).
pub(super) async fn supervise<C>(
    shim: &ShimCommand,
    spec: ChildSpec,
    cancel: C,
) -> Result<Finished, ProcessError>
where
    C: Future<Output = ()> + Send,
{
    check::check(&spec)?;
    let started = Instant::now();
    let mut child = spawn(shim, &spec)?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let hook = spec.on_line.as_ref();
    let mut stdout = Collector::new(spec.output_limit, Stream::Stdout, hook);
    let mut stderr = Collector::new(spec.output_limit, Stream::Stderr, hook);

    let (ended, watch_end) = oneshot::channel();
    let watch = async {
        let exit = watch(&mut child, spec.input, spec.timeout, spec.grace, cancel).await;
        let elapsed = started.elapsed();
        // The other side is gone if both streams have ended already.
        let _ = ended.send(());
        exit.map(|exit| (exit, elapsed))
    };
    let read = async {
        tokio::select! {
            _ = async { tokio::join!(stdout.pump(out), stderr.pump(err)) } => {}
            () = async {
                let _ = watch_end.await;
                sleep(DRAIN).await;
            } => {}
        }
    };
    let (exit, ()) = tokio::join!(watch, read);
    let (exit, elapsed) = exit?;
    Ok(Finished { exit, stdout: stdout.finish(), stderr: stderr.finish(), elapsed })
}

fn spawn(shim: &ShimCommand, spec: &ChildSpec) -> Result<Child, ProcessError> {
    let mut command = Command::new(&shim.program);
    let grace = u64::try_from(spec.grace.as_millis()).unwrap_or(u64::MAX);
    command
        .args(&shim.args)
        .args(["--grace-ms", &grace.to_string(), "--"])
        .args(&spec.argv)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    // The command inherits directory and environment from the shim, so that
    // the shim looks it up with the PATH the command will have.
    if spec.env_clear {
        command.env_clear();
    }
    for name in &spec.env_remove {
        command.env_remove(name);
    }
    command.envs(spec.env.iter().map(|(name, value)| (name, value)));
    if let Some(dir) = &spec.dir {
        command.current_dir(dir);
    }
    command.spawn().map_err(|error| {
        // A directory that vanished since the check and a missing shim are
        // the same error to the operating system.
        check::check_directory(spec).err().unwrap_or_else(|| ProcessError::Spawn {
            program: shim.program.clone(),
            source: Box::new(error),
        })
    })
}

/// Sees the shim to its end, stopping it if need be, and sweeps its group.
async fn watch<C>(
    child: &mut Child,
    input: Vec<u8>,
    limit: Option<Duration>,
    grace: Duration,
    cancel: C,
) -> Result<Exit, ProcessError>
where
    C: Future<Output = ()> + Send,
{
    // The shim's pid is its group's id; it is known until the shim is reaped.
    let shim_group = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    let stdin = child.stdin.take();

    let ended = {
        let lifeline = pin!(hold_lifeline(stdin, input));
        tokio::select! {
            // In this order: how it ended counts more than that it would have
            // been stopped.
            biased;
            status = child.wait() => Ok(status),
            () = cancel => Err(Exit::Cancelled),
            () = expire(limit) => Err(Exit::TimedOut),
            never = lifeline => match never {},
        }
        // Leaving this block closes the lifeline, which stops a live shim.
    };
    let (status, stopped) = match ended {
        Ok(status) => (status, None),
        Err(exit) => (stop(child, shim_group, grace).await, Some(exit)),
    };
    // For when the shim was killed, or could not sweep its group itself. The
    // number can belong to another group by now only if this one is empty and
    // the system has gone through all process ids since the wait above.
    if let Some(shim_group) = shim_group {
        group::kill(shim_group);
    }
    let status = status.map_err(|error| ProcessError::Wait { source: Box::new(error) })?;
    Ok(stopped.unwrap_or_else(|| exit_of(status)))
}

/// Sends the input and then keeps the pipe open for as long as it is polled.
async fn hold_lifeline(stdin: Option<ChildStdin>, input: Vec<u8>) -> Infallible {
    let mut stdin = stdin;
    if let Some(stdin) = &mut stdin {
        let send = async {
            stdin.write_all(format!("{}\n", input.len()).as_bytes()).await?;
            stdin.write_all(&input).await?;
            stdin.flush().await
        };
        // Fails when the shim has ended, which `watch` sees for itself.
        let _: io::Result<()> = send.await;
    }
    drop(input);
    pending().await
}

async fn expire(limit: Option<Duration>) {
    match limit {
        Some(limit) => sleep(limit).await,
        None => pending().await,
    }
}

/// Waits for a shim whose lifeline is closed.
async fn stop(
    child: &mut Child,
    shim_group: Option<Pid>,
    grace: Duration,
) -> io::Result<ExitStatus> {
    let patience = grace.saturating_add(SHIM_MARGIN);
    if let Ok(status) = timeout(patience, child.wait()).await {
        return status;
    }
    if let Some(shim_group) = shim_group {
        group::kill(shim_group);
    }
    // Once more by its own id: the shim may have left its group by now.
    let _ = child.start_kill();
    child.wait().await
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code @ 129..=159), _) => Exit::Signal(code - 128),
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Code(status.into_raw()),
    }
}
