use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;

use super::*;
use crate::ServerError;

static BUMP: Script = Script::new("bump", "return redis.call('INCR', KEYS[1])");

/// A wire that answers what it is told to, and remembers what it was sent.
#[derive(Debug)]
struct Scripted {
    capabilities: WireCapabilities,
    answers: Mutex<VecDeque<Result<Vec<Result<Reply>>>>>,
    sent: Mutex<Vec<Vec<Command>>>,
}

impl Scripted {
    fn new(key_locking_flag: bool, answers: Vec<Vec<Result<Reply>>>) -> Arc<Self> {
        Arc::new(Self {
            capabilities: WireCapabilities { key_locking_flag, ..WireCapabilities::least() },
            answers: Mutex::new(answers.into_iter().map(Ok).collect()),
            sent: Mutex::default(),
        })
    }

    fn sent(&self) -> Vec<Vec<&'static str>> {
        let sent = self.sent.lock().unwrap();
        sent.iter().map(|commands| commands.iter().map(Command::name).collect()).collect()
    }

    fn answer(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        self.sent.lock().unwrap().push(commands);
        self.answers.lock().unwrap().pop_front().unwrap()
    }
}

#[async_trait]
impl Wire for Scripted {
    fn capabilities(&self) -> WireCapabilities {
        self.capabilities
    }

    async fn execute(&self, command: Command) -> Result<Reply> {
        self.answer(vec![command])?.pop().unwrap()
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        self.answer(commands)
    }

    async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        self.answer(commands)
    }

    fn dedicated(&self) -> Result<Box<dyn Dedicated>> {
        Err(Error::new(ErrorKind::Unsupported, "it cannot block"))
    }

    async fn subscribe(&self, _: Topics) -> Result<Box<dyn Listener>> {
        Err(Error::new(ErrorKind::Unsupported, "it has no channels"))
    }

    fn counters(&self) -> Counters {
        Counters::default()
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }
}

fn redis_over(wire: &Arc<Scripted>) -> Redis {
    let wire: Arc<dyn Wire> = Arc::<Scripted>::clone(wire);
    Redis::over(wire)
}

fn unknown() -> Result<Reply> {
    let refused = ServerError::parse("NOSCRIPT No matching script. Please use EVAL.");
    Err(crate::classify::refused(refused, &Command::new("EVALSHA"), false))
}

fn one() -> Result<Reply> {
    Ok(Reply::Int(1))
}

#[tokio::test]
async fn a_script_goes_by_its_digest_and_only_if_that_is_unknown_as_text() {
    let wire = Scripted::new(false, vec![vec![one()], vec![unknown()], vec![one()]]);
    let redis = redis_over(&wire);
    for _ in 0..2 {
        let answer = redis.eval(&BUMP, Invocation::new().key("n")).await.unwrap();
        assert_eq!(answer, Reply::Int(1));
    }
    assert_eq!(wire.sent(), [["EVALSHA"], ["EVALSHA"], ["EVAL"]]);
}

#[tokio::test]
async fn a_script_that_stays_unknown_is_not_tried_for_ever() {
    let wire = Scripted::new(false, vec![vec![unknown()], vec![unknown()]]);
    let error = redis_over(&wire).eval(&BUMP, Invocation::new()).await.unwrap_err();
    assert!(error.is_retryable() && wire.sent().len() == 2, "{error}");
}

#[tokio::test]
async fn a_batch_is_repeated_whole_with_the_text_first() {
    let all = |answer: fn() -> Result<Reply>| (0..3).map(|_| answer()).collect();
    let wire = Scripted::new(false, vec![all(unknown), all(one)]);
    let calls = [0, 1, 2].map(|n| Invocation::new().key("n").arg(n));
    let answers = redis_over(&wire).eval_batch(&BUMP, &calls).await.unwrap();
    assert_eq!(answers.len(), 3);
    assert_eq!(wire.sent(), [["EVALSHA"; 3], ["EVAL", "EVALSHA", "EVALSHA"]]);
}

#[tokio::test]
async fn where_the_wire_says_so_scripts_lock_their_keys_alone() {
    let wire = Scripted::new(true, vec![vec![unknown()], vec![one()]]);
    redis_over(&wire).eval(&BUMP, Invocation::new().key("n")).await.unwrap();
    let sent = wire.sent.lock().unwrap();
    assert_eq!(sent[0][0].arguments()[0], BUMP.digest(true));
    assert!(sent[1][0].arguments()[0].starts_with(b"#!lua flags=allow-key-locking\n"));
}
