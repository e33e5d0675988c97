use super::*;

fn found(text: &str) -> Vec<String> {
    find(text, &["popkit", "@scope/kit"]).into_iter().map(|stated| stated.version).collect()
}

#[test]
fn every_documented_form_is_found() {
    for (text, version) in [
        ("![v](https://img.shields.io/badge/version-1.2.3-blue)", "1.2.3"),
        ("![v](https://img.shields.io/badge/Version-v1.2.3--rc.1-blue.svg)", "1.2.3-rc.1"),
        ("Version: 1.2.3", "1.2.3"),
        ("> **Version** v1.2.3", "1.2.3"),
        ("- Current version: `1.2.3`.", "1.2.3"),
        ("| Latest version | 1.2.3 |", "1.2.3"),
        ("The version is", ""),
        ("# PopKit 1.2.3", "1.2.3"),
        ("**popkit** v1.2 is out.", "1.2"),
        ("npm i @scope/kit@1.2.3", "1.2.3"),
        ("pip install popkit==1.2.3", "1.2.3"),
        ("popkit = \"1\"", "1"),
        ("popkit = { version = \"1.2\", features = [] }", "1.2"),
        ("  \"popkit\": \"^1.2.3\",", "1.2.3"),
        ("docker run popkit:1.2.3", "1.2.3"),
        ("popkit 1.2.x", ""),
    ] {
        let wanted: Vec<&str> = Some(version).filter(|v| !v.is_empty()).into_iter().collect();
        assert_eq!(found(text), wanted, "{text}");
    }
}

#[test]
fn other_versions_are_no_statements() {
    for text in [
        "Rust 1.89 or newer; Redis version 7.0.15",
        "## Version 1.0.0",
        "Versions 1.0.0 and 1.1.0 differ",
        "Version 2 of the protocol",
        "popkit 2.5 times faster, with popkit 3 agents",
        "popkit-redis 0.9.9 and mypopkit 0.9.9",
        "popkit >= 0.9.9",
        "popkit:6379",
        "popkit = 3 workers",
        "https://example.com/popkit/v0.9.9.tar.gz",
        "köpopkit = \"0.9.9\" ä",
        "",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_beginning_is_right_and_another_end_is_not() {
    let is = |said: &str, version| Stated { line: 1, version: said.to_owned() }.is_of(version);
    for (said, version) in [
        ("1.2.3", "1.2.3"),
        ("1.2", "1.2.3"),
        ("1", "1.2.3"),
        ("1.2.3", "1.2.3+build"),
        ("1.0", "1.0-rc.1"),
    ] {
        assert!(is(said, version), "{said} {version}");
    }
    for (said, version) in [
        ("1.2.3", "1.2.4"),
        ("1.2", "1.20.0"),
        ("1.2.3", "1.2.3-rc.1"),
        ("1.2.3-rc.1", "1.2.3"),
        ("2", "1.2.2"),
    ] {
        assert!(!is(said, version), "{said} {version}");
    }
}
