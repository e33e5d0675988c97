use super::*;
use crate::args::Global;
use std::path::PathBuf;

fn found(global: Global) -> Result<Place, CliError> {
    let mut cx = Context::new(Global { state_dir: Some("/s".into()), ..global })?;
    cx.cwd = PathBuf::from("/here");
    Place::find(&cx)
}

fn named(name: &str) -> Global {
    Global { session: Some(name.try_into().unwrap()), ..Global::default() }
}

#[test]
fn a_session_has_a_room_of_its_own() {
    let place = found(Global::default()).unwrap();
    assert_eq!(place.shown(), "/s/power/tasks.db");
    let place = found(named("team")).unwrap();
    assert_eq!(place.shown(), "/s/team/tasks.db");
    assert_eq!((&place.names, place.scope()), (&Names::unnamed(), String::new()));
    let env = place.children_env();
    assert_eq!(env["POPKIT_STORE"], "sqlite:/s/team/tasks.db");
    assert_eq!(env["POPKIT_TRANSPORT"], "file:/s/team/messages");
    assert_eq!((env["POPKIT_SESSION"].as_str(), env["POPKIT_STATE_DIR"].as_str()), ("", "/s"));
}

#[test]
fn what_is_named_is_taken_and_told_to_children() {
    let url = Some("redis://:pw@localhost".to_owned());
    let place = found(Global { url, ..named("team") }).unwrap();
    assert_eq!(place.names.prefix(), "pop:{team}:");
    assert_eq!(place.scope(), String::new());
    assert!(!place.shown().contains("pw"), "{}", place.shown());
    let env = place.children_env();
    assert_eq!(env["POPKIT_STORE"], "redis://:pw@localhost?session=team");
    assert_eq!((env["POPKIT_SESSION"].as_str(), env["POPKIT_URL"].as_str()), ("team", ""));
}

#[test]
fn sessions_in_one_file_have_documents_of_their_own() {
    let store = Some("sqlite:a.db".to_owned());
    let place = found(Global { store, ..named("team") }).unwrap();
    assert_eq!(place.scope(), "{team}");
    assert_eq!(place.children_env()["POPKIT_STORE"], "sqlite:/here/a.db");
    let store = Some("sqlite:a.db".to_owned());
    assert_eq!(found(Global { store, ..Global::default() }).unwrap().scope(), "");
}

#[test]
fn what_agents_could_not_see_is_refused() {
    let store = Some("memory:".to_owned());
    let error = found(Global { store, ..Global::default() }).unwrap_err();
    assert_eq!(error.code, Exit::Usage);
    assert!(error.message.contains("one process alone"), "{error}");
}

#[test]
fn the_prefix_of_channels_is_that_of_the_server_s_keys() {
    let cx = Context::new(Global::default()).unwrap();
    let at = |url: &str| Place::on_server(&cx, url, Some("my")).unwrap().messages().url();
    assert_eq!(at("redis://localhost?timeout=1s"), "redis://localhost?timeout=1s&root=my");
    assert_eq!(at("redis://localhost?root=a"), "redis://localhost?root=a");
}

#[test]
fn a_server_that_was_chosen_is_found_until_it_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let at = |global: Global| {
        let state_dir = Some(folder.path().join("s"));
        Context::new(Global { state_dir, ..global }).unwrap()
    };
    let chosen = Place::on_server(&at(named("team")), "redis://:pw@localhost", Some("my")).unwrap();
    chosen.remember().unwrap();
    let found = Place::find(&at(named("team"))).unwrap();
    assert_eq!(found.children_env(), chosen.children_env());
    assert_eq!((found.scope(), found.shown()), (chosen.scope(), chosen.shown()));
    // Another name, or a place that is named, is another session.
    assert_eq!(Place::find(&at(Global::default())).unwrap().store_url(), None);
    let store = Some("sqlite:/a.db".to_owned());
    let found = Place::find(&at(Global { store, ..named("team") })).unwrap();
    assert_eq!(found.store_url(), Some("sqlite:/a.db"));
    let other = Place::on_server(&at(named("team")), "redis://localhost:7000", None).unwrap();
    other.forget().unwrap();
    assert!(Place::remembered(&at(named("team"))).unwrap().is_some());
    chosen.forget().unwrap();
    assert!(Place::remembered(&at(named("team"))).unwrap().is_none());
    // The session that was begun last counts, also one of the room.
    other.remember().unwrap();
    Place::named(&at(named("team"))).unwrap().remember().unwrap();
    assert!(Place::remembered(&at(named("team"))).unwrap().is_none());
}
