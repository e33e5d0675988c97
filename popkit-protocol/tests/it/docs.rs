//! `docs/state-machines.md` says what the code does.

use std::collections::BTreeMap;
use std::path::Path;

use popkit_protocol::TaskState;
use popkit_protocol::task::{Trigger, transition};

type Table = BTreeMap<(TaskState, &'static str), Option<TaskState>>;

/// The text of the page. Read when the test runs: a published package has no `docs/`.
fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/state-machines.md");
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn trigger(text: &str) -> Trigger {
    let found = Trigger::ALL.into_iter().find(|by| by.name() == text);
    found.unwrap_or_else(|| panic!("no trigger is called {text:?}"))
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect()
}

/// What the code says, of every pair.
fn of_the_code() -> Table {
    let pairs = TaskState::ALL.into_iter().flat_map(|s| Trigger::ALL.map(|t| (s, t)));
    pairs.map(|(from, by)| ((from, by.name()), transition(from, by).ok())).collect()
}

/// What the table says: a row for each trigger, a column for each state.
fn of_the_table(page: &str) -> Table {
    let mut lines = page.lines().skip_while(|line| !line.starts_with("| Trigger | `backlog`"));
    let head = cells(lines.next().unwrap_or_else(|| panic!("no table of triggers and states")));
    let states: Vec<TaskState> = head[1..].iter().map(|name| name.parse().unwrap()).collect();
    let mut table = Table::new();
    for line in lines.skip(1).take_while(|line| line.starts_with('|')) {
        let row = cells(line);
        assert_eq!(row.len(), head.len(), "{line}");
        for (&from, &to) in states.iter().zip(&row[1..]) {
            let to = (to != "–").then(|| to.parse().unwrap());
            let twice = table.insert((from, trigger(row[0]).name()), to);
            assert!(twice.is_none(), "{from} and {} are there twice", row[0]);
        }
    }
    table
}

/// What the diagram says: lines like `pending --> assigned: claim`.
fn of_the_diagram(page: &str) -> Table {
    let mut table = Table::new();
    for line in page.lines().filter(|line| line.contains("-->") && !line.contains("[*]")) {
        let (from, rest) = line.split_once("-->").unwrap();
        let (to, triggers) = rest.split_once(':').unwrap_or_else(|| panic!("no trigger: {line}"));
        for by in triggers.split(',') {
            let by = trigger(by.trim()).name();
            let (from, to) = (from.trim().parse().unwrap(), to.trim().parse().unwrap());
            assert!(table.insert((from, by), Some(to)).is_none(), "twice: {line}");
        }
    }
    table
}

#[test]
fn tables_in_the_docs_match() {
    let (code, table) = (of_the_code(), of_the_table(&page()));
    assert_eq!(code.len(), TaskState::ALL.len() * Trigger::ALL.len());
    for (pair, to) in &code {
        assert_eq!(table.get(pair), Some(to), "{} by {} in the docs", pair.0, pair.1);
    }
    assert_eq!(table.len(), code.len(), "the docs have a pair that the code has not");
}

#[test]
fn the_diagram_in_the_docs_matches() {
    let code: Table = of_the_code().into_iter().filter(|(_, to)| to.is_some()).collect();
    let diagram = of_the_diagram(&page());
    for (pair, to) in code.iter().chain(&diagram) {
        assert_eq!(code.get(pair), diagram.get(pair), "{} by {} to {to:?}", pair.0, pair.1);
    }
}

#[test]
fn every_state_and_trigger_is_explained() {
    let page = page();
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).map(cells).collect();
    for name in
        TaskState::ALL.map(TaskState::name).into_iter().chain(Trigger::ALL.map(Trigger::name))
    {
        let explained = rows.iter().any(|row| row[0] == name && row.len() < TaskState::ALL.len());
        assert!(explained, "{name} has no row that explains it");
    }
    let refusal = transition(TaskState::Done, Trigger::Claim).unwrap_err().to_string();
    assert!(page.contains(&refusal), "the docs quote the refusal: {refusal}");
}
