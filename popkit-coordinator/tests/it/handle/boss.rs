//! A coordinator: the real machine over the real transport, with nothing kept.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

use popkit_coordinator::Post;
use popkit_coordinator::machine::{
    Action, Content, Doc, Effect, End, Event, Heard, Input, Join, Machine, Origin, Output, Pull,
    Ruling, Spending, Start,
};
use popkit_coordinator::request::Request;
use popkit_protocol::{Codec, Envelope, MessageId, Namespace, RandomIds, Topic};
use popkit_store::{StateKey, StateStoreExt as _};
use popkit_transport::{Cursor, Delivery, Stamps, Start as From, SubscribeOptions};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};

use super::Stage;
use crate::worker::{millis, secs};

/// The machine and what came out of it.
pub(super) struct Told {
    pub(super) machine: Machine,
    pub(super) events: Vec<Event>,
    pub(super) outputs: Vec<Output>,
    pub(super) dead: Vec<String>,
    records: BTreeSet<u64>,
    cursor: Cursor,
    epoch: u64,
    /// Says what is done; else all of it is done again by the next coordinator.
    confirms: bool,
}

pub(super) struct Boss {
    stage: Stage,
    told: Arc<Mutex<Told>>,
    inputs: UnboundedSender<Input>,
    _running: JoinSet<()>,
}

impl Boss {
    pub(super) fn new(stage: Stage, start: Start) -> Self {
        let told = Told {
            machine: Machine::new(start).unwrap(),
            events: Vec::new(),
            outputs: Vec::new(),
            dead: Vec::new(),
            records: BTreeSet::new(),
            cursor: Cursor::default(),
            epoch: 0,
            confirms: true,
        };
        Self::run(stage, Arc::new(Mutex::new(told)))
    }

    fn run(stage: Stage, told: Arc<Mutex<Told>>) -> Self {
        let (inputs, given) = unbounded_channel();
        let mut running = JoinSet::new();
        running.spawn(lead(stage.clone(), Arc::clone(&told), given));
        Self { stage, told, inputs, _running: running }
    }

    /// Another coordinator takes over where this one dies.
    pub(super) fn crash(self) -> Self {
        let Self { stage, told, .. } = self;
        Self::run(stage, told)
    }

    /// Does not say that anything is done from now on.
    pub(super) fn confirms(&self, confirms: bool) {
        self.told().confirms = confirms;
    }

    pub(super) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap()
    }

    pub(super) fn give(&self, input: Input) {
        self.inputs.send(input).unwrap();
    }

    /// Waits until something is so.
    pub(super) async fn until(&self, what: &str, is_so: impl Fn(&Told) -> bool + Send + Sync) {
        let look = async {
            while !is_so(&self.told()) {
                sleep(millis(200)).await;
            }
        };
        if timeout(secs(600), look).await.is_err() {
            panic!("waited for {what}; events are {:#?}", self.told().events);
        }
    }

    pub(super) async fn saw(&self, event: &Event) {
        self.until(&format!("{event:?}"), |told| told.events.contains(event)).await;
    }

    pub(super) fn count(&self, is_it: impl Fn(&Event) -> bool) -> usize {
        self.told().events.iter().filter(|event| is_it(event)).count()
    }

    pub(super) async fn ended(&self) -> End {
        self.until("the end", |told| told.machine.end().is_some()).await;
        self.told().machine.end().unwrap().clone()
    }

    /// The question that waits for a person.
    pub(super) async fn question(&self) -> MessageId {
        self.until("a question", |told| told.machine.questions().next().is_some()).await;
        let told = self.told();
        told.machine.questions().next().unwrap().0.clone()
    }

    pub(super) fn decide(&self, decision: MessageId, approved: bool) {
        let (by, notes) = ("anna".to_owned(), Some("go slowly".to_owned()));
        self.give(Input::Decide(Ruling { decision, approved, by, notes }));
    }
}

async fn lead(stage: Stage, told: Arc<Mutex<Told>>, mut given: UnboundedReceiver<Input>) {
    let topics =
        [Topic::Coordinator, Topic::Results, Topic::Heartbeat, Topic::Insights, Topic::Human];
    let channels = topics.map(|topic| Namespace::unnamed().channel(&topic));
    let opts = {
        let told = told.lock().unwrap();
        SubscribeOptions::default().with_start(From::After(told.cursor.clone()))
    };
    let mut messages = stage.transport.subscribe_opts(&channels, opts).await.unwrap();
    let stamps = Stamps::new(&RandomIds);
    let post = Post::new(Arc::clone(&stage.transport), Namespace::unnamed(), stamps);
    let epoch = {
        let mut told = told.lock().unwrap();
        told.epoch += 1;
        told.epoch
    };
    perform(&stage, &told, &post, Input::Lead { epoch }).await;
    let mut tick = interval(secs(1));
    loop {
        let input = tokio::select! {
            event = messages.next() => {
                let event = event.unwrap().unwrap();
                told.lock().unwrap().cursor = messages.cursor().clone();
                event.into_message().map(|delivery| input_of(&delivery))
            }
            Some(input) = given.recv() => Some(input),
            _ = tick.tick() => Some(Input::Tick),
        };
        if let Some(input) = input {
            perform(&stage, &told, &post, input).await;
        }
    }
}

async fn perform(stage: &Stage, told: &Mutex<Told>, post: &Post, input: Input) {
    let now = stage.clock.now();
    let mut effects = Vec::new();
    told.lock().unwrap().machine.handle(now, input, &mut effects);
    for effect in &effects {
        if let Action::Save(doc @ Doc::Approval(id)) = &effect.action {
            let said = told.lock().unwrap().machine.document(doc);
            if let Some(Content::Text(json)) = said {
                let key = StateKey::new(format!("approval:{id}")).unwrap();
                stage.documents.save_text(&key, json.as_str()).await.unwrap();
            }
        }
        if let Action::Publish(envelope) | Action::Broadcast(envelope) = &effect.action {
            post.send(envelope).await.unwrap();
        }
    }
    let mut told = told.lock().unwrap();
    effects.iter().for_each(|effect| told.note(effect));
    if told.confirms {
        let effects = effects.iter().map(|effect| effect.id).collect();
        told.machine.handle(now, Input::Done { effects }, &mut Vec::new());
    }
}

impl Told {
    fn note(&mut self, effect: &Effect) {
        match &effect.action {
            Action::Record { number, event } if self.records.insert(*number) => {
                self.events.push(event.clone());
            }
            Action::Output(output) => self.outputs.push(output.clone()),
            Action::DeadLetter(letter) => self.dead.push(letter.reason.clone()),
            _ => {}
        }
    }
}

fn input_of(delivery: &Delivery) -> Input {
    let envelope = Codec::default().decode(&delivery.payload).unwrap();
    if let Some(request) = Request::of(&envelope) {
        return asked(request.unwrap(), &envelope);
    }
    let origin =
        delivery.stamp.map(|stamp| Origin { producer: stamp.producer, sequence: stamp.sequence });
    Input::Message(Box::new(Heard { envelope, origin }))
}

/// As the runtime understands a request.
fn asked(request: Request, envelope: &Envelope) -> Input {
    let agent = envelope.from.agent().unwrap().clone();
    match request {
        Request::Join { period, tags, files } => Input::Join(Join { agent, period, tags, files }),
        Request::Leave => Input::Leave { agent, at: Some(envelope.sent_at) },
        Request::PullInsights { tags } => Input::Pull(Pull { agent, tags }),
        Request::Spent { tokens, cost_micros } => {
            Input::Spent(Spending { agent, tokens, cost_micros })
        }
        Request::OpenBarrier(barrier) => Input::OpenBarrier(barrier),
        other => panic!("no agent asks for {other:?}"),
    }
}
