//! Files that are wrong, and what is said about them.
//!
//! The cases are in `bad/*.txt`. `#####` starts a group: its title, and what every text
//! of the group begins with. `=====` starts a text, `-----` the lines of its error.

use super::*;

fn check(format: Format, cases: &str) {
    let mut wrong = String::new();
    let mut count = 0;
    for group in cases.split("##### ").skip(1) {
        let (head, cases) = group.split_once("=====\n").expect("a group has cases");
        let (title, head) = head.split_once('\n').expect("a group has a title");
        for case in cases.split("=====\n") {
            let (text, expected) = case.split_once("\n-----\n").expect("a case has an error");
            let text = format!("{head}{text}");
            let found = parse(&text, format).map_or_else(|error| error, |_| "no error".to_owned());
            if found != expected.trim_end() {
                wrong.push_str(&format!("in {title}:\n{text}\n-----\n{found}\n\n"));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 10, "only {count} cases were found");
}

#[test]
fn toml() {
    check(Format::Toml, include_str!("bad/toml.txt"));
}

#[test]
fn yaml() {
    check(Format::Yaml, include_str!("bad/yaml.txt"));
}

#[test]
fn json() {
    check(Format::Json, include_str!("bad/json.txt"));
}

#[test]
fn rules() {
    check(Format::Toml, include_str!("bad/rules.txt"));
}

#[test]
fn strange_characters_in_json() {
    for (text, error) in [
        (
            "{\"a\": \"\t\"}",
            "1:7: not valid JSON: control character (\\u0000-\\u001F) found while parsing a string",
        ),
        ("{\"a\":\u{a0}1}", "1:6: not valid JSON: expected value"),
    ] {
        assert_eq!(parse(text, Format::Json).unwrap_err(), format!("p.json:{error}"));
    }
}

#[test]
fn an_error_is_one_short_line_whatever_the_names() {
    let name = "x\\ny".repeat(500);
    let text = format!("{HEAD}{TASK}\"{name}\" = 1\nneeds = [\"{name}\"]\nphase = \"{name}\"\n");
    let error = parse(&text, Format::Toml).unwrap_err();
    assert_eq!(error.lines().count(), 3, "{error}");
    assert!(error.lines().all(|line| line.len() < 300), "{error}");
}
