//! `readme_version_match`.

use popkit_coordinator::machine::Verdict;

use super::{Project, documentation};

const CARGO: &str = "[package]\nname = \"kit\"\nversion = \"1.2.3\"\n";

fn asked() -> popkit_coordinator::machine::Check {
    documentation("readme_version_match")
}

#[tokio::test]
async fn the_version_of_every_manifest_is_known() {
    let json = r#"{"name": "kit", "version": "1.2.3"}"#;
    let workspace = "[workspace.package]\nversion = \"1.2.3\"\n[workspace]\nmembers = [\"kit\"]\n";
    let member = "[package]\nname = \"kit\"\nversion.workspace = true\n";
    for files in [
        &[("Cargo.toml", CARGO)][..],
        &[("Cargo.toml", workspace), ("kit/Cargo.toml", member)],
        &[("Cargo.toml", &workspace.replace("\"kit\"", "\"./*\"")), ("kit/Cargo.toml", member)],
        &[("package.json", json)],
        &[("pyproject.toml", "[project]\nname = \"kit\"\nversion = \"1.2.3\"\n")],
        &[("pyproject.toml", "[tool.poetry]\nname = \"kit\"\nversion = \"1.2.3\"\n")],
        &[(".claude-plugin/plugin.json", json)],
    ] {
        let project = Project::new(files);
        project.write("README.md", "# Kit\n\n`kit = \"1.2\"`\n");
        assert_eq!(project.verdict(&asked()).await, Verdict::Met, "{files:?}");
        project.write("README.md", "# Kit\n\n`kit = \"1.1\"`\n");
        let reason = project.unmet(&asked()).await;
        let wanted = format!("README.md:3 says 1.1, {} says 1.2.3", files[0].0);
        assert_eq!(reason, wanted, "{files:?}");
    }
}

#[tokio::test]
async fn every_wrong_place_is_told_and_other_versions_are_not() {
    let project = Project::new(&[("Cargo.toml", CARGO)]);
    let readme = "# Kit 1.2.3\n\nVersion: 1.2.2\n\nNeeds Rust 1.89.\n\n```toml\nkit = \"1.1\"\n```\n\
                  kit@0.9.0 kit@0.8.0\n";
    project.write("readme.md", readme);
    assert_eq!(
        project.unmet(&asked()).await,
        "readme.md:3 says 1.2.2, readme.md:8 says 1.1, readme.md:10 says 0.9.0, 1 more are wrong, \
         Cargo.toml says 1.2.3"
    );
}

#[tokio::test]
async fn where_manifests_differ_each_is_right() {
    let project =
        Project::new(&[("Cargo.toml", CARGO), ("package.json", r#"{"version": "0.0.0"}"#)]);
    project.write("README.md", "Version 1.2.3\n");
    assert_eq!(project.verdict(&asked()).await, Verdict::Met);
    project.write("README.md", "Version 1.2.4\n");
    let reason = project.unmet(&asked()).await;
    assert_eq!(reason, "README.md:1 says 1.2.4, Cargo.toml says 1.2.3, package.json says 0.0.0");
}

#[tokio::test]
async fn who_says_nothing_is_right() {
    let project = Project::new(&[("Cargo.toml", CARGO)]);
    assert_eq!(project.verdict(&asked()).await, Verdict::Met, "there is no README");
    project.write("README.md", "# Kit\n\nA kit.\n");
    assert_eq!(project.verdict(&asked()).await, Verdict::Met);
}

#[tokio::test]
async fn what_cannot_be_compared_is_unknown() {
    let project = Project::new(&[("README.md", "Version 1.2.3\n")]);
    let reason = project.unknown(&asked()).await;
    assert_eq!(reason, "README.md:1 says 1.2.3, and no manifest says the version");
    project.write("Cargo.toml", "[package\n");
    let reason = project.unknown(&asked()).await;
    assert!(reason.starts_with("cannot read Cargo.toml: "), "{reason}");
}
