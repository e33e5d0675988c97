use std::fs;

use super::*;
use crate::plan::{PlanError, check_environment};

#[test]
fn missing_directories_and_programs_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path();
    fs::create_dir(base.join("sub")).unwrap();
    fs::write(base.join("sub/plain"), "").unwrap();
    let text = r#"
objective = "o"
success = [{ command = ["sh"] }, { name = "s", command = "any thing", dir = "gone" }]
[[agents]]
name = "good"
command = ["{title}", "{prompt}"]
[[agents]]
name = "bad"
command = ["no-such-program", "{prompt}"]
[[tasks]]
id = "fine"
command = ["sh", "-c", "x"]
dir = "sub"
[[tasks]]
id = "shell"
command = "no-such-program"
[[tasks]]
id = "path"
command = ["sh"]
env = { PATH = "/nowhere" }
[[tasks]]
id = "relative"
command = ["./gone"]
dir = "sub"
[[tasks]]
id = "plain"
command = ["./plain"]
dir = "sub"
[[tasks]]
id = "file"
command = ["no-such-program"]
dir = "sub/plain"
"#;
    let path = base.join("p.toml");
    let plan = Plan::parse(text, Format::Toml, &path).unwrap();
    let found = PlanError::new("p.toml", check_environment(&plan)).to_string();
    let base = base.display();
    let expected = [
        format!("p.toml:3:34: directory \"gone\" of success criterion \"s\" does not exist (looked at {base}/gone)"),
        "p.toml:7:1: program \"no-such-program\" of agent \"bad\" is not on the PATH (install it, or name its path)".into(),
        "p.toml:17:1: program \"sh\" of task \"path\" is not on the PATH (install it, or name its path)".into(),
        format!("p.toml:21:1: program \"./gone\" of task \"relative\" does not exist (looked at {base}/sub/./gone)"),
        format!("p.toml:25:1: program \"./plain\" of task \"plain\" cannot be executed (looked at {base}/sub/./plain)"),
        format!("p.toml:29:1: directory \"sub/plain\" of task \"file\" is not a directory (looked at {base}/sub/plain)"),
    ];
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
}
