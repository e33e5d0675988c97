//! What agents do in a session.

use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::{End, Event};
use popkit_testkit::scratch;

use super::{options, work};
use crate::runtime::{Stage, start};

#[tokio::test]
async fn commands_go_through_all_phases_and_hand_on_what_they_found() {
    let (stage, folder) = (Stage::memory(), scratch());
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore", "design"], 2)).await.unwrap();
    let script = "cat > $POPKIT_AGENT.$POPKIT_PHASE.in; printf %s \"$1\" > $POPKIT_AGENT.$POPKIT_PHASE.txt; \
                  echo \"INSIGHT[parser]: $POPKIT_AGENT saw $POPKIT_PHASE\"; \
                  printf '{{\"approach\": \"reading\", \"confidence\": 0.9}}' > $POPKIT_RESULT_FILE";
    let shutdown = Shutdown::new();
    let (ended, one, two) = tokio::join!(
        coordinator.run(&shutdown),
        work(&stage, options("one", script, folder.path())),
        work(&stage, options("two", script, folder.path())),
    );
    let ended = ended.unwrap().unwrap();
    assert_eq!(ended.end, End::Completed);
    for agent in [one, two] {
        assert!(agent.unwrap().unwrap().is_complete());
    }
    let completed = ended.completed.unwrap();
    for says in ["\"approach\":\"reading\"", "one saw design", "\"insights_shared\":4"] {
        assert!(completed.as_str().contains(says), "{says}: {}", completed.as_str());
    }
    let prompt = std::fs::read_to_string(folder.join("one.design.txt")).unwrap();
    for says in ["Objective: tidy the parser\n", "Phase: design (2 of 2)\n", "two saw explore"] {
        assert!(prompt.contains(says), "{says}: {prompt}");
    }
    let input = std::fs::read_to_string(folder.join("two.explore.in")).unwrap();
    let input: serde_json::Value = serde_json::from_str(&input).unwrap();
    assert_eq!((&input["agent"], &input["phase_index"]), (&"two".into(), &0.into()));
}

#[tokio::test]
async fn an_agent_without_tags_gets_what_others_found_at_its_next_phase() {
    let (stage, folder) = (Stage::memory(), scratch());
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore", "design"], 2)).await.unwrap();
    let script = "printf %s \"$1\" > $POPKIT_AGENT.$POPKIT_PHASE.txt; \
                  echo \"INSIGHT[$POPKIT_AGENT]: $POPKIT_AGENT saw $POPKIT_PHASE\"";
    let mut bare = options("two", script, folder.path());
    bare.agent.tags.clear();
    let shutdown = Shutdown::new();
    let (ended, one, two) = tokio::join!(
        coordinator.run(&shutdown),
        work(&stage, options("one", script, folder.path())),
        work(&stage, bare),
    );
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
    assert!(one.unwrap().is_some() && two.unwrap().is_some());
    let prompt = std::fs::read_to_string(folder.join("two.design.txt")).unwrap();
    assert!(prompt.contains("one saw explore"), "{prompt}");
}

#[tokio::test]
async fn a_command_that_fails_is_started_again_and_reported_in_the_end() {
    let (stage, folder) = (Stage::memory(), scratch());
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore", "design"], 1)).await.unwrap();
    // Explore fails twice and is well then; design never is.
    let script = "echo $POPKIT_ATTEMPT >> $POPKIT_PHASE.tries; \
                  test $POPKIT_PHASE = explore && test $POPKIT_ATTEMPT = 3 && exit 0; \
                  echo out of luck >&2; exit 7";
    let shutdown = Shutdown::new();
    let (ended, one) = tokio::join!(
        coordinator.run(&shutdown),
        work(&stage, options("one", script, folder.path())),
    );
    let ended = ended.unwrap().unwrap();
    let reason = "phase design: its part could not be done by one, and nobody else took part";
    assert_eq!(ended.end, End::Failed { reason: reason.to_owned() });
    assert!(!one.unwrap().unwrap().is_complete());
    for phase in ["explore", "design"] {
        let tries = std::fs::read_to_string(folder.join(format!("{phase}.tries"))).unwrap();
        assert_eq!(tries, "1\n2\n3\n", "{phase}");
    }
    let completed = ended.completed.unwrap();
    for says in ["out of luck", "\"success\":false", "\"success\":true"] {
        assert!(completed.as_str().contains(says), "{says}: {}", completed.as_str());
    }
}

#[tokio::test]
async fn a_command_that_is_not_there_is_reported_at_once() {
    let (stage, folder) = (Stage::memory(), scratch());
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore"], 1)).await.unwrap();
    let mut missing = options("one", "true", folder.path());
    missing.command =
        popkit_coordinator::plan::Template::from_argv(vec!["no-such-program".to_owned()]).unwrap();
    let shutdown = Shutdown::new();
    let (ended, _) = tokio::join!(coordinator.run(&shutdown), work(&stage, missing));
    let completed = ended.unwrap().unwrap().completed.unwrap();
    assert!(completed.as_str().contains("no-such-program"), "{}", completed.as_str());
}

#[tokio::test]
async fn the_end_of_a_session_stops_the_command() {
    let (stage, folder) = (Stage::memory(), scratch());
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore"], 1)).await.unwrap();
    let script = "touch began; sleep 600; touch survived";
    let shutdown = Shutdown::new();
    let stop = async {
        while !folder.join("began").exists() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert!(coordinator.tell(popkit_coordinator::machine::Input::Stop { by: None }).await);
    };
    let (ended, one, ()) = tokio::join!(
        coordinator.run(&shutdown),
        work(&stage, options("one", script, folder.path())),
        stop,
    );
    assert_eq!(ended.unwrap().unwrap().end, End::Stopped { by: None });
    let how = one.unwrap().expect("it learns of the end");
    assert!(!how.is_complete(), "{how:?}");
    assert!(!folder.join("survived").exists());
}

#[tokio::test]
async fn an_agent_that_is_stopped_in_the_middle_is_waited_for_until_its_next_start_is_done() {
    let (stage, folder) = (Stage::memory(), scratch());
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore"], 2)).await.unwrap();
    let quick = options("two", "exit 0", folder.path());
    let script = "touch began; test -e go || sleep 600; touch finished";
    let shutdown = Shutdown::new();
    let slow = async {
        let (transport, documents) =
            (std::sync::Arc::clone(&stage.transport), std::sync::Arc::clone(&stage.documents));
        let options = options("one", script, folder.path());
        let agent = popkit_coordinator::native::NativeAgent::join(transport, documents, options);
        let (agent, stop) = (agent.await.unwrap(), Shutdown::new());
        let kill = async {
            while !folder.join("began").exists() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            stage.until_document("coordinator:status", "\"results\":1").await;
            stop.now();
        };
        let (ended, ()) = tokio::join!(agent.run(&stop), kill);
        assert_eq!(ended.unwrap(), None);
        std::fs::write(folder.join("go"), "").unwrap();
        work(&stage, super::options("one", script, folder.path())).await
    };
    let (ended, two, one) = tokio::join!(coordinator.run(&shutdown), work(&stage, quick), slow);
    let ended = ended.unwrap().unwrap();
    assert_eq!(ended.end, End::Completed);
    assert!(one.unwrap().is_some() && two.unwrap().is_some());
    assert!(folder.join("finished").exists(), "its part was done");
    let completed = ended.completed.unwrap();
    assert!(completed.as_str().contains("\"agent\":\"one\""), "{}", completed.as_str());
}

#[tokio::test]
async fn work_that_is_sent_to_an_agent_is_done_by_its_command() {
    let (stage, folder) = (Stage::memory(), scratch());
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore"], 1)).await.unwrap();
    let script = "test -n \"$POPKIT_TASK_ID\" && printf %s \"$1\" > $POPKIT_TASK_ID.txt; exit 0";
    let shutdown = Shutdown::new();
    let assign = async {
        stage.until_document("coordinator:status", "\"one\":\"live\"").await;
        let body = popkit_protocol::Object::default().with("title", "count the tests").unwrap();
        let work = popkit_coordinator::machine::Assignment {
            task: popkit_protocol::TaskId::new("t-1").unwrap(),
            agent: None,
            body,
        };
        assert!(coordinator.tell(popkit_coordinator::machine::Input::Assign(work)).await);
    };
    let (ended, one, ()) = tokio::join!(
        coordinator.run(&shutdown),
        work(&stage, options("one", script, folder.path())),
        assign,
    );
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
    assert!(one.unwrap().is_some());
    let prompt = std::fs::read_to_string(folder.join("t-1.txt")).unwrap();
    assert!(prompt.contains("count the tests"), "{prompt}");
    let done = |event: &Event| matches!(event, Event::PhaseEnded { .. });
    assert!(stage.journal().iter().any(done));
}
