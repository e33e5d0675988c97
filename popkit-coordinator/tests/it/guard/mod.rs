//! The guard, over what was stored.

#![allow(clippy::unwrap_used, reason = "helpers of tests: a panic is what a failure is")]

use std::path::Path;

use popkit_coordinator::guard::{ProtectedPaths, ToolCall, Verdict, judge};
use popkit_protocol::compat::python::Python;
use popkit_protocol::session::{BoundaryKind, ViolationAction};
use popkit_protocol::{Boundary, Codec, Json, Object, Objective, RandomIds, Timestamp};
use popkit_store::{MemoryStore, SqliteOptions, StateKey, StateStore, StateStoreExt as _};

fn write(file: &str) -> ToolCall {
    let input = Object::default().with("file_path", file).unwrap();
    ToolCall::new("Write", &input, Path::new("/none/app"))
}

#[test]
fn p20_the_list_of_the_original_s_holes_is_denied() {
    for file in [
        "config/.env",
        "/x/.env",
        "secrets/a",
        ".git/config",
        "node_modules/a",
        "credentials/k",
        "prod.config.js",
        "src/auth/../../.env",
    ] {
        let verdict = ProtectedPaths::default().judge(&write(file));
        assert!(matches!(verdict, Verdict::Deny(_)), "{file}");
    }
    for file in ["src/main.rs", "config/app.toml", "docs/environment.md"] {
        assert_eq!(ProtectedPaths::default().judge(&write(file)), Verdict::Silent, "{file}");
    }
}

fn objective() -> Objective {
    let boundary = |kind, value: &str, action| {
        Boundary::new(kind, "the limit", Json::from_text(value).unwrap(), action)
    };
    Objective::new(&RandomIds, Timestamp::EPOCH, "x").with_boundaries([
        boundary(BoundaryKind::FilePattern, r#"["src/**"]"#, ViolationAction::Block),
        boundary(BoundaryKind::HumanGate, r#"["src/auth/**"]"#, ViolationAction::HumanRequired),
        boundary(BoundaryKind::ToolRestriction, r#"["Write"]"#, ViolationAction::Block),
        Boundary::time_limit(std::time::Duration::from_secs(1800)).unwrap(),
    ])
}

async fn stored_and_read_back(store: &dyn StateStore, form: &str) -> Objective {
    let key = StateKey::new("pop:objective").unwrap();
    store.save_text(&key, form).await.unwrap();
    let found = store.load_text(&key).await.unwrap().unwrap().value;
    Codec::default().from_json(&Json::from_text(&found).unwrap()).unwrap()
}

#[tokio::test]
async fn p22_boundaries_guard_after_they_were_stored_and_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = SqliteOptions::new(dir.path().join("t.db")).open().await.unwrap();
    let stores: [&dyn StateStore; 2] = [&MemoryStore::new(), &sqlite];
    let native = Codec::default().to_json(&objective()).unwrap();
    let python = Python::default().to_json(&objective()).unwrap();
    for store in stores {
        for form in [&native, &python] {
            let read = stored_and_read_back(store, form.as_str()).await;
            let verdict = |call: &ToolCall| judge(&read.boundaries, call).verdict;
            assert_eq!(verdict(&write("src/a.rs")), Verdict::Silent);
            assert!(matches!(verdict(&write("docs/a.md")), Verdict::Deny(_)));
            assert!(matches!(verdict(&write("src/auth/a.rs")), Verdict::Ask(_)));
            let shell = ToolCall::new("Bash", &Object::default(), Path::new("/none/app"));
            assert!(matches!(verdict(&shell), Verdict::Deny(_)));
        }
    }
}
