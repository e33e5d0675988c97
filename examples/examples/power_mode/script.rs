//! Who is in the team, and what each of them finds.

/// The phases.
pub(crate) const PHASES: [&str; 4] = ["explore", "design", "implement", "review"];

/// The agents, each with the tags of what it works on.
pub(crate) const TEAM: [(&str, [&str; 2]); 3] = [
    ("reader", ["sign-in", "code"]),
    ("tester", ["sign-in", "tests"]),
    ("writer", ["sign-in", "docs"]),
];

/// What is found while they explore: by whom, and what it is about. What nobody works on goes to
/// whoever asks for it.
pub(crate) const FOUND: [(&str, &str, &str); 6] = [
    ("reader", "sessions begin in src/session.rs alone", "sign-in"),
    ("reader", "src/mail.rs sends one mail a minute at most", "mail"),
    ("tester", "no test covers a link that has expired", "sign-in"),
    ("tester", "the clock of the tests can be set", "sign-in"),
    ("writer", "the manual says that links live for 15 minutes", "sign-in"),
    ("writer", "an older chapter says 10 minutes", "sign-in"),
];

/// The file that an agent changes while they implement.
pub(crate) fn file(agent: &str) -> &'static str {
    match agent {
        "reader" => "src/sign_in.rs",
        "tester" => "tests/sign_in.rs",
        _ => "docs/sign-in.md",
    }
}

/// Who asks a person, and what.
pub(crate) const ASKS: (&str, &str) =
    ("reader", "may I add the table sign_in_links to the database?");
/// Who answers: the example plays the person.
pub(crate) const PERSON: &str = "the person of the example";
