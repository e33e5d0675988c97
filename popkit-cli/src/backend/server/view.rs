//! The report.

use popkit_redis::{Eviction, Mode, Role};
use serde::Serialize;

use super::{Server, micros, time};
use crate::backend::Source;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{self, VERSION};

/// The JSON form, version 1.
#[derive(Serialize)]
struct View<'a> {
    v: u8,
    backend: &'static str,
    url: &'a str,
    from: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replicas: Option<u64>,
    durability: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    append_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    append_fsync: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maxmemory_policy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_limit: Option<u64>,
    latency_us: u64,
    remarks: Vec<String>,
}

/// Tells how a server stands.
pub(crate) fn report(cx: &Context, server: &Server, source: Source) -> Result<(), CliError> {
    if cx.json {
        return output::json(&view(server, source));
    }
    output::line(text(server, source))
}

fn view(server: &Server, source: Source) -> View<'_> {
    View {
        v: VERSION,
        backend: "redis",
        url: &server.url,
        from: source.to_string(),
        kind: server.kind,
        version: server.identity.version.map(|version| version.to_string()),
        mode: server.identity.mode.and_then(mode),
        role: server.identity.role.and_then(role),
        replicas: server.identity.replicas,
        durability: server.durability(),
        append_only: server.settings.append_only,
        append_fsync: server.settings.append_fsync.as_deref(),
        maxmemory_policy: server.settings.maxmemory_policy.as_deref(),
        memory: server.memory,
        memory_limit: server.memory_limit,
        latency_us: micros(server.latency),
        remarks: server.settings.remarks(),
    }
}

fn text(server: &Server, source: Source) -> String {
    let mut page = format!("{} (from {source})", server.url);
    let mut row = |name: &str, value: String| page.push_str(&format!("\n  {name:<11} {value}"));
    row("server", who(server));
    row("durability", durability(server));
    row("eviction", eviction(server));
    if let Some(memory) = memory(server) {
        row("memory", memory);
    }
    row("latency", time(server.latency));
    for remark in server.settings.remarks() {
        row("note", remark);
    }
    page
}

fn who(server: &Server) -> String {
    let identity = &server.identity;
    let version = identity.version.map_or_else(|| "unknown version".to_owned(), |v| v.to_string());
    let mut parts = vec![format!("Redis {version}"), server.kind.to_owned()];
    parts.extend(identity.role.and_then(role).map(str::to_owned));
    parts.extend(identity.replicas.map(|number| match number {
        1 => "1 replica".to_owned(),
        number => format!("{number} replicas"),
    }));
    parts.join(", ")
}

fn durability(server: &Server) -> String {
    let settings = &server.settings;
    let file = match (settings.append_only, settings.append_fsync.as_deref()) {
        (Some(true), Some(fsync)) => format!(" (appendonly yes, appendfsync {fsync})"),
        (Some(true), None) => " (appendonly yes, appendfsync not told)".to_owned(),
        (Some(false), _) => " (appendonly no)".to_owned(),
        (None, _) => String::new(),
    };
    format!("{}{file}", server.durability())
}

fn eviction(server: &Server) -> String {
    match server.settings.eviction() {
        Eviction::Never => "noeviction".to_owned(),
        Eviction::Evicts(policy) => format!("{policy}: it throws data away"),
        _ => "not told".to_owned(),
    }
}

fn memory(server: &Server) -> Option<String> {
    let used = mebibytes(server.memory?);
    Some(match server.memory_limit {
        Some(limit @ 1..) => format!("{used} of {}", mebibytes(limit)),
        _ => format!("{used}, no limit"),
    })
}

pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0))
}

fn role(role: Role) -> Option<&'static str> {
    match role {
        Role::Primary => Some("primary"),
        Role::Replica => Some("replica"),
        _ => None,
    }
}

fn mode(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Standalone => Some("standalone"),
        Mode::Cluster => Some("cluster"),
        Mode::Sentinel => Some("sentinel"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use popkit_redis::{Identity, Settings};

    use super::*;

    fn server() -> Server {
        let mut identity = Identity::default();
        identity.version = "7.0.15".parse().ok();
        identity.role = Some(Role::Primary);
        identity.replicas = Some(1);
        let mut settings = Settings::default();
        settings.maxmemory_policy = Some("noeviction".to_owned());
        settings.append_only = Some(true);
        Server {
            url: "redis://localhost:6379/0".to_owned(),
            kind: "single server",
            identity,
            settings,
            memory: Some(1 << 20),
            memory_limit: Some(4 << 20),
            latency: Duration::from_micros(210),
        }
    }

    #[test]
    fn people_read_it_by_rows() {
        let page = text(&server(), Source::Environment);
        for row in [
            "redis://localhost:6379/0 (from the environment)",
            "\n  server      Redis 7.0.15, single server, primary, 1 replica",
            "\n  durability  unverified (appendonly yes, appendfsync not told)",
            "\n  eviction    noeviction",
            "\n  memory      1.0 MiB of 4.0 MiB",
            "\n  latency     0.21 ms",
            "\n  note        Redis does not tell whether it syncs",
        ] {
            assert!(page.contains(row), "{row:?} is missing in\n{page}");
        }
    }

    #[test]
    fn what_is_not_told_is_left_out_of_the_json() {
        let mut server = server();
        server.settings.maxmemory_policy = None;
        let shown = serde_json::to_value(view(&server, Source::Url)).unwrap();
        assert_eq!((&shown["version"], &shown["latency_us"]), (&"7.0.15".into(), &210.into()));
        assert!(shown.get("maxmemory_policy").is_none() && shown.get("mode").is_none());
        assert_eq!(server.memory_share(), Some(0.25));
    }
}
