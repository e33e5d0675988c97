//! `popkit redis debug`.

use popkit_redis::{Command, ErrorKind, Redis, Reply};
use serde::Serialize;

use super::choose::{Engine, compose};
use super::home::{Home, Record};
use super::{docker, local};
use crate::backend::server::{self, Info};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION};

/// Lines of the log that are shown.
const LINES: usize = 20;
/// Clients that are shown.
const CLIENTS: usize = 50;
/// What is shown of `INFO`, in this order.
const FIELDS: [&str; 18] = [
    "redis_version",
    "uptime_in_seconds",
    "process_id",
    "config_file",
    "role",
    "connected_slaves",
    "connected_clients",
    "blocked_clients",
    "maxclients",
    "used_memory_human",
    "maxmemory_human",
    "maxmemory_policy",
    "evicted_keys",
    "aof_enabled",
    "aof_last_write_status",
    "loading",
    "rejected_connections",
    "instantaneous_ops_per_sec",
];
/// What is shown of a client.
const CLIENT: [&str; 7] = ["id", "addr", "name", "user", "age", "idle", "cmd"];

/// Everything that is shown; the JSON form, version 1.
#[derive(Serialize)]
struct View {
    v: u8,
    log: Vec<String>,
    info: Vec<(&'static str, String)>,
    clients: Vec<Vec<(&'static str, String)>>,
    channels: Vec<String>,
}

/// Shows the log also of a server that does not run: that is when it is wanted.
pub(super) async fn run(cx: &Context, home: &Home, commander: bool) -> Result<Exit, CliError> {
    let record = home.known()?;
    if commander {
        return start_commander(home, &record).await;
    }
    let mut view = View {
        v: VERSION,
        log: log(home, &record).await?,
        info: Vec::new(),
        clients: Vec::new(),
        channels: Vec::new(),
    };
    let asked = ask(home, &record, &mut view).await;
    if cx.json {
        output::json(&view)?;
    } else {
        output::line(text(&view))?;
    }
    asked.map(|()| Exit::Done)
}

async fn log(home: &Home, record: &Record) -> Result<Vec<String>, CliError> {
    match record.by {
        Engine::Local => Ok(local::tail(&home.file("redis.log"), LINES)),
        Engine::Docker => {
            let compose = compose().await.map_err(|why| {
                CliError::failed(format!("docker cannot be used: {why}; start its daemon"))
            })?;
            docker::log(home, record, &compose, LINES).await
        }
    }
}

async fn ask(home: &Home, record: &Record, view: &mut View) -> Result<(), CliError> {
    let redis = server::connect(&record.config(home)?).await?;
    let info = Info::ask(&redis, "", &[]).await?;
    let known = FIELDS.iter().filter_map(|name| Some((*name, info.field(name)?.to_owned())));
    view.info = known.collect();
    let list = words(&redis, Command::new("CLIENT").arg("LIST")).await?;
    view.clients = list.iter().flat_map(|text| text.lines()).map(client).collect();
    view.clients.truncate(CLIENTS);
    view.channels = words(&redis, Command::new("PUBSUB").args(["CHANNELS"])).await?;
    view.channels.sort();
    // Nothing is under way any more.
    let _ = redis.close().await;
    Ok(())
}

/// The texts of an answer; none where it is not allowed to ask.
async fn words(redis: &Redis, command: Command) -> Result<Vec<String>, CliError> {
    match redis.execute(command).await {
        Ok(Reply::Array(items)) => {
            Ok(items.into_iter().map(Reply::into_text).collect::<popkit_redis::Result<_>>()?)
        }
        Ok(reply) => Ok(vec![reply.into_text()?]),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Reads `id=3 addr=127.0.0.1:1 name= …`.
fn client(line: &str) -> Vec<(&'static str, String)> {
    let value = |name: &str| {
        let mut pairs = line.split(' ').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    CLIENT.iter().filter_map(|name| Some((*name, value(name)?))).collect()
}

fn text(view: &View) -> String {
    let mut page = String::new();
    let mut part = |name: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            page.push_str(if page.is_empty() { "" } else { "\n" });
            page.push_str(name);
            for line in lines {
                page.push_str(&format!("\n  {}", output::short(&line, 200)));
            }
        }
    };
    part("log", view.log.clone());
    part("info", view.info.iter().map(|(name, value)| format!("{name}: {value}")).collect());
    let row = |pairs: &Vec<(&str, String)>| {
        let filled = pairs.iter().filter(|(_, value)| !value.is_empty());
        filled.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    part("clients", view.clients.iter().map(row).collect());
    part("channels", view.channels.clone());
    page
}

async fn start_commander(home: &Home, record: &Record) -> Result<Exit, CliError> {
    if record.by != Engine::Docker {
        return Err(CliError::usage(
            "Redis Commander is a container, and this Redis is none; look at the data with \
             redis-cli, or start Redis in docker: popkit redis start --docker",
        ));
    }
    let compose = compose().await.map_err(|why| {
        CliError::failed(format!("docker cannot be used: {why}; start its daemon"))
    })?;
    docker::commander(home, record, &compose).await?;
    output::line("Redis Commander is at http://127.0.0.1:18081")?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_read_by_its_fields() {
        let found =
            client("id=3 addr=127.0.0.1:9 laddr=x fd=8 name= user=agent age=1 cmd=client|list");
        let shown: Vec<String> =
            found.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            shown,
            ["id=3", "addr=127.0.0.1:9", "name=", "user=agent", "age=1", "cmd=client|list"]
        );
    }
}
