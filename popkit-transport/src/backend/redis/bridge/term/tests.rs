use std::sync::Arc;

use popkit_testkit::{RedisOptions, RedisServer};

use super::*;
use crate::RedisTransportOptions;

const LEASE: Duration = Duration::from_secs(60);

async fn begun() -> (RedisServer, Arc<Shared>, Term) {
    let server = RedisServer::start(RedisOptions::default());
    let url = format!("{}?timeout=20s&connect_timeout=20s", server.url());
    let options: RedisTransportOptions = url.parse().unwrap();
    let shared = options.open().await.unwrap().bridge(&Namespace::unnamed()).shared;
    let term = Term::new(&shared, &Namespace::unnamed());
    (server, shared, term)
}

fn results() -> Channel {
    Namespace::unnamed().channel(&Topic::Results)
}

fn twin(term: &Term) -> Term {
    let Term { lease, token, next, held, done } = term;
    let [lease, token, next] = [lease, token, next].map(Clone::clone);
    Term { lease, token, next, held: *held, done: *done }
}

fn count(server: &RedisServer) -> String {
    server.cli(&["XLEN", "pop:stream:results"])
}

#[tokio::test]
async fn a_lease_that_has_run_out_begins_another_term() {
    let (server, shared, mut term) = begun().await;
    assert!(term.acquire(&shared, LEASE).await.unwrap());
    assert!(!term.acquire(&shared, LEASE).await.unwrap(), "it goes on");
    assert!(term.import(&shared, &results(), &["1".into()]).await.unwrap());
    server.cli(&["DEL", &term.lease]);
    let mut before = twin(&term);
    assert!(term.acquire(&shared, LEASE).await.unwrap(), "nobody knows who held it meanwhile");
    assert!(term.is_held() && term.done == 0);
    // A call of the term before that arrives late.
    assert!(!before.import(&shared, &results(), &["2".into()]).await.unwrap());
    assert_eq!(count(&server), "1");
}

#[tokio::test]
async fn a_lease_whose_answer_was_lost_is_held_all_the_same() {
    let (_server, shared, mut term) = begun().await;
    assert!(twin(&term).acquire(&shared, LEASE).await.unwrap());
    let mut other = Term::new(&shared, &Namespace::unnamed());
    assert!(!other.acquire(&shared, LEASE).await.unwrap() && !other.is_held());
    assert!(term.acquire(&shared, LEASE).await.unwrap() && term.is_held());
    assert!(!term.acquire(&shared, LEASE).await.unwrap() && term.is_held());
}

#[tokio::test]
async fn what_is_passed_over_after_a_lost_answer_hides_nothing() {
    let (server, shared, mut term) = begun().await;
    term.acquire(&shared, LEASE).await.unwrap();
    let import: Vec<Bytes> = vec!["1".into(), "2".into()];
    assert!(twin(&term).import(&shared, &results(), &import).await.unwrap());
    // The first one is forgotten before the call is made again.
    term.pass_over(1);
    let import: Vec<Bytes> = vec!["2".into(), "3".into()];
    assert!(term.import(&shared, &results(), &import).await.unwrap());
    assert_eq!(count(&server), "3");
}
