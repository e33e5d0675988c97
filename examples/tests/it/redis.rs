//! The examples that need a Redis server. They are built with the tests of this package.

use std::path::PathBuf;
use std::process::{Command, Output};

use popkit_testkit::{RedisOptions, RedisServer};

/// An example beside the running test: `target/debug/deps/it-0f` → `target/debug/examples/NAME`.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("the test's own path");
    let built: Option<PathBuf> = test.ancestors().nth(2).map(|folder| folder.join("examples"));
    let path = built.expect("a folder").join(name);
    let mend = "build it with `cargo build --package popkit-examples --examples`";
    assert!(
        path.is_file(),
        "no example {name} beside this test: {mend}, or run `cargo xtask test`"
    );
    let mut command = Command::new(path);
    for name in ["REDIS_URL", "UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn text(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    format!("{}{errors}", String::from_utf8_lossy(&output.stdout))
}

#[test]
fn the_demo_finishes_its_plan_in_several_processes_and_again_on_the_same_server() {
    let server = RedisServer::start(RedisOptions::default());
    for arguments in [true, false] {
        let mut demo = example("redis_demo");
        if arguments {
            demo.args(["--url", &server.url()]);
        } else {
            demo.env("REDIS_URL", server.url());
        }
        let ended = demo.output().expect("it starts");
        let text = text(&ended);
        assert!(ended.status.success(), "{text}");
        for line in
            ["writer-1: draft is finished", "publish     done \"writer-1\"", "6 done, 0 open"]
        {
            assert!(text.contains(line), "no {line:?} in: {text}");
        }
    }
}

#[test]
fn the_latency_test_measures_all_four() {
    let server = RedisServer::start(RedisOptions::default());
    let mut test = example("redis_latency_test");
    let ended = test.args(["--url", &server.url(), "--count", "20"]).output().expect("it starts");
    let text = text(&ended);
    assert!(ended.status.success(), "{text}");
    for row in ["publish to receive ", "claim ", "complete + claim ", "status update "] {
        let row = text.lines().find_map(|line| line.strip_prefix(row));
        let figures: Vec<f64> =
            row.into_iter().flat_map(str::split_whitespace).flat_map(str::parse).collect();
        assert!(matches!(figures[..], [p50, p99] if 0.0 < p50 && p50 <= p99), "{text}");
    }
}

#[test]
fn without_a_server_they_say_how_to_get_one() {
    for name in ["redis_demo", "redis_latency_test"] {
        let ended =
            example(name).args(["--url", "redis://127.0.0.1:1"]).output().expect("it starts");
        let text = text(&ended);
        assert!(!ended.status.success());
        assert!(text.contains("127.0.0.1:1"), "{text}");
        assert!(text.contains("popkit redis start"), "{text}");
        assert_eq!(text.trim_end().lines().last().map(|line| line.starts_with(name)), Some(true));
    }
}
