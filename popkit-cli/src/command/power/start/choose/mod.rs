//! The mode, with reasons.
//!
//! | Room | Holds |
//! |---|---|
//! | `probe` | looking which modes can be had |

mod probe;

use popkit_coordinator::config::Config;
use popkit_coordinator::mode::{Mode, ModeError, select};
use popkit_redis::RestConfig;

use self::probe::Places;
use super::{StartArgs, agents};
use crate::context::{Context, is_rest, is_server, shown, var};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;
use crate::session::Place;

/// Agents that a command gets where nobody says how many.
const USUAL: u32 = 2;
/// The first word of channels where nobody chose one.
const ROOT: &str = "pop";

/// Where the session is, and how many agents it has.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) mode: Mode,
    pub(super) place: Place,
    pub(super) agents: u32,
    /// Whether it is for this program to choose, so that nobody else knows it.
    pub(super) is_own_choice: bool,
}

/// Chooses the mode, and tells why. A URL that was asked for decides it, else the place of a
/// session that is not over, as far as that is remembered, or how its agents were started.
///
/// # Errors
///
/// No mode can be had; a mode that the URL is not; what is remembered is damaged.
pub(super) async fn choose(
    cx: &Context,
    args: &StartArgs,
    config: &Config,
) -> Result<Chosen, CliError> {
    let named = cx.store_url().or_else(|| cx.transport_url().map(str::to_owned));
    let is_own_choice = named.is_none();
    let before = match (is_own_choice, args.mode) {
        (true, None) => Place::remembered(cx)?,
        _ => None,
    };
    let there = before.as_ref().and_then(Place::store_url).map(str::to_owned);
    let given = named.or(there);
    if !is_own_choice {
        // What is wrong with it is said before anything is looked at.
        Place::find(cx)?;
    }
    let kept = agents::of_resume(args, &Place::named(cx)?)?;
    let has_command = !args.command.is_empty() || kept.is_some();
    let mut wanted = config.wanted(args.tier);
    let usual = kept.as_ref().map_or(USUAL, |agents| agents.count);
    wanted.agents = args.agents.or(if has_command { Some(usual) } else { None });
    wanted.has_command = has_command;
    wanted.mode = match &given {
        Some(url) => Some(of_url(url, args.mode, has_command)?),
        // A server that was chosen is remembered: without one it is the room, or what is asked for.
        None => {
            let there = kept.map(|agents| agents.mode).filter(|mode| is_room(*mode));
            args.mode.or(there)
        }
    };
    let state = cx.state_dir(&cx.cwd);
    let places = Places {
        upstash: given.clone().filter(|url| is_rest(url)).or_else(upstash_of_environment),
        redis: given
            .clone()
            .filter(|url| is_server(url) && !is_rest(url))
            .or_else(|| var("REDIS_URL"))
            .or_else(|| Some(config.redis.url())),
        folder: state.path().to_owned(),
    };
    let choice = select(&wanted, &places).await.map_err(|error| refused(&error))?;
    if let Some(url) = &given {
        let why =
            if is_own_choice { "a session of this project is there" } else { "the place is named" };
        output::note(format!("{why}: {}", shown(url)));
    }
    output::note(&choice);
    let root = Some(config.channels.prefix.as_str()).filter(|prefix| *prefix != ROOT);
    let place = match (choice.mode, &given) {
        (Mode::Redis | Mode::Upstash, Some(_)) if cx.url().is_none() => Place::find(cx)?,
        (Mode::Redis, _) => {
            let url = cx.url().or(places.redis.as_deref()).unwrap_or_default();
            Place::on_server(cx, url, root)?
        }
        (Mode::Upstash, _) => {
            let url = cx.url().or(places.upstash.as_deref()).unwrap_or_default();
            Place::on_server(cx, url, root)?
        }
        _ => {
            if root.is_some() {
                output::note(
                    "note: channels.prefix has no effect here: it is for keys on a server, and \
                     this session has its own files",
                );
            }
            Place::named(cx)?
        }
    };
    Ok(Chosen { mode: choice.mode, place, agents: choice.agents.agents, is_own_choice })
}

/// Whether a session of this mode is in its room where nothing else is named.
fn is_room(mode: Mode) -> bool {
    matches!(mode, Mode::Native | Mode::File)
}

/// The mode that a URL is.
fn of_url(url: &str, asked: Option<Mode>, has_command: bool) -> Result<Mode, CliError> {
    let of_place: &[Mode] = match (is_rest(url), is_server(url)) {
        (true, _) => &[Mode::Upstash],
        (false, true) => &[Mode::Redis],
        (false, false) if has_command => &[Mode::Native, Mode::File],
        (false, false) => &[Mode::File, Mode::Native],
    };
    match asked {
        Some(mode) if of_place.contains(&mode) => Ok(mode),
        None => Ok(of_place.first().copied().unwrap_or(Mode::File)),
        Some(mode) => {
            let shown = shown(url);
            Err(CliError::usage(format!(
                "--mode {mode} is not what {shown} is; leave out one of the two"
            )))
        }
    }
}

fn upstash_of_environment() -> Option<String> {
    RestConfig::from_env().ok().flatten().map(|_| "upstash:".to_owned())
}

fn refused(error: &ModeError) -> CliError {
    let code = match error {
        ModeError::Unavailable { .. } | ModeError::Nothing { .. } => Exit::Unavailable,
        _ => Exit::Usage,
    };
    CliError::new(code, error.to_string())
}
