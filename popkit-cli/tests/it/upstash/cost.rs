//! What things cost, as it is told.

use popkit_testkit::UpstashOptions;
use serde_json::Value;

use super::{double, room, well};

/// How many tasks: enough for what begins and ends a run to weigh little.
const TASKS: u64 = 100;

#[test]
fn a_run_is_billed_what_status_says() {
    let double = double(UpstashOptions::default());
    let mut room = room(&double);
    room.set("PATH", std::env::var("PATH").unwrap());
    let shown = well(&room, &double, &["--json", "upstash", "--status"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let [run, task] = ["per_run", "per_task"].map(|name| shown["cost"][name].as_u64().unwrap());
    let tasks = (0..TASKS).map(|id| format!("{{ id = \"t{id}\", command = \"true\" }},"));
    let tasks: String = tasks.collect();
    room.write("p.toml", &format!("objective = \"test\"\ntasks = [{tasks}]"));
    double.reset_counts();
    well(&room, &double, &["run", "p.toml", "--agents", "4", "--url", "upstash:"]);
    let (billed, told) = (double.commands(), run + task * TASKS);
    let apart = billed.abs_diff(told);
    assert!(apart * 10 <= told, "{billed} were billed, {told} told: {:?}", double.counts());
}

#[test]
fn a_message_is_billed_what_status_says() {
    let double = double(UpstashOptions::default());
    let mut room = room(&double);
    room.set("POPKIT_URL", "upstash:");
    let shown = well(&room, &double, &["--json", "upstash", "--status"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let message = shown["cost"]["per_message"].as_u64().unwrap();
    let send = ["send", "--channel", "results", "text"];
    // The first makes the channel.
    well(&room, &double, &send);
    double.reset_counts();
    for _ in 0..10 {
        well(&room, &double, &send);
    }
    // Each process says hello, and numbers its messages anew.
    let of_process = double.counts()["ping"] + double.counts()["incr"];
    assert_eq!(double.commands() - of_process, 10 * message, "{:?}", double.counts());
}
