//! Protected paths.

use std::path::Path;

use popkit_protocol::Object;

use super::*;

fn by(paths: &ProtectedPaths, cwd: &str, written: &str) -> Option<String> {
    paths.check(Path::new(cwd), written).map(|objection| objection.rule)
}

fn rule(written: &str) -> Option<String> {
    by(&ProtectedPaths::default(), "/work/app", written)
}

#[test]
fn p20_every_spelling_of_a_protected_path_is_denied() {
    for (written, pattern) in [
        ("config/.env", ".env*"),
        ("/x/.env", ".env*"),
        ("secrets/a", "**/secrets/**"),
        (".git/config", "**/.git/**"),
        ("node_modules/a", "**/node_modules/**"),
        ("credentials/k", "**/credentials/**"),
        ("prod.config.js", "**/prod.config.*"),
        ("src/auth/../../.env", ".env*"),
    ] {
        assert_eq!(rule(written).as_deref(), Some(pattern), "{written}");
    }
}

#[test]
fn p20_what_is_not_protected_stays_allowed() {
    for written in [
        "src/main.rs",
        "config/app.toml",
        "environment.md",
        "secret/a",
        "docs/secrets.md",
        "src/git/config.rs",
        ".gitignore",
        ".github/workflows/ci.yml",
        "product.config.js",
        "key.rs",
        "src/../src/keys/mod.rs",
        "node_modules.md",
        "secrets/../src/a.rs",
    ] {
        assert_eq!(rule(written), None, "{written}");
    }
}

#[test]
fn a_pattern_protects_its_folder_itself_at_any_depth() {
    for written in ["secrets", "a/b/secrets", "a/SECRETS/b/c", "a/.git", ".env.d/local", "k.PEM"] {
        assert!(rule(written).is_some(), "{written}");
    }
    for written in ["a\\.env", ".env:stream", ".git./hooks/x", "s\u{200d}ecrets/a"] {
        assert!(rule(written).is_some(), "{written:?}");
    }
}

#[test]
fn some_are_protected_whatever_the_configuration() {
    let none = ProtectedPaths::new(Vec::<String>::new()).unwrap();
    for written in [
        ".popkit/default/tasks.db",
        "a/.claude/settings.json",
        ".claude/settings.local.json",
        ".claude/hooks/x.sh",
        ".claude/popkit/config.json",
        ".mcp.json",
        ".git/hooks/pre-commit",
        ".GIT/config",
        ".git/config.worktree",
        ".git/worktrees/a/config.worktree",
        ".git/worktrees/a/commondir",
        ".git/modules/a/b/hooks/x",
        ".git/modules/a/config",
        "a/.git",
        ".popkit",
    ] {
        assert!(by(&none, "/work/app", written).is_some(), "{written}");
    }
    for written in [".env", ".claude/agents/a.md", ".git/HEAD", "a/b"] {
        assert_eq!(by(&none, "/work/app", written), None, "{written}");
    }
}

#[test]
fn where_the_project_itself_lies_does_not_count() {
    let paths = ProtectedPaths::default();
    assert!(by(&paths, "/none/secrets/app", "src/a.rs").is_some(), "nobody said what it is");
    let paths = paths.with_root(Path::new("/none/secrets/app/"));
    assert_eq!(by(&paths, "/none/secrets/app/src", "a.rs"), None);
    for written in ["../../b", "/none/secrets/application/x", ".env", "../.git/x"] {
        assert!(by(&paths, "/none/secrets/app/src", written).is_some(), "{written}");
    }
    // Going there changes nothing: a folder is what it is, whoever is in it.
    assert!(by(&ProtectedPaths::default(), "/work/app/.git", "config").is_some());
}

#[test]
fn what_is_always_protected_is_also_where_the_project_lies_in_it() {
    for (root, file) in [
        ("/none/.claude", "settings.json"),
        ("/none/.claude/hooks/a", "x"),
        ("/none/.git", "config"),
    ] {
        let paths = ProtectedPaths::default().with_root(Path::new(root));
        assert!(by(&paths, root, file).is_some(), "{root}/{file}");
        assert_eq!(by(&paths, "/none", "src/a"), None);
    }
}

#[test]
fn a_folder_that_is_named_is_protected_by_its_very_name() {
    let paths = ProtectedPaths::always().with_folder(Path::new("/none/st[a]te/./x"));
    for written in ["/none/st[a]te/x", "/none/ST[A]te/X/default/tasks.db", "../st[a]te/x/y"] {
        assert!(by(&paths, "/none/app", written).is_some(), "{written}");
    }
    for written in ["/none/state/x", "/none/st[a]te/y", "/none/app/none/st[a]te/x", "x"] {
        assert_eq!(by(&paths, "/none/app", written), None, "{written}");
    }
    assert!(paths.check_moved(Path::new("/none/app"), "../st[a]te").is_some());
}

#[test]
fn what_holds_something_protected_is_not_moved() {
    let paths = ProtectedPaths::default().with_root(Path::new("/none/app"));
    let moved = |from: &str, to: &str| {
        let input = Object::default().with("source", from).unwrap();
        let input = input.with("destination", to).unwrap();
        let call = ToolCall::new("mcp__disk__move_file", &input, Path::new("/none/app"));
        matches!(paths.judge(&call), Verdict::Deny(_))
    };
    for held in [".claude", "a/.claude", ".CLAUDE/popkit", ".git/modules/a/b", ".", "..", "/"] {
        assert!(moved(held, "x") && moved("x", held), "{held}");
    }
    for free in ["src", "src/claude", ".claude/agents", "../other", "config"] {
        assert!(!moved(free, "x") && !moved("x", free), "{free}");
    }
    // To write below them is another matter.
    assert_eq!(by(&paths, "/none/app", ".claude/agents/a.md"), None);
}

#[test]
fn patterns_may_be_anchored_and_have_holes() {
    let paths = ProtectedPaths::new(["/etc/**", "deploy/**/*.yml"]).unwrap();
    for written in ["/etc/passwd", "deploy/a/b/c.yml", "x/deploy/c.yml"] {
        assert!(by(&paths, "/w", written).is_some(), "{written}");
    }
    for written in ["etc/passwd", "deploy/a.rs"] {
        assert_eq!(by(&paths, "/w", written), None, "{written}");
    }
    for bad in ["", "/", "**", "a/[b", "a/{b"] {
        let error = ProtectedPaths::new([bad]).unwrap_err();
        assert!(error.to_string().contains("pattern"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn p20_links_do_not_hide_what_is_protected() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    std::fs::create_dir(root.join("secrets")).unwrap();
    symlink("secrets", root.join("open")).unwrap();
    symlink(".env", root.join("notes.txt")).unwrap();
    let paths = ProtectedPaths::default();
    for written in ["open/a", "notes.txt", "open/../open/b/c"] {
        assert!(paths.check(root, written).is_some(), "{written}");
    }
    symlink("x", root.join("x")).unwrap();
    let objection = paths.check(root, "x/a").unwrap();
    assert!(objection.reason.contains("circle"), "{objection}");
    assert_eq!(paths.check(root, "plain"), None);
}

#[test]
fn a_call_is_judged_by_all_its_files() {
    let judge = |tool: &str, pairs: &[(&str, &str)]| {
        let input = pairs.iter().fold(Object::default(), |o, (k, v)| o.with(k, *v).unwrap());
        ProtectedPaths::default().judge(&ToolCall::new(tool, &input, Path::new("/w")))
    };
    assert_eq!(judge("Write", &[("file_path", "a")]), Verdict::Silent);
    assert_eq!(judge("Read", &[("file_path", ".env")]), Verdict::Silent);
    assert_eq!(judge("Bash", &[("command", "cat .env")]), Verdict::Silent);
    for (tool, pairs) in [
        ("Edit", [("file_path", ".env"), ("old_string", "x")]),
        ("NotebookEdit", [("notebook_path", "secrets/a.ipynb"), ("x", "y")]),
        ("mcp__disk__copy", [("source", "a"), ("destination", ".git/hooks/x")]),
        ("Write", [("file", "a"), ("content", "x")]),
    ] {
        assert!(matches!(judge(tool, &pairs), Verdict::Deny(_)), "{tool}");
    }
}
