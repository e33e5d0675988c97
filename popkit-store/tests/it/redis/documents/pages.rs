//! Pages of documents while others write.

use popkit_store::{Document, StateStore as _};
use tokio::task::JoinSet;

use super::support::{any, fixture, key, open, save};

#[tokio::test]
async fn a_page_is_as_it_was_at_one_moment() {
    let (server, store) = fixture().await;
    save(&store, "p:a", Document::text("x")).await;
    let other = open(&server.url()).await;
    let writer = async {
        for (come, go) in [("p:b", "p:a"), ("p:a", "p:b")].into_iter().cycle().take(200) {
            other.save(&key(come), Document::text("x"), any()).await.unwrap();
            other.delete(&key(go), None).await.unwrap();
        }
    };
    let reader = async {
        loop {
            let page = store.list("p:", None, 10).await.unwrap();
            assert!(!page.items.is_empty(), "one of the two is always there");
        }
    };
    tokio::select! {
        () = writer => {}
        () = reader => {}
    }
}

#[tokio::test]
async fn what_was_there_is_listed_however_fast_others_come() {
    let (server, store) = fixture().await;
    save(&store, "p:fixed", Document::text("x")).await;
    let mut writers = JoinSet::new();
    for writer in 0..3 {
        let other = open(&server.url()).await;
        writers.spawn(async move {
            for n in 0.. {
                save(&other, &format!("p:{writer}:{n}"), Document::text("x")).await;
            }
        });
    }
    for _ in 0..30 {
        let page = store.list("p:", None, 1000).await.unwrap();
        let mut names = page.items.iter().map(|(key, _)| key.as_str());
        assert!(page.next.is_some() || names.any(|name| name == "p:fixed"));
    }
}

#[tokio::test]
async fn a_page_of_large_documents_ends_early_and_none_is_left_out() {
    let (_server, store) = fixture().await;
    let names: Vec<String> = (0..12).map(|n| format!("d{n:02}")).collect();
    for name in &names {
        save(&store, name, Document::text(vec![b'x'; 1024 * 1024])).await;
    }
    let (mut seen, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = store.list("", after.as_ref(), 1000).await.unwrap();
        pages += 1;
        after = page.items.last().map(|(key, _)| key.clone());
        seen.extend(page.items.into_iter().map(|(key, _)| key.to_string()));
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!((seen, pages), (names, 2));
}

#[tokio::test]
async fn a_name_that_is_gone_makes_no_page_short() {
    let (server, store) = fixture().await;
    for n in 0..10 {
        save(&store, &format!("d{n}"), Document::text("x")).await;
    }
    for n in [0, 1, 2, 4, 9] {
        server.cli(&["DEL", &format!("pop:d{n}")]);
    }
    let page = store.list("d", None, 3).await.unwrap();
    let names: Vec<&str> = page.items.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!((names, page.next.is_some()), (vec!["d3", "d5", "d6"], true));
    let page = store.list("d", Some(&key("d6")), 2).await.unwrap();
    assert_eq!((page.items.len(), page.next), (2, None), "the last one is gone");
}
