//! The session begun, or found.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use popkit_coordinator::config::Config;
use popkit_coordinator::machine::Start;
use popkit_coordinator::mode::Mode;
use popkit_coordinator::runtime::{Coordinator, CoordinatorOptions, Pace};
use popkit_protocol::{Clock as _, IdSource as _, Pattern, RandomIds, SystemClock};

use super::brief::Brief;
use super::choose::Chosen;
use super::settings::settings;
use super::{StartArgs, agents, runtime_error};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::host;
use crate::output::{self, short};
use crate::session::{Agents, Kept, SessionSite};

/// Records that are kept of earlier sessions.
const RECORDS: usize = 20;
/// The bits that the machine takes of a seed.
const SEED: u128 = (1 << 48) - 1;

/// A session to lead.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) coordinator: Coordinator,
    /// Where what comes in is recorded.
    pub(super) record: Option<PathBuf>,
    /// The session's id.
    pub(super) session: String,
    /// Whether it was there before.
    pub(super) is_found: bool,
    /// The agents that are started; without any others join.
    pub(super) agents: Option<Agents>,
}

/// Begins the session, or finds the one that is not over.
///
/// # Errors
///
/// "Try again later" where another one is not over; nothing to go on with.
pub(super) async fn begin(
    args: &StartArgs,
    cx: &Context,
    config: &Config,
    asked: Option<Brief>,
    (chosen, site): (&Chosen, &SessionSite),
) -> Result<Begun, CliError> {
    let (over, found) = match site.kept().await? {
        Some(kept) if kept.is_over => (Some(kept), None),
        kept => (None, kept),
    };
    if let Some(kept) = over {
        // Its coordinator was killed after the end. What is damaged is told where it counts.
        let _ = Agents::forget(chosen.place.room(), &kept.id);
    }
    match (found, asked) {
        (Some(kept), asked) => {
            if !args.resume
                && asked.is_none_or(|asked| asked.objective.description != kept.objective)
            {
                return Err(another(&kept));
            }
            go_on(args, cx, config, &kept, (chosen, site)).await
        }
        (None, Some(_)) if args.resume => Err(nothing(chosen)),
        (None, None) => Err(nothing(chosen)),
        (None, Some(Brief { objective, work })) => {
            let session = objective.id.to_string();
            let (coordinator, record) = coordinator(args, config, &session, (chosen, site)).await?;
            let start = Start::new(objective, seed(), SystemClock.now())
                .with_settings(settings(args, config, chosen))
                .with_work(work)
                .with_patterns(patterns(config, site).await?);
            coordinator.begin(start).await.map_err(runtime_error)?;
            output::note(format!("session {session} begins in {}", chosen.place.shown()));
            let agents = agents::given(args, cx, config, chosen);
            if let Some(agents) = &agents {
                agents::keep(agents, &chosen.place, &session);
            }
            Ok(Begun { coordinator, record, session, is_found: false, agents })
        }
    }
}

async fn go_on(
    args: &StartArgs,
    cx: &Context,
    config: &Config,
    kept: &Kept,
    (chosen, site): (&Chosen, &SessionSite),
) -> Result<Begun, CliError> {
    let (id, objective) = (short(&kept.id, 80), short(&kept.objective, 120));
    output::note(format!("going on with session {id}: {objective}"));
    let agents = agents::of_session(args, cx, config, chosen, &kept.id)?;
    let leader = site.value("leader").await?;
    if let Some(name) = leader.as_ref().and_then(|held| held.get("name")) {
        let name = short(name.as_str().unwrap_or("another coordinator"), 80);
        output::note(format!("{name} leads it; this coordinator stands by until that one is gone"));
    }
    let (coordinator, record) = coordinator(args, config, &kept.id, (chosen, site)).await?;
    Ok(Begun { coordinator, record, session: kept.id.clone(), is_found: true, agents })
}

async fn coordinator(
    args: &StartArgs,
    config: &Config,
    session: &str,
    (chosen, site): (&Chosen, &SessionSite),
) -> Result<(Coordinator, Option<PathBuf>), CliError> {
    let name = format!("{}-{}", host::name(), std::process::id());
    let mut options = CoordinatorOptions::new(name)
        .with_namespace(site.namespace().clone())
        .with_lease(args.lease)
        .with_message_ttl(config.intervals.message_ttl())
        .with_store_patterns(config.learning.stores_patterns())
        .with_pace(if chosen.mode == Mode::Upstash { Pace::BILLED } else { Pace::FREE });
    let record = match &args.record {
        Some(file) => Some(file.clone()),
        None if config.output.store_session_transcript => Some(room_for(chosen, session)?),
        None => None,
    };
    if let Some(file) = &record {
        options = options.with_record(file.clone());
    }
    let (documents, transport) = (Arc::clone(&site.documents), site.transport().await?);
    let coordinator = Coordinator::new(documents, transport, options).map_err(runtime_error)?;
    Ok((coordinator.with_tasks(Arc::clone(&site.tasks)), record))
}

/// The file for the record of a session, in its room; the oldest ones of others go.
fn room_for(chosen: &Chosen, session: &str) -> Result<PathBuf, CliError> {
    let room = chosen.place.room();
    let folder = room.records();
    room.create()?;
    room.state_dir().create(std::slice::from_ref(&folder))?;
    let file = folder.join(format!("{session}.jsonl"));
    tidy(&folder, &file);
    Ok(file)
}

/// What cannot be removed stays: it is in nobody's way.
fn tidy(folder: &Path, own: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .filter(|(_, path)| path != own && path.extension().is_some_and(|kind| kind == "jsonl"))
        .collect();
    all.sort();
    let surplus = all.len().saturating_sub(RECORDS);
    for (_, path) in all.into_iter().take(surplus) {
        let _ = fs::remove_file(path);
    }
}

/// What earlier sessions have learned, where that is to count.
async fn patterns(config: &Config, site: &SessionSite) -> Result<Vec<Pattern>, CliError> {
    let learning = &config.learning;
    if !(learning.enabled && learning.share_patterns_across_sessions) {
        return Ok(Vec::new());
    }
    let found = site.maps("patterns:").await?;
    let read = found.into_iter().filter_map(|(id, fields)| {
        let fields: serde_json::Map<_, _> = fields.into_iter().collect();
        serde_json::from_value::<Pattern>(fields.into())
            .inspect_err(|error| tracing::warn!(id, %error, "a broken pattern is passed over"))
            .ok()
    });
    Ok(read.filter(|pattern| pattern.confidence >= learning.success_pattern_threshold).collect())
}

fn seed() -> u64 {
    u64::try_from(RandomIds.draw() & SEED).unwrap_or_default()
}

fn another(kept: &Kept) -> CliError {
    let (id, objective) = (short(&kept.id, 80), short(&kept.objective, 120));
    CliError::new(
        Exit::TryAgain,
        format!(
            "session {id} is not over here: {objective}; `popkit power start --resume` goes on \
             with it, `popkit power stop` ends it, --session NAME begins another one beside it"
        ),
    )
}

fn nothing(chosen: &Chosen) -> CliError {
    let place = chosen.place.shown();
    CliError::data(format!(
        "there is no session to go on with ({place}); `popkit power start OBJECTIVE` begins one"
    ))
}
