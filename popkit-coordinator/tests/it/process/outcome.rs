//! How a run ends and what it captures.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use popkit_coordinator::process::{ChildSpec, Exit, ProcessError, Runner, ShimCommand, Stream};

use super::*;

#[tokio::test]
async fn exit_codes_and_signals_come_through() {
    for (script, exit) in [
        ("exit 0", Exit::Code(0)),
        ("exit 3", Exit::Code(3)),
        ("exit 128", Exit::Code(128)),
        ("exit 255", Exit::Code(255)),
        ("kill -KILL $$", Exit::Signal(9)),
        ("kill -TERM $$", Exit::Signal(15)),
        // A whole group's SIGTERM, which the shim gets as well.
        ("trap '' TERM; kill -TERM 0; exit 5", Exit::Code(5)),
    ] {
        let finished = run(sh(script)).await.unwrap();
        assert_eq!(finished.exit, exit, "{script}: {finished:?}");
    }
}

#[tokio::test]
async fn streams_are_kept_apart() {
    let finished = run(sh("echo out; echo err >&2")).await.unwrap();
    assert_eq!(finished.stdout.to_text(), "out\n");
    assert_eq!(finished.stderr.to_text(), "err\n");
    assert!(finished.stdout.is_complete() && finished.stderr.is_complete());
    assert!(finished.elapsed > Duration::ZERO);
}

#[tokio::test]
async fn input_reaches_the_command_and_ends() {
    let mut spec = ChildSpec::new(["cat"]);
    assert_eq!(run(spec.clone()).await.unwrap().stdout.to_text(), "");
    spec.input = (0..=255).cycle().take(1 << 20).collect();
    spec.output_limit = 2 << 20;
    let finished = run(spec.clone()).await.unwrap();
    assert!(finished.stdout.into_bytes() == spec.input);
}

#[tokio::test]
async fn a_command_need_not_read_its_input() {
    let mut spec = sh("exit 4");
    spec.input = vec![b'x'; 1 << 20];
    assert_eq!(run(spec).await.unwrap().exit, Exit::Code(4));
}

#[tokio::test]
async fn output_is_bounded() {
    let mut spec = sh("echo start; head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end");
    spec.output_limit = 1000;
    let stdout = run(spec).await.unwrap().stdout;
    assert_eq!(stdout.dropped(), 1_000_011 - 1000);
    assert_eq!((stdout.head().len(), stdout.tail().len()), (500, 500));
    assert!(stdout.head().starts_with(b"start\nxx"));
    assert!(stdout.tail().ends_with(b"xx\nend\n"));
}

#[tokio::test]
async fn lines_arrive_while_the_command_runs() {
    let dir = tempfile::tempdir().unwrap();
    // Ends only after the test has seen the line and made the file.
    let mut spec = sh("echo waiting; until [ -e go ]; do sleep 0.01; done; printf done");
    spec.dir = Some(dir.path().to_owned());
    let mut lines = Lines::of(&mut spec);
    let (finished, ()) = tokio::join!(run(spec), async {
        assert_eq!(lines.next().await, "waiting");
        std::fs::write(dir.path().join("go"), "").unwrap();
    });
    assert_eq!(lines.next().await, "done");
    assert_eq!(finished.unwrap().stdout.to_text(), "waiting\ndone");
}

#[tokio::test]
async fn lines_name_their_stream() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let mut spec = sh("echo err >&2");
    spec.on_line = Some(Arc::new(move |stream, line: &str| {
        let _ = sender.send((stream, line.to_owned()));
    }));
    run(spec).await.unwrap();
    assert_eq!(receiver.recv().await, Some((Stream::Stderr, "err".to_owned())));
}

#[tokio::test]
async fn directory_and_environment_are_the_childs() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("here"), "").unwrap();
    let mut spec = sh("ls; echo \"$POPKIT_A,${HOME-none}\"");
    spec.dir = Some(dir.path().to_owned());
    spec.env = vec![variable("POPKIT_A", "a"), variable("PATH", "/usr/bin:/bin")];
    spec.env_clear = true;
    assert_eq!(run(spec).await.unwrap().stdout.to_text(), "here\na,none\n");
}

#[tokio::test]
async fn a_removed_variable_is_not_inherited_but_can_be_set() {
    let mut spec = sh("echo \"${HOME-none},${CARGO_MANIFEST_DIR-none}\"");
    spec.env = vec![variable("HOME", "set")];
    spec.env_remove = vec!["HOME".into(), "CARGO_MANIFEST_DIR".into()];
    assert_eq!(run(spec).await.unwrap().stdout.to_text(), "set,none\n");
}

#[tokio::test]
async fn a_relative_command_is_looked_up_in_its_directory() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("tool");
    std::fs::write(&script, "#!/bin/sh\necho tool\n").unwrap();
    let mut spec = ChildSpec::new(["./tool"]);
    spec.dir = Some(dir.path().to_owned());
    let error = run(spec.clone()).await.unwrap_err();
    assert!(matches!(error, ProcessError::NotExecutable { .. }), "{error}");

    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(run(spec).await.unwrap().stdout.to_text(), "tool\n");
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let error = run(ChildSpec::new(["popkit-no-such"])).await.unwrap_err();
    assert_eq!(error.to_string(), "command \"popkit-no-such\" was not found");

    let mut spec = sh("exit 0");
    spec.dir = Some("/popkit/no/such".into());
    let error = run(spec).await.unwrap_err();
    assert!(matches!(error, ProcessError::MissingDirectory { .. }));
    assert!(error.to_string().contains("/popkit/no/such"), "{error}");

    let runner = Runner::new(ShimCommand { program: "/popkit/no/shim".into(), args: Vec::new() });
    let error = runner.run(sh("exit 0"), std::future::pending()).await.unwrap_err();
    assert!(matches!(error, ProcessError::Spawn { .. }));
    assert!(error.to_string().contains("/popkit/no/shim"), "{error}");
}

#[tokio::test]
async fn the_shim_reports_what_the_check_cannot_see() {
    // Without a PATH there is nothing to check beforehand.
    let mut spec = ChildSpec::new(["popkit-no-such"]);
    spec.env_clear = true;
    let finished = run(spec).await.unwrap();
    assert_eq!(finished.exit, Exit::Code(127));
    let said = finished.stderr.to_text();
    assert!(said.contains("\"popkit-no-such\" was not found in"), "{said}");

    // Executable by its permissions only.
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("broken");
    std::fs::write(&broken, [0x7f, b'E', b'L', b'F', 0, 0]).unwrap();
    std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o755)).unwrap();
    let finished = run(ChildSpec::new([&broken])).await.unwrap();
    assert_eq!(finished.exit, Exit::Code(126), "{finished:?}");
    let said = finished.stderr.to_text();
    assert!(said.contains("cannot execute"), "{said}");
}

#[test]
fn a_shim_started_by_hand_does_nothing() {
    let shim = || {
        let mut command = Command::new(example());
        command.args(["__shim", "--grace-ms", "1", "--", "echo", "ran"]);
        command
    };
    // It would signal the group of this test.
    let in_our_group = shim().stdin(Stdio::piped()).output().unwrap();
    let without_pipe = shim().process_group(0).stdin(Stdio::null()).output().unwrap();
    for output in [in_our_group, without_pipe] {
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(output.stdout, b"");
        assert!(String::from_utf8_lossy(&output.stderr).contains("cannot act as a shim"));
    }
}
