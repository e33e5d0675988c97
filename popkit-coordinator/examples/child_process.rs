//! Runs one command the way an agent runs a task: bounded in time and output,
//! and stopped with everything it started when this program ends in any way.
//!
//! ```text
//! cargo run -p popkit-coordinator --example child_process -- sh -c 'sleep 3; date'
//! ```
//!
//! The integration tests use it as their shim and as a runner to kill.

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::process::{ChildSpec, Runner, ShimCommand, shim_main};

const SHIM: &str = "__shim";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1).peekable();
    // First of all: as the shim this program must not do anything else.
    if args.next_if(|arg| arg == SHIM).is_some() {
        return Ok(shim_main(args));
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(args.collect()))
}

async fn run(argv: Vec<OsString>) -> Result<ExitCode, Box<dyn Error>> {
    let runner =
        Runner::new(ShimCommand { program: std::env::current_exe()?, args: vec![SHIM.into()] });
    let mut spec = ChildSpec::new(argv);
    spec.timeout = Some(Duration::from_secs(600));
    spec.grace = Duration::from_secs(1);
    spec.on_line = Some(Arc::new(|stream, line: &str| {
        // Best effort: whoever read our output may be gone.
        let _ = writeln!(std::io::stdout(), "{stream:?}: {line}");
    }));
    let finished = runner.run(spec, std::future::pending()).await?;
    writeln!(std::io::stdout(), "{} after {:?}", finished.exit, finished.elapsed)?;
    Ok(if finished.exit.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
