//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use popkit_protocol::SessionId;

use crate::command::{
    agent::AgentArgs, backend::BackendArgs, decide::RuleArgs, doctor::DoctorArgs, hook::HookArgs,
    inbox::InboxArgs, insight::InsightArgs, lane::LaneArgs, power::PowerArgs, redis::RedisArgs,
    run::RunArgs, send::SendArgs, status::StatusArgs, task::TaskArgs, upstash::UpstashArgs,
    watch::WatchArgs,
};

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed
  64   the command line makes no sense
  65   bad data: a file or value given, or stored data that is damaged; no such task
  69   the backend cannot be reached
  75   try again later: nothing to claim, no message, or something else was faster
  77   refused: the lease is lost, or access is denied
  130  interrupted";

/// Run a plan on several agents at once, look at its tasks and messages.
#[derive(Debug, Parser)]
#[command(name = "popkit", version, about, after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Where tasks and messages are: redis://HOST:PORT, rediss://, unix:PATH, redis+cluster://
    /// or redis+sentinel:// for both, or Upstash (upstash:, upstash://:TOKEN@HOST, https://);
    /// sqlite:PATH or memory: for tasks, file:FOLDER for messages [env: POPKIT_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The task store: redis://HOST:PORT and its kin, upstash:, sqlite:PATH or memory:
    /// [env: POPKIT_STORE]
    /// [default: --url, else the plan's file in the state directory]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// The state directory [env: POPKIT_STATE_DIR] [default: .popkit at the git root, else
    /// beside the plan or here]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Whose tasks: the name of a plan, or its file [env: POPKIT_PLAN] [default: the only
    /// one there is]
    #[arg(long, global = true, value_name = "NAME|PATH")]
    pub(crate) plan: Option<String>,
    /// The messages: redis://HOST:PORT and its kin, upstash:, or file:FOLDER
    /// [env: POPKIT_TRANSPORT]
    /// [default: --url, else the plan's folder in the state directory]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) transport: Option<String>,
    /// Whose messages, and on a server whose tasks: the name of a session [env: POPKIT_SESSION]
    /// [default: the unnamed one]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) session: Option<SessionId>,
    /// Write JSON, one object per line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to colour what people read; auto means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// Say more on standard error; twice for even more [env: POPKIT_LOG]
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    // Plain comments: clap would spell these out in the help of every command.
    // On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether to colour what goes to this stream.
    pub(crate) fn wanted(self, stream: &impl std::io::IsTerminal) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && stream.is_terminal()
            }
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a plan on several agents at once
    Run(Box<RunArgs>),
    /// Look at the task list, and work on it by hand
    Task(TaskArgs),
    /// Pause lanes of tasks, or limit how much of them is at work at once
    Lane(LaneArgs),
    /// Send a message to an agent, or to all
    Send(Box<SendArgs>),
    /// Read the messages to an agent, each once, none lost while nobody read
    Inbox(InboxArgs),
    /// Watch what is said on channels
    Watch(WatchArgs),
    /// Show how things stand: tasks, agents, what is in the way
    Status(StatusArgs),
    /// Begin a power session, coordinate it, look at it, end it
    Power(PowerArgs),
    /// Take part in a power session as an agent, and look at its agents
    Agent(Box<AgentArgs>),
    /// Tell a power session what an agent has found, and list what was found
    Insight(InsightArgs),
    /// Show the questions of a power session that wait for a person
    Pending,
    /// Say yes to a question, as a person at a terminal
    Approve(RuleArgs),
    /// Say no to a question, as a person at a terminal
    Deny(RuleArgs),
    /// Show, ping or test what tasks and messages are kept in
    Backend(BackendArgs),
    /// Start, stop and look after a Redis server of one's own on this machine
    Redis(RedisArgs),
    /// Show, ping or test Upstash, as popkit backend does
    Upstash(UpstashArgs),
    /// Find what is set up wrongly, and say the mend
    Doctor(DoctorArgs),
    /// Answer Claude Code at one of its events; see docs/hooks.md
    Hook(HookArgs),
}
