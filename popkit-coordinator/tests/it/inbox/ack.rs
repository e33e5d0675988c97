//! Acknowledging.

use popkit_coordinator::BookmarkError;
use popkit_store::layer::{Injection, Operation};

use super::*;

#[tokio::test]
async fn what_was_not_acknowledged_is_received_again_after_a_restart() {
    let stage = Stage::new();
    stage.send_all(0..4).await;
    let mut inbox = stage.open().await;
    let received = messages(inbox.receive(3, Duration::ZERO).await.unwrap());
    inbox.ack(&received[0]).await.unwrap();
    inbox.ack(&received[0]).await.unwrap();
    assert_eq!(inbox.pending(), 2);
    drop(inbox);
    assert_eq!(titles_now(&mut stage.open().await).await, ["1", "2", "3"]);
}

#[tokio::test]
async fn messages_are_acknowledged_in_any_order() {
    let stage = Stage::new();
    stage.send_all(0..6).await;
    let mut inbox = stage.open().await;
    let received = messages(now(&mut inbox).await);
    for at in [3, 1, 4] {
        inbox.ack(&received[at]).await.unwrap();
    }
    assert_eq!(inbox.pending(), 3);
    let mut inbox = stage.open().await;
    let received = messages(inbox.receive(2, Duration::from_secs(1)).await.unwrap());
    assert_eq!(received.iter().map(title).collect::<Vec<_>>(), ["0", "2"]);
    inbox.ack(&received[1]).await.unwrap();
    assert_eq!(titles_now(&mut stage.open().await).await, ["0", "5"]);
}

#[tokio::test]
async fn ack_all_is_for_what_was_handed_out() {
    let stage = Stage::new();
    stage.send_all(0..4).await;
    let mut inbox = stage.open().await;
    inbox.receive(2, Duration::ZERO).await.unwrap();
    inbox.ack_all().await.unwrap();
    assert_eq!(inbox.pending(), 0);
    assert_eq!(titles_now(&mut stage.open().await).await, ["2", "3"]);
}

#[tokio::test]
async fn each_acknowledgement_is_kept_once() {
    let stage = Stage::new();
    stage.send_all(0..3).await;
    let mut inbox = stage.open().await;
    let received = messages(now(&mut inbox).await);
    let saves = || stage.documents.injected_into(Operation::Save).calls;
    let opened = saves();
    for (at, expected) in [(1, 1), (1, 1), (0, 2), (1, 2)] {
        inbox.ack(&received[at]).await.unwrap();
        assert_eq!(saves(), opened + expected);
    }
}

#[tokio::test]
async fn two_readers_of_one_inbox_notice_each_other() {
    let stage = Stage::new();
    stage.send_all(0..2).await;
    let mut old = stage.open().await;
    let of_old = messages(now(&mut old).await);
    let mut new = stage.open().await;
    let of_new = messages(now(&mut new).await);
    let error = old.ack(&of_old[0]).await.unwrap_err();
    assert!(matches!(error, InboxError::Place(BookmarkError::Taken { .. })), "{error}");
    let expected = "the place pop:inbox:builder-1 is another reader's now; let one process at a \
                    time read it";
    assert_eq!(error.to_string(), expected);
    new.ack(&of_new[0]).await.unwrap();
    assert_eq!(titles_now(&mut stage.open().await).await, ["1"]);
}

#[tokio::test]
async fn a_lost_answer_is_not_taken_for_another_reader() {
    for injection in [Injection::Lose, Injection::Fail] {
        let stage = Stage::new();
        stage.send_all(0..3).await;
        let mut inbox = stage.open().await;
        let received = messages(now(&mut inbox).await);
        stage.documents.script(Operation::Save, [injection]);
        let error = inbox.ack(&received[0]).await.unwrap_err();
        assert!(error.is_retryable(), "{error:?}");
        inbox.ack(&received[1]).await.unwrap();
        assert_eq!(titles_now(&mut stage.open().await).await, ["2"]);
    }
}

#[tokio::test]
async fn no_more_is_received_than_may_be_unacknowledged() {
    let stage = Stage::new();
    stage.send_all(0..5).await;
    let mut inbox = stage.open_with(stage.options().with_unacknowledged(2)).await.unwrap();
    let received = messages(now(&mut inbox).await);
    assert_eq!(received.iter().map(title).collect::<Vec<_>>(), ["0", "1"]);
    let error = inbox.receive(1, Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, InboxError::Unacknowledged { pending: 2, .. }), "{error}");
    inbox.ack(&received[1]).await.unwrap();
    assert_eq!(titles_now(&mut inbox).await, ["2"]);
    inbox.ack_all().await.unwrap();
    assert_eq!(titles_now(&mut inbox).await, ["3", "4"]);
}

#[tokio::test]
async fn a_message_of_another_inbox_cannot_be_acknowledged() {
    let stage = Stage::new();
    stage.send("0").await;
    let mut first = stage.open().await;
    let received = messages(now(&mut first).await);
    let mut second = stage.open().await;
    now(&mut second).await;
    let error = second.ack(&received[0]).await.unwrap_err();
    assert!(matches!(&error, InboxError::Foreign { id, .. } if id == received[0].id()), "{error}");
    assert_eq!(second.pending(), 1);
}
