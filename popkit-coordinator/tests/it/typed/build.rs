//! What is found when the worker is built.

use popkit_coordinator::typed::{Handlers, Parents, Policy, State, TypedTask};
use popkit_coordinator::{BuildError, TaskError, Worker};
use popkit_protocol::Kinds;
use popkit_store::MemoryStore;

use super::{Shout, Shouted, Sum};

struct Database;
struct Mailer;
struct Cache;

async fn sum(
    _: Sum,
    _: State<Database>,
    _: Parents<i64>,
    _: State<Mailer>,
) -> Result<i64, TaskError> {
    Ok(0)
}

async fn shouted(_: Shout, _: State<Cache>, _: State<Mailer>) -> Result<Shouted, TaskError> {
    Err(TaskError::Release)
}

fn build(handlers: Handlers) -> Result<Worker, BuildError> {
    Worker::builder("worker-1").build_typed(std::sync::Arc::new(MemoryStore::new()), handlers)
}

#[test]
fn all_missing_state_is_listed_by_type_and_kind() {
    let error = build(Handlers::new().on(sum).state(Mailer).on(shouted)).unwrap_err();
    assert_eq!(error.problems.len(), 2, "{:?}", error.problems);
    for (problem, kind, name) in [
        (&error.problems[0], "\"sum\"", "Database>"),
        (&error.problems[1], "\"shout@2\"", "Cache>"),
    ] {
        assert!(problem.contains(kind) && problem.contains(name), "{problem}");
        assert!(!problem.contains('\n'));
    }
    let error = build(Handlers::new().on(sum).on(shouted)).unwrap_err();
    assert_eq!(error.problems.len(), 4, "{:?}", error.problems);
}

#[test]
fn two_handlers_of_one_kind_are_an_error() {
    let handlers = Handlers::new().on(|_: Sum| async { Ok(1) }).on(|_: Sum| async { Ok(2) });
    assert_eq!(build(handlers).unwrap_err().problems, ["kind \"sum\" has two handlers"]);
}

#[test]
fn state_given_twice_is_an_error() {
    let handlers = Handlers::new().state(1_u8).state(2_u8).on(|_: Sum| async { Ok(1) });
    assert_eq!(build(handlers).unwrap_err().problems, ["state u8 is given twice"]);
}

#[test]
fn a_worker_without_handlers_is_an_error() {
    let error = build(Handlers::new()).unwrap_err();
    assert!(error.to_string().contains("no handlers"), "{error}");
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Wrong;

impl TypedTask for Wrong {
    const KIND: &'static str = "Wrong Kind";
    type Output = ();

    fn policy() -> Policy {
        Policy::new().requires(["Not This"]).priority(0).max_abandons(0)
    }
}

#[test]
fn a_wrong_kind_and_all_of_its_wrong_policy_are_listed() {
    let error = build(Handlers::new().on(|_: Wrong| async { Ok(()) })).unwrap_err();
    assert_eq!(error.problems.len(), 4, "{:?}", error.problems);
    let error = Wrong.new_task("t".try_into().unwrap()).unwrap_err().to_string();
    assert!(error.starts_with("cannot insert a task of kind \"Wrong Kind\": "), "{error}");
    for part in ["Not This", "priority", "max abandons", "task kind"] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains('\n'));
}

#[test]
fn the_kinds_of_the_handlers_are_the_workers() {
    let handlers = || {
        let shouts = |_: Shout| async { Err(TaskError::Release) };
        Handlers::new().on(|_: Sum| async { Ok(1) }).on(shouts)
    };
    let kinds = |worker: &Worker| match worker.profile().kinds() {
        Kinds::Only(kinds) => kinds.iter().map(ToString::to_string).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(kinds(&build(handlers()).unwrap()), ["shout@2", "sum"]);

    let store = || std::sync::Arc::new(MemoryStore::new());
    let narrow = Worker::builder("w").kinds(["sum"]).build_typed(store(), handlers()).unwrap();
    assert_eq!(kinds(&narrow), ["sum"]);
    let other = Worker::builder("w").kinds(["sum", "sing"]).build_typed(store(), handlers());
    assert_eq!(other.unwrap_err().problems, ["kind \"sing\" has no handler"]);
}
