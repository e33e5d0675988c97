//! The deadline, the catch of panics, and saying one thing once.

use std::any::Any;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

/// How the work of a hook ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended<E> {
    /// It was done, or what there was to say was said.
    Well,
    /// It could not be done.
    Failed(E),
    /// It was not done in time.
    Overdue,
    /// It broke.
    Panicked(String),
}

/// Standard output, for one object. Who was too late says nothing any more.
#[derive(Clone)]
pub(super) struct Floor(Arc<Mutex<Place>>);

struct Place {
    out: Box<dyn Write + Send>,
    turn: Turn,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Free,
    Taken,
    Over,
}

impl Floor {
    /// Standard output.
    pub(super) fn stdout() -> Self {
        Self::of(io::stdout())
    }

    fn of(out: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Place { out: Box::new(out), turn: Turn::Free })))
    }

    /// Says it, whole and once.
    ///
    /// # Errors
    ///
    /// In words: it was too late, something was said before, or nobody takes it.
    pub(super) fn say(&self, text: &str) -> Result<(), String> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if place.turn != Turn::Free {
            return Err("it is too late to answer".to_owned());
        }
        place.turn = Turn::Taken;
        let line = format!("{text}\n");
        let written = place.out.write_all(line.as_bytes()).and_then(|()| place.out.flush());
        written.map_err(|error| {
            place.turn = Turn::Over;
            format!("cannot write the answer: {error}")
        })
    }

    /// Says nothing, which is an answer, too.
    pub(super) fn pass(&self) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if place.turn == Turn::Free {
            place.turn = Turn::Taken;
        }
    }

    /// Ends it; whether there was an answer.
    fn end(&self) -> bool {
        // Who is in the middle of it is too slow.
        let mut place = match self.0.try_lock() {
            Ok(place) => place,
            Err(TryLockError::Poisoned(place)) => place.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        let was_said = place.turn == Turn::Taken;
        place.turn = Turn::Over;
        was_said
    }
}

/// Does the work in a thread of its own, for so long at most. What was said counts, whatever
/// went wrong afterwards.
pub(super) fn within<E: Send + 'static>(
    deadline: Duration,
    floor: &Floor,
    work: impl FnOnce(&Floor) -> Result<(), E> + Send + 'static,
) -> Ended<E> {
    let (done, ended) = sync_channel(1);
    let inner = floor.clone();
    let body = move || {
        let result = catch_unwind(AssertUnwindSafe(|| work(&inner)));
        // Who waited for it may have given up.
        let _ = done.send(result);
    };
    let Ok(_) = thread::Builder::new().name("hook".to_owned()).spawn(body) else {
        return Ended::Panicked("no thread can be started".to_owned());
    };
    let ended = match ended.recv_timeout(deadline) {
        Ok(Ok(Ok(()))) => return Ended::Well,
        Ok(Ok(Err(error))) => Ended::Failed(error),
        Ok(Err(panic)) => Ended::Panicked(message(&*panic)),
        Err(RecvTimeoutError::Timeout) => Ended::Overdue,
        Err(RecvTimeoutError::Disconnected) => Ended::Panicked("it broke off".to_owned()),
    };
    if floor.end() { Ended::Well } else { ended }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no reason given").to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn ended(
        deadline: Duration,
        work: impl FnOnce(&Floor) -> Result<(), String> + Send + 'static,
    ) -> (Ended<String>, String) {
        let sink = Sink::default();
        let ended = within(deadline, &Floor::of(sink.clone()), work);
        let said = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        (ended, said)
    }

    #[test]
    fn a_panic_is_caught_and_told() {
        let broken = |_: &Floor| panic!("at the disco");
        assert_eq!(ended(LONG, broken).0, Ended::Panicked("at the disco".to_owned()));
        let owned = |_: &Floor| panic!("{}", 7);
        assert_eq!(ended(LONG, owned).0, Ended::Panicked("7".to_owned()));
    }

    #[test]
    fn what_takes_too_long_is_over_and_says_nothing_afterwards() {
        let (go, went) = channel::<()>();
        let (told, tells) = channel();
        let slow = move |floor: &Floor| {
            went.recv().map_err(|e| e.to_string())?;
            let _ = told.send(floor.say("late"));
            Ok(())
        };
        let (over, said) = ended(Duration::from_millis(1), slow);
        assert_eq!((over, said.as_str()), (Ended::Overdue, ""));
        go.send(()).unwrap();
        assert!(tells.recv().unwrap().is_err());
    }

    #[test]
    fn what_was_said_counts_whatever_comes_after_it() {
        let then_fails = |floor: &Floor| floor.say("x").and_then(|()| Err("no".to_owned()));
        assert_eq!(ended(LONG, then_fails), (Ended::Well, "x\n".to_owned()));
        let then_breaks = |floor: &Floor| {
            floor.say("x")?;
            panic!("no")
        };
        assert_eq!(ended(LONG, then_breaks), (Ended::Well, "x\n".to_owned()));
        let twice = |floor: &Floor| floor.say("x").and_then(|()| floor.say("y"));
        assert_eq!(ended(LONG, twice).1, "x\n");
        let silent = |floor: &Floor| {
            floor.pass();
            floor.say("x").map_err(|_| "no".to_owned())
        };
        assert_eq!(ended(LONG, silent), (Ended::Well, String::new()));
        assert_eq!(ended(LONG, |_| Err("no".to_owned())).0, Ended::Failed("no".to_owned()));
    }

    #[test]
    fn an_answer_that_nobody_takes_is_none() {
        let ended = within(LONG, &Floor::of(Broken), |floor| floor.say("x"));
        assert!(matches!(ended, Ended::Failed(why) if why.contains("cannot write")));
    }
}
