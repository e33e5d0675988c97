//! The report.

use std::time::Duration;

use popkit_protocol::duration;
use serde::Serialize;

use super::cost::{AS_OF, CENTS, FREE, LoadArgs, MESSAGE, Month, Polling, RUN, TASK};
use super::look::Looked;
use crate::backend::server::{mebibytes, micros, time};
use crate::backend::{Service, Source};
use crate::context::Context;
use crate::error::CliError;
use crate::output::{self, VERSION};

/// What nobody can change from here, and everybody should know.
const CONSISTENCY: &str = "eventual between replicas; own writes are seen (sync token)";
const DURABILITY: &str = "as the provider defines; popkit cannot verify it";

/// The JSON form, version 1.
#[derive(Serialize)]
struct View<'a> {
    v: u8,
    backend: &'static str,
    url: &'a str,
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    consistency: &'static str,
    durability: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    maxmemory_policy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_limit: Option<u64>,
    latency_us: u64,
    commands: u64,
    sse: bool,
    poll: PollView,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<u64>,
    cost: CostView,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct PollView {
    least_ms: u64,
    most_ms: u64,
}

/// An estimate for 30 days.
#[derive(Serialize)]
struct CostView {
    cents_per_100k: u64,
    as_of: &'static str,
    free_commands: u64,
    per_run: u64,
    per_task: u64,
    per_message: u64,
    per_minute: f64,
    processes: u64,
    tasks_a_day: u64,
    messages_a_day: u64,
    at_rest: MonthView,
    at_work: MonthView,
}

#[derive(Serialize)]
struct MonthView {
    commands: u64,
    usd: f64,
}

/// Tells how a service stands, and what it costs with this load.
pub(crate) fn report(
    cx: &Context,
    service: &Service,
    looked: &Looked,
    load: &LoadArgs,
) -> Result<(), CliError> {
    let polling = Polling::of(&service.url);
    if cx.json {
        return output::json(&view(looked, service.source, load, &polling));
    }
    output::line(text(looked, service.source, load, &polling))
}

fn view<'a>(looked: &'a Looked, source: Source, load: &LoadArgs, polling: &Polling) -> View<'a> {
    let month = |month: Month| MonthView { commands: month.commands, usd: month.dollars() };
    View {
        v: VERSION,
        backend: "upstash",
        url: &looked.url,
        from: source.to_string(),
        region: looked.region.as_deref(),
        version: looked.version.as_deref(),
        consistency: "eventual",
        durability: "unverified",
        maxmemory_policy: looked.eviction.as_deref(),
        keys: looked.keys,
        memory: looked.memory,
        memory_limit: looked.memory_limit.filter(|limit| *limit > 0),
        latency_us: micros(looked.latency),
        commands: looked.commands,
        sse: polling.hints,
        poll: PollView { least_ms: millis(polling.least), most_ms: millis(polling.most) },
        budget: polling.budget,
        cost: CostView {
            cents_per_100k: CENTS,
            as_of: AS_OF,
            free_commands: FREE,
            per_run: RUN,
            per_task: TASK,
            per_message: MESSAGE,
            per_minute: polling.a_minute(),
            processes: load.processes(),
            tasks_a_day: load.tasks(),
            messages_a_day: load.messages(),
            at_rest: month(Month::at_rest(load.processes(), polling)),
            at_work: month(Month::at_work(load, polling)),
        },
        remarks: remarks(looked),
    }
}

fn text(looked: &Looked, source: Source, load: &LoadArgs, polling: &Polling) -> String {
    let mut page = format!("{} (from {source})", looked.url);
    let mut row = |name: &str, value: &str| page.push_str(&format!("\n  {name:<11} {value}"));
    let version = looked.version.as_deref();
    row("server", &version.map_or_else(|| "version not told".into(), |v| format!("Redis {v}")));
    let region = looked.region.as_deref();
    row("region", region.unwrap_or("not told over REST; the console shows it"));
    row("consistency", CONSISTENCY);
    row("durability", DURABILITY);
    row("eviction", &eviction(looked));
    row("data", &data(looked));
    row("latency", &time(looked.latency));
    row("commands", &format!("{} for this look", looked.commands));
    row("polling", &pauses(polling));
    if let Some(budget) = polling.budget {
        let budget = grouped(budget);
        row("budget", &format!("{budget} commands of each process in 30 days: then it asks less"));
    }
    for (name, value) in cost(load, polling) {
        row(name, &value);
    }
    for remark in remarks(looked) {
        row("note", &remark);
    }
    page
}

fn eviction(looked: &Looked) -> String {
    match (&looked.eviction, looked.evicts()) {
        (Some(policy), Some(true)) => format!("{policy}: it throws data away"),
        (Some(policy), _) => policy.clone(),
        (None, _) => "not told".to_owned(),
    }
}

fn data(looked: &Looked) -> String {
    let keys = match looked.keys {
        Some(1) => "1 key".to_owned(),
        Some(number) => format!("{} keys", grouped(number)),
        None => "keys not told".to_owned(),
    };
    match (looked.memory, looked.memory_limit) {
        (Some(used), Some(limit @ 1..)) => {
            format!("{keys}, {} of {}", mebibytes(used), mebibytes(limit))
        }
        (Some(used), _) => format!("{keys}, {}", mebibytes(used)),
        (None, _) => keys,
    }
}

fn pauses(polling: &Polling) -> String {
    let how = if polling.hints { "sse=on: a hint asks at once" } else { "sse=off: no hints" };
    let [least, most] = [polling.least, polling.most].map(duration::format);
    format!("every {least} while something comes, up to {most} at rest ({how})")
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn cost(load: &LoadArgs, polling: &Polling) -> Vec<(&'static str, String)> {
    let at = |what: String, month: Month| {
        let free = if month.is_free() { ", or nothing on the free plan" } else { "" };
        let (commands, dollars) = (grouped(month.commands), month.dollars());
        format!("{what}: {commands} commands a month, ${dollars:.2}{free}")
    };
    let processes = match load.processes() {
        1 => "1 process at rest".to_owned(),
        number => format!("{} processes at rest", grouped(number)),
    };
    let (tasks, messages) = (grouped(load.tasks()), grouped(load.messages()));
    let work = format!("with {tasks} tasks and {messages} messages a day");
    let minute = polling.a_minute();
    let each = format!(
        "a run {RUN} commands, a task in it {TASK}, a message {MESSAGE}; who waits, {minute:.1} a \
         minute"
    );
    vec![
        ("cost", each),
        ("cost", at(processes, Month::at_rest(load.processes(), polling))),
        ("cost", at(work, Month::at_work(load, polling))),
        (
            "prices",
            format!(
                "$0.{CENTS:02} per 100,000 commands; free: {} a month (the vendor's page, {AS_OF}); \
                 an estimate, not a bill",
                grouped(FREE)
            ),
        ),
    ]
}

fn remarks(looked: &Looked) -> Vec<String> {
    let told = match looked.evicts() {
        Some(false) => return Vec::new(),
        Some(true) => "eviction is on: a task that is thrown away is lost",
        None => "the service does not tell whether it throws data away when it is full",
    };
    vec![format!("{told}; switch eviction off in the console")]
}

/// A number with commas.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
