use super::*;

/// Seconds of the test's clock.
fn at(second: u64) -> Timestamp {
    Timestamp::from_millis(1_000_000_000_000 + second * 1000)
}

const SECOND: Duration = Duration::from_secs(1);

/// Opens at 3 failures within 10 s, for 20 s.
fn breaker() -> Breaker {
    let options = CircuitBreakerOptions::default().failures(3);
    Breaker::new(options.window(SECOND * 10).cool_down(SECOND * 20))
}

fn call(breaker: &mut Breaker, second: u64, ending: Ending) {
    let ticket = breaker.admit(at(second)).unwrap();
    breaker.ended(ticket, ending, at(second));
}

fn open_at(second: u64) -> Breaker {
    let mut breaker = breaker();
    (0..3).for_each(|_| call(&mut breaker, second, Ending::Bad));
    assert_eq!(breaker.state(), CircuitState::Open { until: at(second + 20) });
    breaker
}

#[test]
fn it_opens_at_as_many_failures_within_the_window() {
    use Ending::{Bad, Good, Nothing};
    for (calls, failures) in [
        (&[(0, Bad), (1, Bad)][..], Some(2)),
        (&[(0, Bad), (5, Bad), (10, Bad)], None),
        (&[(0, Bad), (5, Bad), (11, Bad)], Some(2)),
        (&[(0, Bad), (1, Good), (2, Bad), (3, Nothing), (4, Bad)], None),
        (&[(0, Good), (1, Nothing), (2, Nothing), (3, Nothing)], Some(0)),
    ] {
        let mut breaker = breaker();
        for (second, ending) in calls {
            call(&mut breaker, *second, *ending);
        }
        let open = CircuitState::Open { until: at(calls.last().unwrap().0 + 20) };
        let expected = failures.map_or(open, |failures| CircuitState::Closed { failures });
        assert_eq!(breaker.state(), expected, "{calls:?}");
    }
}

#[test]
fn while_open_it_refuses_and_says_for_how_long() {
    let mut breaker = open_at(100);
    for (second, rest) in [(100, 20), (105, 15), (119, 1)] {
        assert_eq!(breaker.admit(at(second)), Err(SECOND * rest));
    }
    assert!(breaker.admit(at(120)).is_ok());
    assert_eq!(breaker.state(), CircuitState::HalfOpen);
}

#[test]
fn one_call_is_let_through_to_see_and_decides() {
    for (ending, then) in [
        (Ending::Good, CircuitState::Closed { failures: 0 }),
        (Ending::Bad, CircuitState::Open { until: at(145) }),
        (Ending::Nothing, CircuitState::HalfOpen),
    ] {
        let mut breaker = open_at(100);
        let probe = breaker.admit(at(120)).unwrap();
        assert_eq!(breaker.admit(at(121)), Err(SECOND * 19), "one at a time");
        breaker.ended(probe, ending, at(125));
        assert_eq!(breaker.state(), then, "{ending:?}");
        assert_eq!(breaker.admit(at(126)).is_ok(), ending != Ending::Bad, "{ending:?}");
    }
}

#[test]
fn a_probe_without_an_end_gives_way_to_another() {
    let mut breaker = open_at(100);
    let lost = breaker.admit(at(120)).unwrap();
    let next = breaker.admit(at(140)).unwrap();
    breaker.ended(lost, Ending::Bad, at(141));
    assert_eq!(breaker.state(), CircuitState::HalfOpen, "the other one counts");
    breaker.ended(next, Ending::Good, at(142));
    assert_eq!(breaker.state(), CircuitState::Closed { failures: 0 });
}

#[test]
fn late_answers_to_calls_of_an_earlier_state_do_not_count() {
    let mut breaker = breaker();
    let early = breaker.admit(at(0)).unwrap();
    (0..3).for_each(|_| call(&mut breaker, 1, Ending::Bad));
    breaker.ended(early, Ending::Good, at(2));
    assert_eq!(breaker.state(), CircuitState::Open { until: at(21) });
    let probe = breaker.admit(at(21)).unwrap();
    breaker.ended(early, Ending::Bad, at(22));
    breaker.ended(probe, Ending::Good, at(22));
    breaker.ended(early, Ending::Bad, at(22));
    assert_eq!(breaker.state(), CircuitState::Closed { failures: 0 });
}

#[test]
fn a_clock_that_is_set_back_costs_one_more_pause_at_most() {
    let mut breaker = open_at(10_000);
    assert_eq!(breaker.admit(at(50)), Err(SECOND * 20));
    assert_eq!(breaker.state(), CircuitState::Open { until: at(70) });
    assert!(breaker.admit(at(70)).is_ok());

    let mut breaker = self::breaker();
    call(&mut breaker, 10_000, Ending::Bad);
    call(&mut breaker, 50, Ending::Bad);
    call(&mut breaker, 61, Ending::Bad);
    assert_eq!(breaker.state(), CircuitState::Closed { failures: 1 }, "the others are old");
}

#[test]
fn odd_options_are_taken_as_they_are() {
    let mut breaker = Breaker::new(
        CircuitBreakerOptions::default()
            .failures(0)
            .window(Duration::ZERO)
            .cool_down(Duration::ZERO),
    );
    call(&mut breaker, 0, Ending::Bad);
    assert_eq!(breaker.state(), CircuitState::Open { until: at(0) });
    assert!(breaker.admit(at(0)).is_ok(), "without a pause");
}
